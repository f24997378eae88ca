"""Who is in: people who signed in, and everyone who came by the link that `up` printed."""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from console.access import Caller
from domain.access import Role, permissions_of
from operations.access import signing_in
from operations.access.signing_in import Visitor
from operations.house import House

NOBODY: Final = "console"
"""Who is named in events while whoever came by the link has chosen nobody."""

SESSIONS_MAX: Final = 100
"""Sessions of the link that are kept; the oldest ends when one more begins."""

TOLD_MAX: Final = 1000
"""Signed-in browsers for which an answer is kept until they ask for the next page."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of something asked: shown once, at the place where it was asked.

    `about` is the id of the deal or mail that it concerns, `form` the name of the form and
    `typed` what stood in it, so that nobody types twice after a refusal. `where` is the field of
    it that the refusal is about; empty when it is about none, or about no field of the form.
    """

    kind: Literal["done", "refused"]
    text: str
    about: str
    form: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    where: str = ""


@dataclass(slots=True)
class Session:
    """One browser: the token that its forms carry, and what it is still to be told.

    `visitor` is who signed in. The link lets in and knows nobody: then `person_id` is whom the
    browser said to be.
    """

    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    answer: Answer | None = None
    person_id: str | None = None
    visitor: Visitor | None = None

    @property
    def caller(self) -> Caller:
        """Who asks: the link opens everything, in the name of the person who was chosen."""
        if self.visitor is not None:
            who, role = self.visitor.person_id, self.visitor.role
            return Caller(who, permissions_of(role), role, who)
        role, person_id = Role.ADMIN, self.person_id
        return Caller(person_id or NOBODY, permissions_of(role), role, person_id)

    def take_answer(self) -> Answer | None:
        """What is to be told now; asking again gives nothing."""
        told, self.answer = self.answer, None
        return told


class Sessions:
    """The sessions of one console. Those of people are in the database and outlive it.

    Those of the link are in memory: a restart ends them all. The link stays good while the
    process that printed it runs, so that a second browser or a new window can come in by it. It
    stands in a terminal of this machine, and the console listens on loopback only. Without a
    link (None) people sign in, and nobody comes in otherwise.
    """

    def __init__(self, link_token: str | None, house: House | None = None) -> None:
        if link_token is not None and len(link_token) < 16:
            raise ValueError("the token of the link is too short to keep anybody out")
        self._link_token = link_token.encode() if link_token is not None else None
        self._house = house
        self._kept: OrderedDict[str, Session] = OrderedDict()
        self._told: OrderedDict[str, Session] = OrderedDict()

    @property
    def has_link(self) -> bool:
        """Whether there is a link that lets in."""
        return self._link_token is not None

    def begin(self, link_token: str) -> str | None:
        """The id of a new session for who has the link, None for who has not."""
        if self._link_token is None:
            return None
        if not secrets.compare_digest(link_token.encode(), self._link_token):
            return None
        session_id = secrets.token_urlsafe(32)
        self._kept[session_id] = Session()
        if len(self._kept) > SESSIONS_MAX:
            self._kept.popitem(last=False)
        return session_id

    def find(self, session_id: str | None) -> Session | None:
        """The session of that id. Ids are random and long: nothing is learned by trying.

        Raises EngineUnreachable when the database has to be asked and cannot.
        """
        if not session_id:
            return None
        kept = self._kept.get(session_id)
        if kept is not None or self._house is None:
            return kept
        visitor = signing_in.visitor(self._house, session_id)
        if visitor is None:
            self._told.pop(session_id, None)
            return None
        session = self._told.get(session_id)
        if session is None:
            # Made from the id, so that every process of the console knows the same.
            key = self._house.config.secret
            token = hmac.new(key, b"form:" + session_id.encode(), hashlib.sha256).hexdigest()
            session = self._told.setdefault(session_id, Session(token))
            if len(self._told) > TOLD_MAX:
                self._told.popitem(last=False)
        session.visitor = visitor
        return session

    def end(self, session_id: str | None) -> None:
        """End a session, whoever's it is. Raises EngineUnreachable."""
        if not session_id or self._kept.pop(session_id, None) is not None:
            return
        self._told.pop(session_id, None)
        if self._house is not None:
            signing_in.sign_out(self._house, session_id)
