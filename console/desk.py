"""What every page of the console holds in its hands: the house, the templates, the strip."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse

from console.pages import Pages
from console.sessions import Answer, Session, Sessions
from operations.house import EngineUnreachable, House
from operations.standing import Standing, standing, workers

ACTOR: Final = "console"
"""Who is named in events until people sign in."""

REFRESHING: Final = ("board", "deal", "letters")
"""Parts of pages that ask for themselves again; what a person is to be told is not for them."""

FRESH_S: Final = 3.0
"""For how long, in seconds, a count of workers is believed."""

PATIENCE_S: Final = 1.5
"""How long a page waits for Temporal before it is shown without the count of workers."""


@dataclass(frozen=True, slots=True)
class Strip:
    """The line at the top of each page. `workers` is None when Temporal does not answer."""

    stands: Standing
    workers: int | None


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
        self.temporal_ui = temporal_ui.rstrip("/") if temporal_ui else None
        self._counted: tuple[float, int | None] | None = None

    async def strip(self) -> Strip:
        """How the house stands. Raises EngineUnreachable when the database cannot be read."""
        stands = await asyncio.to_thread(standing, self.house)
        return Strip(stands, await self._workers())

    async def page(
        self, request: Request, name: str, *, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """A page with everything that its frame wants."""
        session = session_of(request)
        alone = request.headers.get("hx-trigger") in REFRESHING
        strip = await self.strip()
        told = {
            "strip": strip,
            "now": strip.stands.now,
            "zone": strip.stands.zone,
            "answer": None if alone else session.take_answer(),
            "form_token": session.form_token,
            "path": request.url.path,
            "has_mailbox": self.mailbox is not None,
            **context,
        }
        return HTMLResponse(self.pages.render(name, **told), status)

    async def _workers(self) -> int | None:
        if self._counted is None or monotonic() - self._counted[0] > FRESH_S:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    count: int | None = await workers(self.house)
            except (EngineUnreachable, TimeoutError):
                count = None
            self._counted = (monotonic(), count)
        return self._counted[1]


def session_of(request: Request) -> Session:
    """The session that the wall found."""
    session: Session = request.state.session
    return session


def tell(request: Request, answer: Answer) -> None:
    """Keep an answer for the page that is shown next."""
    session_of(request).answer = answer
