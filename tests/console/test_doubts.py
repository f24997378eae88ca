"""The queue of doubts: a person says what is known, and the history keeps who said it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from operations import people
from operations.people import NewPerson
from store import ledger, sends
from store.database import Tx
from store.sends import Send
from tests.console.conftest import Browser, Village


def doubted(village: Village) -> str:
    """A deal whose mail nobody can know about; gives its touch id."""
    deal_id = village.open("sill")
    now = village.house.time.now()
    row = Send(
        touch_id="t1",
        stream=f"deal/{deal_id}",
        deal_id=deal_id,
        contact_id="C-1",
        enrollment_id="E-none",
        step="first-contact",
        template="first-contact",
        purpose="sales",
        message_id="<t1@us.example>",
        planned_at=now,
        subject="About the sill",
        slot_at=now,
        window_opens=now,
        window_closes=now,
        playbook_version="simple/cadence:follow-up@1",
    )
    with village.house.store.write() as tx:
        assert sends.plan(tx, row, b"x")
        assert sends.claim(tx, "t1", "w", now)
        assert sends.enter_data(tx, "t1", "w", now)
        assert sends.doubt(tx, "t1", "the line broke", now)
    return deal_id


def state(tx: Tx) -> tuple[str, str | None]:
    row = sends.load(tx, "t1")
    assert row is not None
    return row.status, row.reason


async def test_an_empty_queue_says_so(browser: Browser) -> None:
    page = await browser.open("/doubts")
    assert "No mail is in doubt" in page.text


async def test_times_are_those_of_who_looks(village: Village, browser: Browser) -> None:
    doubted(village)
    wanted = NewPerson(email="far@us.example", name="Far Away", zone="Asia/Tokyo")
    far_id = people.add(village.house, wanted, actor="t").person_id
    page = await browser.open("/doubts")
    assert "Times in Europe/London" in page.text
    await browser.send("/me", person=far_id)
    page = await browser.open("/doubts")
    assert "Times in Asia/Tokyo" in page.text
    here = village.house.time.now().astimezone(ZoneInfo("Asia/Tokyo"))
    assert f"{here:%a} {here.day} {here:%b %H:}" in page.text


async def test_a_person_says_that_it_arrived(browser: Browser, village: Village) -> None:
    deal_id = doubted(village)
    page = await browser.open("/doubts")
    assert "About the sill" in page.text
    assert "the line broke" in page.text
    await browser.send("/me", person="P-1")
    await browser.open("/doubts")
    page = await browser.send("/doubts/t1", {"outcome": "arrived"})
    assert "Kept as sent." in page.text
    assert "No mail is in doubt" in page.text
    with village.house.store.read() as tx:
        assert state(tx) == ("sent", "arrived, says P-1")
        last = ledger.read(tx, f"deal/{deal_id}")[-1]
    assert (last.kind, last.origin.actor) == ("touch_sent", "P-1")


async def test_a_person_says_when_it_arrived_and_how_they_know(
    browser: Browser, village: Village
) -> None:
    deal_id = doubted(village)
    await browser.open("/doubts")
    how = {"form": "how-t1"}
    said = {"outcome": "arrived", "at": "2026-08-20T14:30", "reason": "is in the relay's log"}
    page = await browser.send("/doubts/t1", how, **said)
    assert "Kept as sent." in page.text
    with village.house.store.read() as tx:
        assert state(tx) == ("sent", "is in the relay's log")
        event = ledger.read(tx, f"deal/{deal_id}")[-1].event
    # On the clock of the house's calendar: London, in summer.
    assert event.at == datetime(2026, 8, 20, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize("wrong", ["yesterday noon", "2199-01-01T10:00"])
async def test_a_wrong_moment_is_told_at_its_field_and_what_was_typed_stays(
    browser: Browser, village: Village, wrong: str
) -> None:
    doubted(village)
    await browser.open("/doubts")
    said = {"outcome": "arrived", "at": wrong, "reason": "they told me"}
    page = await browser.send("/doubts/t1", {"form": "how-t1"}, **said)
    (field,), (reason,) = page.all("input", name="at"), page.all("input", name="reason")
    assert field.attributes["aria-invalid"] == "true"
    assert (field.attributes["value"], reason.attributes["value"]) == (wrong, "they told me")
    (how,) = page.all("details", class_="ask")
    assert "open" in how.attributes
    assert "in Europe/London" in how.text
    with village.house.store.read() as tx:
        assert state(tx)[0] == "in_doubt"


async def test_a_person_lets_it_go_again(browser: Browser, village: Village) -> None:
    deal_id = doubted(village)
    await browser.open("/doubts")
    await browser.send("/me", person="P-1")
    await browser.open("/doubts")
    page = await browser.send("/doubts/t1", {"outcome": "again"})
    assert "It goes again" in page.text
    with village.house.store.read() as tx:
        assert state(tx)[0] == "planned"
        last = ledger.read(tx, f"deal/{deal_id}")[-1]
    assert (last.kind, last.origin.actor) == ("doubt_released", "P-1")


async def test_the_second_word_is_refused(browser: Browser, village: Village) -> None:
    doubted(village)
    await browser.open("/doubts")
    seen = browser.page
    await browser.send("/doubts/t1", {"outcome": "arrived"})
    browser.page = seen
    page = await browser.send("/doubts/t1", {"outcome": "lost"})
    assert "Refused: the mail is sent, not in doubt." in page.text


async def test_the_strip_leads_to_the_queue(browser: Browser, village: Village) -> None:
    doubted(village)
    page = await browser.open("/")
    assert "/doubts" in [one.attributes.get("href") for one in page.all("a")]
