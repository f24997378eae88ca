"""Coming in with a password and going out again; setting the password by an invite."""

import asyncio
from typing import Final

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.access import OPEN, needs
from console.desk import Desk, TheDesk, session_of
from console.forms import Checked, Form, fields_of
from console.wall import cookie_name, give_cookie, is_from_us
from domain.access import Permission
from domain.refusal import NotFound, Refused
from operations.access import passwords, signing_in
from operations.access.secrets import PASSWORD_MAX, PASSWORD_MIN

WRONG: Final = "That is not right, or you may not sign in. Ask an admin for an invite if need be."
OFTEN: Final = "Too many tries. Wait a quarter of an hour; nothing is tried before that."


def routes() -> APIRouter:
    """`/signin`, `/signout` and `/invite/{token}`."""
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/signin", dependencies=[OPEN])
    async def ask(desk: TheDesk, back: str = "/") -> HTMLResponse:
        """The form."""
        return _sign_in_page(desk, back)

    @router.post("/signin", dependencies=[OPEN])
    async def sign_in(request: Request, desk: TheDesk) -> Response:
        """A new session, whatever the browser brought; the old one ends."""
        form = await _form(request)
        email = form.text("email") or ""
        place = request.client.host if request.client else "nowhere"
        try:
            session_id = await asyncio.to_thread(
                signing_in.sign_in,
                desk.house,
                email,
                str(form.fields.get("password") or ""),
                place=place,
            )
        except signing_in.NotSignedIn:
            return _sign_in_page(desk, form.back, WRONG, 401, email)
        except signing_in.TooManyTries:
            answer = _sign_in_page(desk, form.back, OFTEN, 429, email)
            answer.headers["retry-after"] = str(int(signing_in.WINDOW.total_seconds()))
            return answer
        await asyncio.to_thread(desk.sessions.end, request.cookies.get(cookie_name(request)))
        gone_in = RedirectResponse(form.back, 303)
        give_cookie(request, gone_in, session_id, desk.house.config.public_url)
        return gone_in

    @router.post("/signout", dependencies=[needs(Permission.READ)])
    async def sign_out(request: Request, desk: TheDesk, form: Checked) -> RedirectResponse:
        """End this session, or with `everywhere` all that the person has."""
        visitor = session_of(request).visitor
        if visitor is not None and form.text("everywhere"):
            who = visitor.person_id
            await asyncio.to_thread(signing_in.sign_out_everywhere, desk.house, who, actor=who)
        await asyncio.to_thread(desk.sessions.end, request.cookies.get(cookie_name(request)))
        gone = RedirectResponse("/signin", 303)
        gone.delete_cookie(cookie_name(request))
        return gone

    @router.get("/invite/{token}", dependencies=[OPEN])
    async def invited(desk: TheDesk, token: str) -> HTMLResponse:
        """Whose password may be set; looking at it uses nothing up."""
        return await _invite_page(desk, token)

    @router.post("/invite/{token}", dependencies=[OPEN])
    async def accept(request: Request, desk: TheDesk, token: str) -> Response:
        """Set it; then the person signs in with it."""
        form = await _form(request)
        password, again = form.fields.get("password"), form.fields.get("again")
        if password != again:
            return await _invite_page(desk, token, "The two are not the same.", 422)
        try:
            await asyncio.to_thread(passwords.accept, desk.house, token, str(password or ""))
        except NotFound:
            raise
        except Refused as no:
            told = f"{no.message[:1].upper()}{no.message[1:]}."
            return await _invite_page(desk, token, told, 422)
        return RedirectResponse("/signin", 303)

    return router


async def _form(request: Request) -> Form:
    """What was filled in on a page of ours. HTTPException 403 for one of another site."""
    if not is_from_us(request):
        raise HTTPException(403)
    return Form(await fields_of(request))


def _sign_in_page(
    desk: Desk, back: str, wrong: str = "", status: int = 200, email: str = ""
) -> HTMLResponse:
    told = {"back": back, "wrong": wrong, "email": email, "has_link": desk.sessions.has_link}
    return HTMLResponse(desk.pages.render("signin.html", **told), status)


async def _invite_page(desk: Desk, token: str, wrong: str = "", status: int = 200) -> HTMLResponse:
    person = await asyncio.to_thread(passwords.invited, desk.house, token)
    told = {"person": person, "wrong": wrong, "least": PASSWORD_MIN, "most": PASSWORD_MAX}
    return HTMLResponse(desk.pages.render("invite.html", **told), status)
