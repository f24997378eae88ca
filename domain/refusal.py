"""What the house says no to, and what it cannot read.

Exception
├── Refused          a rule says no: the fact, in plain words (exit 3, HTTP 409)
│   └── NotFound     there is no such deal, contact, playbook … (exit 4, HTTP 404)
└── Malformed        the question itself cannot be read (exit 2, HTTP 422)
"""

VERSION_CHANGED = "version_changed"
"""The code of a refusal because something changed since the caller looked at it."""


class Refused(Exception):
    """A rule says no. `message` states the fact, `code` is stable for programs."""

    def __init__(self, code: str, message: str, where: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.where = where


class NotFound(Refused):
    """What was named does not exist."""

    def __init__(self, message: str, where: str | None = None) -> None:
        super().__init__("not_found", message, where)


class Malformed(Exception):
    """The input cannot be read; `where` names the place (file:line:column, a field, a flag)."""

    def __init__(self, message: str, where: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
