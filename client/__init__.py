"""A client of the JSON API, for programs in Python: `Sluice(address, key)`. Needs httpx alone."""

from client.sluice import Sluice
from client.wire import NotYet, Problem, Unanswered

__all__ = ["NotYet", "Problem", "Sluice", "Unanswered"]
