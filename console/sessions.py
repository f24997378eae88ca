"""Who may look: a session for everyone who came by the link that `up` printed."""

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from console.access import Caller
from domain.access import Role, permissions_of

NOBODY: Final = "console"
"""Who is named in events while whoever came by the link has chosen nobody."""

SESSIONS_MAX: Final = 100
"""Sessions that are kept; the oldest ends when one more begins."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of something asked: shown once, at the place where it was asked.

    `about` is the id of the deal or mail that it concerns, `form` the name of the form and
    `typed` what stood in it, so that nobody types twice after a refusal.
    """

    kind: Literal["done", "refused"]
    text: str
    about: str
    form: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Session:
    """One browser: the token that its forms carry, and what it is still to be told.

    `person_id` is whom it said to be; the link lets in and knows nobody.
    """

    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    answer: Answer | None = None
    person_id: str | None = None

    @property
    def caller(self) -> Caller:
        """Who asks: the link opens everything, in the name of the person who was chosen."""
        role, person_id = Role.ADMIN, self.person_id
        return Caller(person_id or NOBODY, permissions_of(role), role, person_id)

    def take_answer(self) -> Answer | None:
        """What is to be told now; asking again gives nothing."""
        told, self.answer = self.answer, None
        return told


class Sessions:
    """The sessions of one start of the console, in memory: a restart ends them all.

    The link stays good while the process that printed it runs, so that a second browser or
    a new window can come in by it. It stands in a terminal of this machine, and the console
    listens on loopback only.
    """

    def __init__(self, link_token: str) -> None:
        if len(link_token) < 16:
            raise ValueError("the token of the link is too short to keep anybody out")
        self._link_token = link_token.encode()
        self._kept: OrderedDict[str, Session] = OrderedDict()

    def begin(self, link_token: str) -> str | None:
        """The id of a new session for who has the link, None for who has not."""
        if not secrets.compare_digest(link_token.encode(), self._link_token):
            return None
        session_id = secrets.token_urlsafe(32)
        self._kept[session_id] = Session()
        if len(self._kept) > SESSIONS_MAX:
            self._kept.popitem(last=False)
        return session_id

    def find(self, session_id: str | None) -> Session | None:
        """The session of that id. Ids are random and long: nothing is learned by trying."""
        return self._kept.get(session_id) if session_id else None
