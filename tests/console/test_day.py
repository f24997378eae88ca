"""My day: what waits for a person in its order, settled on the page, and nobody else's."""

from datetime import timedelta
from decimal import Decimal

import pytest

from activities.planning import plan_due
from domain import commands as c
from operations import day, deals, people
from operations.access.masking import HIDDEN, masked
from operations.post import drafts
from store import tasks
from tests.console.conftest import Browser, Village
from tests.console.test_stagnant import flag
from tests.support.page import Page
from tests.support.plans import asked_of
from tests.support.post import came, written
from tests.support.shortcut import no_engine

__all__ = ["no_engine"]


def pass_days(village: Village, days: float) -> None:
    """Let time pass; nothing happens meanwhile."""
    time = village.house.time
    now = time.now()
    village.house.time = type(time)(time.clock, lambda: time.wall() + timedelta(days=days))
    assert village.house.time.now() > now


def drafted(village: Village, name: str) -> str:
    """A deal whose sequence waits for its owner to approve a mail; gives the task's id."""
    deal_id = village.open(name)
    village.ask(c.AdvanceDeal(stage="proposal", override="they know us"), deal_id, f"go-{name}")
    for _ in range(20):
        pass_days(village, 1)
        plan_due(village.house.store, village.house.time, f"deal/{deal_id}", "w", "u.e", set())
        if found := drafts.of_deal(village.house, deal_id):
            return found[0].task_id
    raise AssertionError("no draft was made")


async def as_olga(browser: Browser) -> Page:
    """Say to be Olga, and go to her day."""
    await browser.open("/day")
    await browser.send("/me", {"back": "/day"}, person="P-1")
    return await browser.open("/day")


def heads(page: Page) -> list[str]:
    """The headings of what waits."""
    return [" ".join(text.split()[:-1]) for text in page.words("h2")]


async def test_who_came_by_the_link_says_whose_day_it_is(
    village: Village, browser: Browser
) -> None:
    page = await browser.open("/day")
    assert "Whose day is it?" in page.text
    assert {"Olga Owner", "Li Wei 李伟"} <= set(page.words("button"))
    page = await as_olga(browser)
    assert "Olga Owner" in page.words("p", class_="quiet")[0]
    assert "Nothing waits for you" in page.text
    assert "sequence" in page.text


async def test_a_day_without_people_says_how_they_come_in(
    village: Village, browser: Browser
) -> None:
    for one in ("P-1", "P-2"):
        with village.house.store.write() as tx:
            tx.exec_driver_sql(f"DELETE FROM people WHERE person_id = '{one}'")
    assert "sluice user add" in (await browser.open("/day")).text


async def test_everything_that_waits_stands_under_its_heading_in_order(
    village: Village, browser: Browser
) -> None:
    now = village.house.time.now()
    late = village.open("late")
    soon, far = now + timedelta(hours=2), now + timedelta(days=9)
    for its_id, due, what in (("far", far, "Send the plan"), ("soon", soon, "Call the board")):
        village.ask(c.MakePromise(due_at=due, what=what), late, f"promise-{its_id}")
    won = village.open("won")
    village.ask(c.WinDeal(reason="price"), won, "win")
    for name, amount in (("cheap", 10), ("dear", 90_000)):
        village.open(name, amount=Decimal(amount))
        flag(village, name, 5)
    fresh, old = village.open("fresh"), village.open("old")
    village.ask(c.RecordReply(note="when?"), fresh, "r-1")
    village.ask(c.RecordReply(note="when?"), old, "r-2")
    flag(village, "old", 3, "our_turn")
    theirs = village.open("theirs", owner_id="P-2")
    village.ask(c.RecordReply(), theirs, "r-3")
    pass_days(village, 1)
    page = await as_olga(browser)
    assert heads(page) == [
        "Tasks",
        "Promises",
        "Our turn, and late",
        "Replies to answer",
        "Gone quiet",
    ]
    rows = [text for text in page.words("tr") if not text.startswith("Deal What")]
    assert "Hand-over" in rows[0]
    assert ["Call the board" in rows[1], "Send the plan" in rows[2]] == [True, True]
    assert [row.split()[0] for row in rows[3:]] == ["old", "fresh", "dear", "cheap"]
    assert "Answer them" in rows[3]
    assert "theirs" not in page.text
    assert "2 are past their time" in page.text, "the promise and the answer"


async def test_mail_that_nobody_has_matched_is_named(village: Village, browser: Browser) -> None:
    assert "inbox could not" not in (await as_olga(browser)).text
    came(village.house, written(sender="zoe@else.example"))
    assert "1 mail in the inbox could not be matched" in (await as_olga(browser)).text


async def test_a_task_a_promise_and_an_answer_are_settled_there(
    village: Village, browser: Browser, no_engine: None
) -> None:
    won, deal_id = village.open("won"), village.open("boat")
    village.ask(c.WinDeal(reason="price"), won, "win")
    due = village.house.time.now() + timedelta(hours=2)
    village.ask(c.MakePromise(due_at=due, what="Call the board"), deal_id, "promise")
    village.ask(c.RecordReply(note="when?"), village.open("asks"), "reply")
    with village.house.store.read() as tx:
        [task] = tasks.open_for(tx, "P-1")
    await as_olga(browser)
    page = await browser.send(f"/day/tasks/{task.task_id}", {"act": "done"})
    assert page.answer == "Done."
    page = await browser.send(f"/day/deals/{deal_id}")
    assert page.answer == "The promise is kept."
    asks = village.deals["asks"]
    page = await browser.send(f"/day/deals/{asks}", activity="call", note="Thursday it is")
    assert page.answer == "Logged."
    assert "Nothing waits for you" in page.text
    assert deals.show(village.house, asks).our_turn_since is None


async def test_a_draft_goes_in_the_words_that_were_read(
    village: Village, browser: Browser, no_engine: None
) -> None:
    task_id = drafted(village, "boat")
    page = await as_olga(browser)
    assert heads(page)[0] == "Drafts to approve"
    (frame,) = page.all("iframe")
    assert frame.attributes["src"] == f"/drafts/{task_id}/body"
    assert frame.attributes["sandbox"] == ""
    assert "Ann" in (await browser.http.get(f"/drafts/{task_id}/body")).text
    await browser.open("/day")
    wrong = {"act": "approve"}
    page = await browser.send(f"/day/tasks/{task_id}", wrong, words="0" * 16)
    assert "the words have changed" in page.answer
    page = await browser.send(f"/day/tasks/{task_id}", wrong)
    assert page.answer == "Approved; it goes in its window."
    assert "Drafts to approve" not in page.text


async def test_a_draft_is_refused_and_asks_once(
    village: Village, browser: Browser, no_engine: None
) -> None:
    task_id = drafted(village, "boat")
    seen = await as_olga(browser)
    page = await browser.send(f"/day/tasks/{task_id}", {"act": "refuse"})
    assert page.answer == "It is not sent."
    assert drafts.of_deal(village.house, village.deals["boat"]) == []
    browser.page = seen
    page = await browser.send(f"/day/tasks/{task_id}", {"act": "approve"})
    assert page.answer.startswith("Refused: there is no open task")


async def test_what_is_no_act_is_not_understood(village: Village, browser: Browser) -> None:
    task_id = drafted(village, "boat")
    await as_olga(browser)
    page = await browser.send(f"/day/tasks/{task_id}", {"act": "refuse"} | {}, act="burn")
    assert page.status == 422
    await as_olga(browser)
    page = await browser.send(f"/day/tasks/{task_id}", {"act": "approve"}, words="")
    assert "words is missing" in page.answer


async def test_what_one_promised_in_the_deal_of_another_stands_on_the_own_day(
    village: Village, browser: Browser, no_engine: None
) -> None:
    deal_id = village.open("theirs", "A boat of Li Wei", owner_id="P-2")
    due = village.house.time.now() + timedelta(hours=2)
    village.ask(c.MakePromise(due_at=due, what="Ask the yard", owner_id="P-1"), deal_id, "promise")
    page = await as_olga(browser)
    assert "A boat of Li Wei" in page.text
    assert "Ask the yard" in page.text
    assert day.show(village.house, "P-2").empty
    (promise,) = day.show(village.house, "P-1").groups[0].lines
    page = await browser.send(f"/day/deals/{deal_id}", {"promise_id": str(promise.promise_id)})
    assert page.answer == "The promise is kept."
    assert "Nothing waits for you" in page.text


def test_a_long_day_is_cut_and_asks_little(village: Village) -> None:
    for number in range(day.SHOWN + 3):
        deal_id = village.open(f"boat-{number}", amount=Decimal(number + 1))
        flag(village, f"boat-{number}", 4)
        due = village.house.time.now() + timedelta(hours=number + 1)
        village.ask(c.MakePromise(due_at=due, what=f"x{number}"), deal_id, f"promise-{number}")
    day.show(village.house, "P-1")
    with asked_of() as asked:
        found = day.show(village.house, "P-1")
    assert [(one.kind, len(one.lines), one.more) for one in found.groups] == [
        ("promise", day.SHOWN, 3),
        ("stagnant", day.SHOWN, 3),
    ]
    assert found.groups[0].lines[0].note == "x0"
    assert len(asked) <= 22, [statement for statement, _ in asked]


def test_drafts_beyond_a_few_are_named_and_not_written(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafted(village, "first")
    drafted(village, "second")
    monkeypatch.setattr(day, "READ_AT_ONCE", 1)
    found = day.show(village.house, "P-1")
    assert (len(found.papers), found.waiting) == (1, 1)


def test_the_times_are_the_persons_own_and_the_words_masked(village: Village) -> None:
    deal_id = village.open("boat", "A boat for Ann")
    due = village.house.time.now() + timedelta(hours=2)
    village.ask(c.MakePromise(due_at=due, what="Call Ann"), deal_id, "promise")
    zone = "Asia/Tokyo"
    new = people.NewPerson(email="tom@us.example", name="Tom", zone=zone)
    tom = people.add(village.house, new, actor="test").person_id
    assert day.show(village.house, tom).zone == zone
    found = masked(day.show(village.house, "P-1"))
    (line,) = found.groups[0].lines
    assert line.card is not None
    assert (found.name, line.note, line.card.title) == ("O. O.", HIDDEN, HIDDEN)
