"""Who acts: whoever came by the link, which knows nobody, says it at the top of the page."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse

from console.access import needs
from console.answers import asking
from console.desk import TheDesk, session_of
from console.forms import Checked
from domain.access import Permission
from domain.refusal import Refused
from operations import people


def routes() -> APIRouter:
    """The choice, kept in the session."""
    router = APIRouter(dependencies=[needs(Permission.READ)])

    @router.post("/me")
    async def choose(request: Request, desk: TheDesk, form: Checked) -> RedirectResponse:
        """Be this person from now on, or nobody; events then name them."""
        if session_of(request).visitor is not None:
            raise Refused("signed_in", "who signed in acts as nobody else; sign out first")
        chosen = form.text("person")
        with asking(request, "me", "What you do here is recorded as the console's") as answer:
            if chosen is not None:
                person = await asyncio.to_thread(people.show, desk.house, chosen)
                chosen, answer.done = person.person_id, f"You act as {person.name}"
            session_of(request).person_id = chosen
        return RedirectResponse(form.back, 303)

    return router
