"""The page of a deal: what each thing rests on, the past as it was, what may be asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from console import engine
from domain import commands as c
from operations import deal_page, people
from operations.engine_view import WorkflowView
from operations.house import EngineUnreachable, House
from operations.people import NewPerson
from operations.post import mail_room
from tests.console.conftest import Browser, Post, Village
from tests.console.test_day import drafted
from tests.support.page import Element


@pytest.fixture
def deal_id(village: Village) -> str:
    return village.open("boat", "A boat for the lake")


def entry(browser: Browser, words: str) -> Element:
    """The entry of the timeline that says so."""
    return next(one for one in entries(browser) if words in one.text)


def entries(browser: Browser) -> list[Element]:
    (line,) = browser.page.all("ol", class_="timeline")
    return [one for one in line.inside if one.tag == "li"]


def said(one: Element) -> str:
    return " ".join(one.text.split())


async def test_each_entry_says_what_it_rests_on(
    village: Village, browser: Browser, deal_id: str
) -> None:
    village.ask(c.RecordReply(note="Not now"), deal_id, "reply-1")
    await browser.open(f"/deals/{deal_id}")
    reply = said(entry(browser, "They replied by email"))
    for words in (
        "Cause record reply",
        "Rule simple/pipeline@1",
        "Who Olga Owner P-1",
        "Command reply-1",
        "Recorded ",
        "Not now",
    ):
        assert words in reply, words
    undone = said(entry(browser, "follow-up 1, "))
    assert "and break-up were not made" in undone
    assert "they replied" in undone
    assert "Would need no reply while the sequence runs" in undone
    assert "Rule simple/cadence:follow-up@1" in undone
    assert all(
        any(part.tag == "details" for part in one.inside)
        for one in entries(browser)
        if "past" in one.attributes["class"].split()
    )


async def test_planned_things_stand_on_the_same_axis_ahead_of_now(
    browser: Browser, deal_id: str
) -> None:
    await browser.open(f"/deals/{deal_id}")
    classes = [one.attributes["class"].split()[0] for one in entries(browser)]
    assert classes == sorted(classes, key=["ahead", "now", "past"].index)
    (now,) = [one for one in entries(browser) if "aria-current" in one.attributes]
    assert "Now" in now.text
    first = said(entry(browser, "Mail first-contact"))
    assert "Window opens" in first
    assert "Rule simple/cadence:follow-up@1" in first
    assert "if nobody answers" in said(entry(browser, "Mail follow-up-1"))


async def test_what_one_stop_left_undone_is_one_row_with_its_reason(
    village: Village, browser: Browser, deal_id: str
) -> None:
    village.ask(c.RecordReply(), deal_id, "reply-1")
    page = await browser.open(f"/deals/{deal_id}")
    (table,) = page.all("table", class_="why")
    rows = [said(one) for one in table.inside if one.tag == "tr"][1:]
    (undone,) = [one for one in rows if "not made" in one]
    assert "first-contact" in undone
    assert "break-up" in undone
    assert "Follow-up stopped on" in undone
    assert "No reply while the sequence runs" in undone
    assert any("wants" in one and "The deal entering proposal" in one for one in rows)


async def test_where_a_command_would_be_refused_stands_the_reason(
    village: Village, browser: Browser, deal_id: str
) -> None:
    village.ask(c.LoseDeal(reason="price"), deal_id, "lose")
    page = await browser.open(f"/deals/{deal_id}")
    shut = {one.text.strip(): one for one in page.all("button") if "disabled" in one.attributes}
    assert shut.keys() >= {"Win", "Lose", "Advance", "Agree on a wait", "Resume"}
    its_reason = shut["Win"].attributes["aria-describedby"]
    assert page.words("small", id=its_reason) == ["the deal is lost; reopen it first"]
    page.form(f"/deals/{deal_id}/commands", {"kind": "record_reply"})
    with pytest.raises(AssertionError):
        page.form(f"/deals/{deal_id}/commands", {"kind": "win_deal"})


async def test_the_past_is_shown_plainly_and_asks_nothing(
    village: Village, browser: Browser, deal_id: str
) -> None:
    with village.house.store.read() as tx:
        opened = deal_page.look(tx, village.house, deal_id).deal.opened_at
    assert opened is not None
    village.ask(c.RecordReply(), deal_id, "reply-1")
    moment = opened.isoformat()
    page = await browser.open(f"/deals/{deal_id}?as_of={moment.replace('+', '%2B')}&known=1")
    assert page.status == 200
    assert "You look at the past" in page.text
    assert "as it was then known" in page.text
    assert "They replied" not in page.text
    assert "Mail first-contact" in page.text
    (article,) = page.all("article", id="deal")
    assert "hx-get" not in article.attributes
    forms = [one.attributes for one in article.inside if one.tag == "form"]
    assert {one.get("method") for one in forms} == {"get"}
    assert not page.all("section", class_="asks")
    (back,) = [one for one in page.all("a") if one.text.strip() == "Back to now"]
    page = await browser.open(back.attributes["href"])
    assert "They replied" in page.text
    assert "You look at the past" not in page.text


async def test_the_past_says_that_mail_was_stopped_then(
    village: Village, browser: Browser, deal_id: str
) -> None:
    since = mail_room.stop(village.house, actor="P-1").since
    assert since is not None
    mail_room.start(village.house, actor="P-1")
    told = "all mail is stopped since"
    page = await browser.open(f"/deals/{deal_id}?as_of={quote(since.isoformat())}")
    assert told in page.text
    assert "Would need a person letting mail go again" in " ".join(page.text.split())
    assert "such as a limit, is not kept" in page.text
    assert told not in (await browser.open(f"/deals/{deal_id}")).text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("soon", "'soon' is no date or time"),
        ("2099-01-01", "still lies ahead"),
        ("2001-01-01", "had not begun yet"),
        ("<b>x</b>", "is no date or time"),
    ],
)
async def test_a_moment_that_cannot_be_looked_at_is_explained_beside_the_form(
    browser: Browser, deal_id: str, typed: str, told: str
) -> None:
    page = await browser.open(f"/deals/{deal_id}?as_of={typed}")
    assert page.status == 422
    (alert,) = [one for one in page.all("p", class_="refused") if one.attributes.get("role")]
    assert told in alert.text
    (field,) = [one for one in page.all("input") if one.attributes.get("name") == "as_of"]
    assert field.attributes["value"] == typed
    assert page.words("h1") == ["A boat for the lake"]


async def test_a_sent_mail_tells_its_window_beneath_its_sentence_alone(post: Post) -> None:
    await post.browser.open(f"/deals/{post.town.id_of('won')}")
    sent = entry(post.browser, "First-contact was sent")
    assert "First-contact was sent (" not in said(sent)
    (grounds,) = [one for one in sent.inside if one.tag == "dl"]
    for words in ("Rule simple/cadence:follow-up@1", "Why", "window ", "Window opens"):
        assert words in said(grounds), words


async def test_a_sent_mail_is_read_on_the_page_in_a_frame_that_runs_nothing(post: Post) -> None:
    deal_id = post.town.id_of("won")
    page = await post.browser.open(f"/deals/{deal_id}")
    frames = [one for one in page.all("iframe") if "/mails/" in one.attributes["src"]]
    assert frames
    assert {(one.attributes["sandbox"], one.attributes["loading"]) for one in frames} == {
        ("", "lazy")
    }
    assert all(one.attributes["title"] for one in frames)
    body = await post.browser.http.get(frames[0].attributes["src"])
    assert "sandbox" in body.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("running", "it sleeps until something is due"),
        ("completed", "nothing is due"),
        ("terminated", "started again within five minutes"),
        ("gone", "Temporal keeps no trace of it any more"),
        (None, "Temporal does not answer at present"),
    ],
)
async def test_the_state_of_the_workflow_is_said_in_plain_words(
    browser: Browser,
    deal_id: str,
    state: str | None,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def answer(house: House, its_id: str) -> WorkflowView:
        if state is None:
            raise EngineUnreachable("Temporal", "no answer")
        return WorkflowView.model_validate({"workflow_id": f"deal/{its_id}", "state": state})

    monkeypatch.setattr(engine.engine_view, "of_deal", answer)
    page = await browser.open(f"/deals/{deal_id}")
    (section,) = [one for one in page.all("section") if "Its workflow" in one.text]
    assert told in said(section)
    links = [one for one in section.inside if one.tag == "a"]
    assert len(links) == (0 if state == "gone" else 1)


@contextmanager
def counting(house: House) -> Iterator[list[str]]:
    """The statements that are read in the block."""
    seen: list[str] = []

    def note(*told: object) -> None:
        seen.append(str(told[2]))

    event.listen(house.store._reading, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(house.store._reading, "before_cursor_execute", note)


def test_a_long_life_asks_the_database_no_more_than_a_short_one(
    village: Village, deal_id: str
) -> None:
    deal_page.of(village.house, deal_id)
    with counting(village.house) as short:
        deal_page.of(village.house, deal_id, shown=60)
    for number in range(40):
        village.ask(c.LogActivity(activity="note", note=f"{number}"), deal_id, f"n{number}")
    later = timedelta(days=1)
    village.ask(c.MakePromise(due_at=village.house.time.now() + later, what="x"), deal_id, "p")
    village.ask(c.RecordReply(), deal_id, "reply")
    with counting(village.house) as long:
        page = deal_page.of(village.house, deal_id, shown=60)
    assert len(long) == len(short)
    assert len(short) <= 32, short
    assert len(page.axis.entries) > 40


async def test_an_open_task_is_told_by_its_name(village: Village, browser: Browser) -> None:
    drafted(village, "boat")
    page = await browser.open(f"/deals/{village.deals['boat']}")
    (table,) = page.all("table", class_="why")
    steps = [one.text.strip() for one in table.inside if one.attributes.get("scope") == "row"]
    assert "proposal-question of proposal-chase" in [" ".join(one.split()) for one in steps]
    assert not any(step.startswith("T-") for step in steps)


async def test_times_are_those_of_who_looks_and_so_is_a_moment_that_they_write(
    village: Village, browser: Browser, deal_id: str
) -> None:
    far = NewPerson(email="far@us.example", name="Far Away", zone="Asia/Tokyo")
    far_id = people.add(village.house, far, actor="t").person_id
    village.ask(c.RecordReply(), deal_id, "reply-1")
    here = village.house.time.now().astimezone(ZoneInfo("Asia/Tokyo"))
    page = await browser.open(f"/deals/{deal_id}")
    assert "Times in Europe/London" in page.text
    await browser.send("/me", person=far_id)
    page = await browser.open(f"/deals/{deal_id}")
    assert "Times in Asia/Tokyo" in page.text
    assert f"stopped on {here:%a} {here.day} {here:%b %H:}" in page.text, "sentences too"
    page = await browser.open(f"/deals/{deal_id}?as_of={here:%Y-%m-%dT%H:%M:%S.%f}")
    assert "You look at the past" in page.text
    assert "on the clock of Asia/Tokyo" in page.text


async def test_fields_of_a_playbook_read_as_people_write_them(
    village: Village, browser: Browser, deal_id: str
) -> None:
    fields = {"budget": "15000", "decision_maker": "C-1"}
    village.ask(c.ChangeDetails(fields=fields), deal_id, "change")
    page = await browser.open(f"/deals/{deal_id}")
    (facts,) = [one for one in page.words("dl", class_="pairs") if one.startswith("Amount")]
    assert "Budget 15,000 " in facts
    assert "Decision maker Ann Other" in facts
