"""The village and the console that the tests of the pages use, seen through a browser."""

from tests.console.conftest import app, village

__all__ = ["app", "village"]
