"""The page of a deal: all that is known, and forms that answer with what was decided."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from activities.planning import plan_due
from console.deal import DONE, SHOWN
from domain import commands as c
from operations.post import drafts
from store import deals, ledger
from tests.console.conftest import Browser, Village
from tests.support.town import NOW


@pytest.fixture
def deal_id(village: Village) -> str:
    return village.open("boat", "A boat for the lake")


async def ask(browser: Browser, deal_id: str, kind: str, **said: str) -> str:
    """Fill in the form of that kind on the deal's page, and give what is answered."""
    await browser.open(f"/deals/{deal_id}")
    page = await browser.send(f"/deals/{deal_id}/commands", {"kind": kind}, **said)
    assert (page.status, page.address) == (200, f"/deals/{deal_id}")
    return page.answer


async def test_it_says_who_how_much_what_next_and_what_happened(
    village: Village, browser: Browser, deal_id: str
) -> None:
    page = await browser.open(f"/deals/{deal_id}")
    assert page.words("h1") == ["A boat for the lake"]
    for words in (
        "EUR 1,000",
        "Ann Other",
        "ann@them.example",
        "Olga Owner",
        "mail first-contact",
        "if nobody answers",
        "Opened with the playbook simple",
        "simple/pipeline@1",
        "version 1",
        "What made you look for something new just now?",
        "Times in Europe/London",
    ):
        assert words in page.text, words
    (here,) = page.all("li", class_="here")
    assert here.text.strip() == "new"
    (engine,) = [one for one in page.all("a") if "Engine view" in one.text]
    assert engine.attributes["href"] == f"http://ui/namespaces/default/workflows/deal%2F{deal_id}"


async def test_a_reply_needs_no_engine_and_stops_the_cadence(
    village: Village, browser: Browser, deal_id: str
) -> None:
    answer = await ask(browser, deal_id, "record_reply", channel="phone", note="Call <b>soon</b>")
    assert answer.startswith("The reply is recorded")
    with village.house.store.read() as tx:
        deal = deals.load(tx, deal_id)
    assert deal is not None
    assert (deal.our_turn_since is not None, deal.active_enrollments) == (True, ())
    assert "Call <b>soon</b>" in browser.page.text
    assert "our turn" in browser.page.text
    assert "console" in browser.page.text


async def test_events_name_whom_the_person_at_the_browser_says_to_be(
    village: Village, browser: Browser, deal_id: str
) -> None:
    await ask(browser, deal_id, "record_reply", channel="phone")
    await browser.open(f"/deals/{deal_id}")
    page = await browser.send("/me", person="P-1")
    assert (page.answer, page.address) == ("You act as Olga Owner.", f"/deals/{deal_id}")
    await ask(browser, deal_id, "record_reply", channel="phone")
    await browser.open("/?owner=P-1")
    page = await browser.send("/me", person="")
    assert "recorded as the console's" in page.answer
    await ask(browser, deal_id, "record_reply", channel="phone")
    with village.house.store.read() as tx:
        found = ledger.read(tx, f"deal/{deal_id}")
        actors = [one.origin.actor for one in found if one.kind == "reply_recorded"]
    assert actors == ["console", "P-1", "console"]
    await browser.open("/")
    page = await browser.send("/me", person="P-none")
    assert "there is no person" in page.answer


async def test_a_refusal_stands_at_its_form_and_keeps_what_was_typed(
    village: Village, browser: Browser, deal_id: str
) -> None:
    village.ask(c.LoseDeal(reason="price"), deal_id, "lose")
    await browser.open(f"/deals/{deal_id}")
    path = f"/deals/{deal_id}/commands"
    # The page is older than the deal: it still had the form for winning.
    form = browser.page.form(path, {"kind": "reopen_deal"})
    page = await browser.send(path, {"kind": "reopen_deal"}, kind="win_deal", form="win_deal")
    assert page.answer == "Refused: the deal is lost; reopen it first."
    assert form["form_token"]
    village.ask(c.ReopenDeal(), deal_id, "reopen")
    answer = await ask(browser, deal_id, "advance_deal", stage="negotiation")
    assert 'wants "budget" filled in' in answer
    (opened,) = [one for one in browser.page.all("details") if "open" in one.attributes]
    assert 'wants "budget" filled in' in opened.text
    sent = browser.page.form(path, {"kind": "advance_deal"})
    assert sent["stage"] == "negotiation"


async def test_what_is_mistyped_is_kept_and_explained(
    village: Village, browser: Browser, deal_id: str
) -> None:
    answer = await ask(browser, deal_id, "make_promise", what="Send <the> plan", due_at="soon")
    assert answer.startswith("Not understood: 'soon' is no date")
    sent = browser.page.form(f"/deals/{deal_id}/commands", {"kind": "make_promise"})
    assert (sent["what"], sent["due_at"]) == ("Send <the> plan", "soon")
    answer = await ask(browser, deal_id, "change_details", amount="a lot")
    assert answer == "Not understood: 'a lot' is no amount: write 48000 or 48000.50."


async def test_without_the_engine_nothing_is_changed_and_it_is_said(
    village: Village, browser: Browser, deal_id: str
) -> None:
    answer = await ask(browser, deal_id, "pause_deal", note="until they are back")
    assert "Temporal cannot be reached" in answer
    with village.house.store.read() as tx:
        deal = deals.load(tx, deal_id)
        assert deal is not None
        assert deal.paused_at is None


async def test_a_kind_that_the_page_does_not_ask_is_not_understood(
    village: Village, browser: Browser, deal_id: str
) -> None:
    before = len(events(village, deal_id))
    for kind in ("open_deal", "import_deal", "raise_attention", "", "x" * 500):
        await browser.open(f"/deals/{deal_id}")
        page = await browser.send(
            f"/deals/{deal_id}/commands", {"kind": "log_activity"}, kind=kind, reason="x"
        )
        assert page.status == 422
    assert len(events(village, deal_id)) == before


def events(village: Village, deal_id: str) -> list[object]:
    with village.house.store.read() as tx:
        return list(ledger.read(tx, f"deal/{deal_id}"))


async def test_tasks_and_promises_have_their_buttons(
    village: Village, browser: Browser, deal_id: str
) -> None:
    due = NOW + timedelta(days=2)
    village.ask(c.MakePromise(due_at=due, what="Send the plan"), deal_id, "promise")
    won = village.ask(c.WinDeal(), village.open("won"), "win")
    page = await browser.open(f"/deals/{deal_id}")
    assert "promised: Send the plan" in page.text
    page.form(f"/deals/{deal_id}/commands", {"kind": "keep_promise"})
    page = await browser.open(f"/deals/{won.deal_id}")
    assert "task: hand-over" in page.text
    page.form(f"/deals/{won.deal_id}/commands", {"kind": "finish_task"})
    page.form(f"/deals/{won.deal_id}/commands", {"kind": "drop_task"})
    assert "welcome-1" in page.text


async def test_a_long_history_shows_its_end_first(
    village: Village, browser: Browser, deal_id: str
) -> None:
    for number in range(SHOWN + 5):
        village.ask(c.LogActivity(activity="note", note=f"note-{number}"), deal_id, f"n{number}")
    page = await browser.open(f"/deals/{deal_id}")
    assert len(page.all("ol", class_="timeline")[0].inside) > SHOWN
    assert f"note-{SHOWN + 4}" in page.text
    assert "Opened with" not in page.text
    (more,) = [one for one in page.all("a") if "earlier ones" in one.text]
    page = await browser.open(more.attributes["href"])
    assert "Opened with" in page.text


async def test_what_is_not_there_is_not_found(village: Village, browser: Browser) -> None:
    assert (await browser.open("/deals/%00")).status == 422
    for path in ("/deals/D-none", "/mails/none", "/mails/none/body", "/mailbox/x"):
        page = await browser.open(path)
        assert (page.status, page.words("h1")) == (404, ["Not here"]), path


async def test_every_form_of_an_open_and_a_closed_deal_is_one_that_is_answered(
    village: Village, browser: Browser, deal_id: str
) -> None:
    other = village.open("lost")
    village.ask(c.LoseDeal(reason="price"), other, "lose")
    found = set()
    for its_id in (deal_id, other):
        page = await browser.open(f"/deals/{its_id}")
        for form in page.all("form"):
            inputs = [one.attributes for one in form.inside if one.tag == "input"]
            found |= {one["value"] for one in inputs if one.get("name") == "kind"}
    assert found <= DONE.keys()
    assert {"record_reply", "log_activity", "agree_wait", "pause_deal", "win_deal"} <= found
    assert {"lose_deal", "advance_deal", "reopen_deal", "make_promise"} <= found


def _always(at: datetime) -> datetime:
    return at


async def test_a_draft_is_read_on_the_page_and_approved_in_those_words(
    village: Village, browser: Browser, deal_id: str
) -> None:
    village.ask(c.AdvanceDeal(stage="proposal", override="they know us"), deal_id, "advance")
    house = village.house
    begun = house.time
    for day in range(20):
        wall = begun.wall() + timedelta(days=day)
        house.time = type(begun)(begun.clock, partial(_always, wall))
        plan_due(house.store, house.time, f"deal/{deal_id}", "w", "us.example", set())
        if drafts.of_deal(house, deal_id):
            break
    page = await browser.open(f"/deals/{deal_id}")
    (frame,) = [one for one in page.all("iframe") if "/drafts/" in one.attributes["src"]]
    assert frame.attributes["sandbox"] == ""
    assert "ann@them.example" in page.text
    form = page.form(f"/deals/{deal_id}/commands", {"kind": "finish_task"})
    assert form["words"]
    page.form(f"/deals/{deal_id}/commands", {"kind": "drop_task"})
    answer = await browser.http.get(frame.attributes["src"])
    assert "Ann" in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]
    assert (await browser.open("/drafts/T-none/body")).status == 404
    await browser.open(f"/deals/{deal_id}")
    path, which = f"/deals/{deal_id}/commands", {"kind": "finish_task"}
    await browser.send(path, which, words="0" * 16)
    assert "read them again" in browser.page.answer
