"""Every role at every route: what is not said to be allowed is refused, and nothing is leaked."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from console.access import declared
from console.app import create_app
from domain import commands as c
from domain.access import Role, permissions_of
from operations.access import auditing, masking
from operations.access.masking import HIDDEN, Unmaskable, masked
from operations.deal_view import Named
from store import people
from store.people import Person
from tests.console.conftest import Browser, Village, browsing
from tests.console.test_access import all_routes
from tests.support.household import add_contact
from tests.support.page import read
from tests.support.staff import OURS, cheap_passwords, hire, sign_in
from tests.support.town import NOW

__all__ = ["cheap_passwords"]

CANARY = "Kanarienvogel"
"""Stands in everything personal that the village knows."""


@dataclass
class Staffed:
    """A village with a browser for each role, signed in, and a canary in every text."""

    village: Village
    app: FastAPI
    browsers: Mapping[Role, httpx.AsyncClient]
    deal_id: str


@pytest.fixture
async def staffed(village: Village, tmp_path: Path) -> AsyncIterator[Staffed]:
    app = create_app(village.house, link_token=None, mailbox=tmp_path, temporal_ui="http://ui")
    deal_id = _with_a_canary(village)
    async with AsyncExitStack() as stack:
        found = {}
        for role in Role:
            found[role] = await stack.enter_async_context(browsing(app))
            hire(village.house, f"{role}@us.example", role)
            assert (await sign_in(found[role], f"{role}@us.example")).status_code == 200
        yield Staffed(village, app, found, deal_id)


def _with_a_canary(village: Village) -> str:
    with village.house.store.write() as tx:
        add_contact(tx, "C-abcd2345", f"{CANARY}@them.example".lower(), f"Carl {CANARY}", NOW)
        owner = Person(person_id="P-abcd2345", name=f"Otto {CANARY}", created_at=NOW)
        people.add(tx, owner)
    said = {"contacts": [c.Party(contact_id="C-abcd2345")], "amount": Decimal(5)}
    deal_id = village.open("canary", f"Seats for {CANARY}", **said)
    asked = (
        c.AssignOwner(owner_id="P-abcd2345"),
        c.LogActivity(activity="note", note=f"{CANARY} called"),
        c.MakePromise(due_at=NOW + timedelta(days=2), what=f"Call {CANARY}"),
        c.ChangeDetails(
            fields={"need": f"{CANARY} needs", "budget": "9", "decision_maker": "C-abcd2345"}
        ),
    )
    for command in asked:
        receipt = village.ask(command, deal_id)
        assert receipt.status == "done", receipt.message
    return deal_id


def _filled(path: str, deal_id: str) -> str:
    path = path.replace("{deal_id}", deal_id).replace("{name}", "welcome-1")
    return re.sub(r"\{[^}]+\}", "nothing-like-it", path)


async def test_every_role_at_every_route_is_let_in_or_refused_as_declared(
    staffed: Staffed,
) -> None:
    seen = 0
    for route in all_routes(staffed.app):
        asked = declared(route)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            # The API has a table of its own: tests/api/test_refusals.py
            if (
                None in asked
                or route.path.startswith("/api/")
                or route.path in ("/signout", "/admin/audit")
            ):
                continue
            for role, http in staffed.browsers.items():
                wanted = {one for one in asked if one is not None}
                may = wanted <= permissions_of(role)
                where = _filled(route.path, staffed.deal_id)
                answer = await http.request(method, where, headers=OURS)
                told = f"{role} at {method} {route.path}: {answer.status_code}"
                refused = "Not yours to do" in answer.text
                assert refused == (not may), told
                assert answer.status_code == 403 or may, told
                seen += 1
    assert seen > 100


async def test_a_refused_change_stands_in_the_log_with_who_and_what(staffed: Staffed) -> None:
    http = staffed.browsers[Role.VIEWER]
    path = f"/deals/{staffed.deal_id}/move"
    answer = await http.post(path, data={"stage": "contacted"}, headers=OURS)
    assert answer.status_code == 403
    assert "which these roles have: rep, ops, admin" in read(answer.text).text
    entry = auditing.list_page(staffed.village.house).entries[0]
    assert (entry.what, entry.outcome) == ("POST /deals/{deal_id}/move", "forbidden")
    assert entry.code == "work_deals"
    assert entry.actor.startswith("P-")


async def test_a_viewer_gets_no_page_with_a_canary_in_it(staffed: Staffed) -> None:
    viewer, rep = staffed.browsers[Role.VIEWER], staffed.browsers[Role.REP]
    pages = ["/", "/standing", f"/deals/{staffed.deal_id}", "/doubts", "/templates"]
    pages += [f"/deals/{staffed.deal_id}?all=1", "/templates/welcome-1", "/?owner=P-abcd2345"]
    pages += ["/day", "/contacts", "/contacts/C-abcd2345", "/mail", "/mail?contact=C-abcd2345"]
    pages += ["/templates/trial-first-result", "/templates/welcome-1/body"]
    found = ""
    for path in pages:
        answer = await viewer.get(path)
        assert answer.status_code == 200, path
        assert CANARY.lower() not in answer.text.lower(), path
        found += answer.text
        assert "/move" not in answer.text
        assert "/commands" not in answer.text
    assert "C. K." in found
    assert "k…@them.example" in found
    assert HIDDEN in found
    assert "to O. K." in found, "in sentences too"
    assert CANARY in (await rep.get("/")).text
    assert f"to Otto {CANARY}" in (await rep.get(f"/deals/{staffed.deal_id}")).text
    about = f"/templates/welcome-1?about={staffed.deal_id}"
    for path in (about, about.replace("?", "/body?")):
        assert (await viewer.get(path)).status_code == 403
        assert (await rep.get(path)).status_code == 200


async def test_what_is_not_there_is_not_there_for_anybody(staffed: Staffed) -> None:
    for path in ("/deals/D-none", "/mails/none", "/inbox/none", "/templates/none"):
        for role in (Role.REP, Role.OPS, Role.ADMIN):
            assert (await staffed.browsers[role].get(path)).status_code == 404, path


async def test_the_log_is_for_admins_and_leads_on_to_older_entries(staffed: Staffed) -> None:
    for role in set(Role) - {Role.ADMIN}:
        assert (await staffed.browsers[role].get("/admin/audit")).status_code == 403
    admin = Browser(staffed.browsers[Role.ADMIN])
    page = await admin.open("/admin/audit")
    assert "The admin" in page.text
    assert "sign in" in page.text
    assert CANARY not in " ".join(row for row in page.words("tr") if "deal/" in row)
    page = await admin.open(f"/admin/audit?about=deal/{staffed.deal_id}")
    assert len(page.words("tr")) > 3
    assert "sign in" not in page.text
    assert (await admin.open("/admin/audit?cursor=rubbish")).status == 422
    for _ in range(60):
        auditing.forbidden(staffed.village.house, "P-1", "x", "read")
    page = await admin.open("/admin/audit")
    (older,) = [one for one in page.all("a") if one.text.strip() == "Older ones"]
    assert "open deal" in (await admin.open(older.attributes["href"])).text


def test_names_addresses_and_texts_are_masked() -> None:
    assert masking.initials("Ann  Other-Smith") == "A. O."
    assert masking.initials("李伟") == "李."
    assert masking.initials(" ") == HIDDEN
    assert masking.address("ann.other@them.example") == "a…@them.example"
    assert masking.address("rubbish") == HIDDEN
    assert masked({"x": [Named(id="P-1", name="Ann Other")]}) == {
        "x": [Named(id="P-1", name="A. O.")]
    }
    assert masked(Named(id="P-1")).name is None


def test_a_class_that_nobody_has_looked_at_is_not_shown() -> None:
    class Fresh(Named):
        pass

    with pytest.raises(Unmaskable, match="Fresh"):
        masked(Fresh(id="P-1", name="Ann"))
    with pytest.raises(Unmaskable):
        masked(object())
    with pytest.raises(Unmaskable):
        masked(b"bytes")


async def test_who_sees_no_titles_may_not_guess_at_them(staffed: Staffed) -> None:
    answers = {
        role: await browser.get("/", params={"text": CANARY})
        for role, browser in staffed.browsers.items()
    }
    assert [role for role, got in answers.items() if got.status_code == 403] == [Role.VIEWER]
    assert "1 found" in answers[Role.REP].text
