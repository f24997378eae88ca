"""Addresses of views: what was chosen stands in them, so that the same shows the same again."""

from urllib.parse import urlencode


def address(path: str, **said: object) -> str:
    """The path with everything that is said of it; what is empty is left out."""
    chosen = urlencode({name: value for name, value in said.items() if value})
    return f"{path}?{chosen}" if chosen else path
