"""What every page of the console holds in its hands: the house, the templates, the strip."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Annotated, Any, Final

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse

from console.access import caller_of
from console.engine import Engine
from console.pages import Pages
from console.sessions import Answer, Session, Sessions
from domain.access import Permission
from operations import people
from operations.access.masking import masked
from operations.authoring.templates import Shelf
from operations.house import EngineUnreachable, House
from operations.people import Colleague
from operations.standing import Standing, standing, workers

REFRESHING: Final = ("board", "day", "deal", "letters", "mails", "stagnant")
"""Parts of pages that ask for themselves again; what a person is to be told is not for them."""

FRESH_S: Final = 3.0
"""For how long, in seconds, a count of workers is believed."""

PATIENCE_S: Final = 0.25
"""How long a page waits for Temporal before it is shown without the count of workers."""

ASKED_S: Final = 5.0
"""After how long without an answer Temporal counts as silent."""


@dataclass(frozen=True, slots=True)
class Strip:
    """The line at the top of each page.

    `workers` is None when Temporal does not answer, or was asked just now (`asked`).
    """

    stands: Standing
    workers: int | None
    asked: bool = False


class Desk:
    """One console: made once, used by all its routes."""

    def __init__(
        self,
        house: House,
        sessions: Sessions,
        pages: Pages,
        mailbox: Path | None = None,
        temporal_ui: str | None = None,
    ) -> None:
        self.house = house
        self.sessions = sessions
        self.pages = pages
        self.mailbox = mailbox
        self.engine = Engine(house, temporal_ui)
        self.shelf = Shelf(house)
        self._asking: asyncio.Task[None] | None = None
        self._counted_at = 0.0
        self._count_is: int | None = None

    async def strip(self) -> Strip:
        """How the house stands. Raises EngineUnreachable when the database cannot be read."""
        stands = await asyncio.to_thread(standing, self.house)
        count, asked = await self._workers()
        return Strip(stands, count, asked)

    async def strip_for(self, request: Request) -> Strip:
        """The strip as the caller may see it."""
        strip = await self.strip()
        return strip if caller_of(request).may(Permission.READ_PERSONAL) else masked(strip)

    async def page(
        self, request: Request, name: str, *, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """A page with everything that its frame wants.

        Who may not read personal data gets it masked, here and so on every page; times are told
        in the zone of who looks.
        """
        session = session_of(request)
        alone = request.headers.get("hx-trigger") in REFRESHING
        strip, asker = await self.strip_for(request), caller_of(request)
        own = {} if "zone" in context else await self.own_zone(request)
        told = {
            "strip": strip,
            "now": strip.stands.now,
            "zone": strip.stands.zone,
            **own,
            "answer": None if alone else session.take_answer(),
            "form_token": session.form_token,
            "path": request.url.path,
            "has_mailbox": self.mailbox is not None,
            "visitor": session.visitor,
            "staff": await self._staff(session),
            "asker": asker,
            "me": session.person_id,
            "here": _address(request),
            **(context if asker.may(Permission.READ_PERSONAL) else masked(context)),
        }
        return HTMLResponse(self.pages.render(name, **told), status)

    async def own_zone(self, request: Request) -> dict[str, Any]:
        """The zone of who looks, as a page's `zone`; empty where they have none of their own."""
        zone = await asyncio.to_thread(people.zone_of, self.house, caller_of(request).person_id)
        return {"zone": zone} if zone else {}

    async def _staff(self, session: Session) -> list[Colleague]:
        """Whom a browser that came by the link may say to be."""
        if session.visitor is not None:
            return []
        return await asyncio.to_thread(people.list_all, self.house)

    async def _workers(self) -> tuple[int | None, bool]:
        """How many there are, as counted lately; whether that is still being asked."""
        if self._asking is None and monotonic() - self._counted_at > FRESH_S:
            self._asking = asyncio.create_task(self._count())
        if self._asking is not None:
            await asyncio.wait({self._asking}, timeout=PATIENCE_S)
        return self._count_is, self._asking is not None and not self._counted_at

    async def _count(self) -> None:
        """Goes on behind the page that asked, so that no page waits for what is down."""
        try:
            async with asyncio.timeout(ASKED_S):
                self._count_is = await workers(self.house)
        except (EngineUnreachable, TimeoutError):
            self._count_is = None
        finally:
            self._counted_at, self._asking = monotonic(), None


def session_of(request: Request) -> Session:
    """The session that the wall found."""
    session: Session = request.state.session
    return session


def actor_of(request: Request) -> str:
    """Who is named in the events of what is asked."""
    return caller_of(request).actor


def _address(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def tell(request: Request, answer: Answer) -> None:
    """Keep an answer for the page that is shown next."""
    session_of(request).answer = answer


def desk_of(request: Request) -> Desk:
    """The desk of the console that was asked: routes are made once and know no house."""
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(desk_of)]
