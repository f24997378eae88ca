"""The morning mail, from the deals of an owner to the letter that the relay is given."""

import logging
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from activities.morning import Mornings
from activities.rounds import RoundsMaker
from domain import commands as c
from domain.playbooks.parts import parts
from domain.webhooks import RETRY_AFTER
from mail.kitchen import Kitchen
from store import nudges, people, playbooks, webhooks
from store.people import Person
from store.webhooks import Delivery, Endpoint
from tests.support.databases import Fresh
from tests.support.household import MAILS, ROOT, Household
from tests.support.houses import shipped
from tests.support.living import manor
from tests.support.moments import at
from tests.support.servers import working
from tests.support.shortcut import no_engine
from tests.support.sink import Caught, Sink

__all__ = ["no_engine"]

SIMPLE = ROOT / "playbooks" / "simple.yaml"
OLGA = "olga@us.example"


def rounds_of(house: Household, kitchen: Kitchen | None = None) -> RoundsMaker:
    simple = shipped(SIMPLE)
    with house.store.write() as tx:
        playbooks.publish(tx, "simple", parts(simple), "test", house.watch.now)
    mornings = Mornings(house.store, house.time, kitchen or house.kitchen, house.sender)
    return RoundsMaker(house.performer, mornings, "simple")


def opened(house: Household, title: str, **more: object) -> str:
    """A deal without follow-ups, unless more is said."""
    return house.open(title, **{"playbook": "simple", "title": title, "enroll": False, **more})


async def live(house: Household, deals: list[str], until: datetime) -> None:
    """Everything that becomes due for these deals happens, each thing at its moment."""
    wakes: dict[str, datetime | None] = dict.fromkeys(deals, house.watch.now)
    while due := [(when, deal) for deal, when in wakes.items() if when and when <= until]:
        when, deal = min(due)
        house.watch.now = max(when, house.watch.now)
        wakes[deal] = (await house.perform(deal, f"run/{when.timestamp()}/1")).wake_at
    house.watch.now = until


def mornings_in(sink: Sink, recipient: str = OLGA) -> list[Caught]:
    """Morning mails tell nobody's name in their subject, only the day and two numbers."""
    mine = [one for one in sink.messages if one.recipient == recipient]
    return [one for one in mine if str(one.parsed["Subject"]).endswith("to go out")]


def lines_of(mail: Caught) -> list[str]:
    """The text of the mail, without empty lines and without where its links lead."""
    body = mail.parsed.get_body(("plain",))
    assert body is not None
    lines = [line.strip() for line in body.get_content().splitlines()]
    return [
        " ".join(word for word in line.split(" ") if "(http" not in word) for line in lines if line
    ]


async def test_an_owner_reads_what_needs_her_and_what_goes_out(
    house: Household, sink: Sink
) -> None:
    """Eight days, lived: they wrote; a promise broken, a hand-over late and one due; silence."""
    rounds = rounds_of(house)
    waiting, promised = opened(house, "Rope"), opened(house, "Anchor")
    deals = [waiting, promised, opened(house, "Sails"), opened(house, "Mast")]
    deals.append(opened(house, "Oars", owner_id="P-2"))
    house.ask(c.RecordReply(contact_id="C-1"), waiting)
    house.ask(c.MakePromise(due_at=at(2), what="Send the drawing"), promised)
    house.ask(c.WinDeal(), deals[3])
    house.ask(c.MakePromise(due_at=at(8), what="Call the yard", owner_id="P-2"), deals[3])
    await live(house, deals, at(4, hours=1))
    deals += [opened(house, one, enroll=True, wrote_on=at(4)) for one in ("Rudder", "Hull", "Keel")]
    deals.append(opened(house, "Stern"))
    house.ask(c.WinDeal(), deals[-1])
    await live(house, deals, at(8, hours=-1))
    await rounds.go_round("run/1/1")
    (mail,) = mornings_in(sink)
    assert mail.parsed["Subject"] == "Tue, Mar 10: 7 for you, 2 to go out"
    assert lines_of(mail) == [
        "Good morning Olga,",
        "They wrote, and wait for you",
        "* Rope (new): they wrote and wait for an answer, since Mon, Mar 2",
        "Overdue",
        "* Anchor (new): promised: Send the drawing, due Wed, Mar 4",
        "* Mast (onboarding): task: hand-over, due Wed, Mar 4",
        "To do today",
        "* Stern (onboarding): task: hand-over at 10:00 AM",
        "Gone quiet",
        "* Rope (new): no word from the other side since Mar 2, 2026",
        "* Anchor (new): no word from the other side since Mar 2, 2026",
        "* Sails (new): no word from the other side since Mar 2, 2026",
        "Goes out today, unless you stop it",
        "* Rudder (new): follow-up 1 at 9:41 AM, step 2 of follow-up",
        "* Hull (new): follow-up 1 at 4:41 PM, step 2 of follow-up",
        "Open your list",
        "Sluice at Us Ltd wrote this to Olga Owner. Please do not answer it.",
    ]
    (other,) = mornings_in(sink, "max@us.example")
    assert [line for line in lines_of(other) if line.startswith("*")] == [
        "* Mast (onboarding): promised: Call the yard at 9:00 AM",
        "* Oars (new): no word from the other side since Mar 2, 2026",
    ]
    # What it announced goes out, at the minute that it named.
    before = len(house.mails(deals[5]))
    await live(house, deals, at(8, minutes=41))
    assert [one.template for one in house.mails(deals[5])[before:]] == ["follow-up-1"]


async def test_it_comes_once_a_working_day_from_eight_and_only_with_something_to_say(
    house: Household, sink: Sink
) -> None:
    rounds = rounds_of(house)
    await rounds.go_round("run/1/1")
    assert mornings_in(sink) == []
    house.ask(c.RecordReply(contact_id="C-1"), opened(house, "Rope"))
    came = []
    for hours in (22, 23, 24, 46, 47, 5 * 24 - 1, 6 * 24 - 1, 7 * 24 - 1):
        house.watch.now = at(hours=hours)
        await rounds.go_round(f"run/{hours}/1")
        await rounds.go_round(f"run/{hours}/2")
        came.append(len(mornings_in(sink)))
    assert came == [0, 1, 1, 1, 2, 2, 2, 3]
    assert house.kinds("person/P-1").count("morning_sent") == 3


def _to(mail: Caught) -> str:
    return mail.recipient


async def test_who_keeps_the_webhooks_is_told_which_of_them_fail(
    house: Household, sink: Sink
) -> None:
    rounds, now = rounds_of(house), house.time.wall()
    told: dict[str, Any] = {"url": "https://lake.example", "kinds": (), "created_by": "t"}
    told |= {"status_since": now, "created_at": now}
    gone: dict[str, Any] = {"status": "disabled", "because": "gone"}
    dead: dict[str, Any] = {"status": "dead", "kind": "deal_won", "last_at": now}
    old, tries = {**dead, "last_at": now - timedelta(days=8)}, len(RETRY_AFTER) + 1
    with house.store.write() as tx:
        webhooks.add(tx, Endpoint(webhook_id="WH-1", description="The lake", **gone, **told))
        webhooks.add(tx, Endpoint(webhook_id="WH-2", description="", **told))
        webhooks.add(tx, Endpoint(webhook_id="WH-3", description="Fine", **told))
        for number, tried in enumerate((tries, tries, tries, 1)):
            webhooks.keep(tx, Delivery(webhook_id="WH-2", position=number, tries=tried, **dead))
        webhooks.keep(tx, Delivery(webhook_id="WH-3", position=1, tries=tries, **old))
        ops = Person(person_id="P-3", name="Oz", email="oz@us.example", created_at=now, role="ops")
        people.save(tx, ops)
        for its_id, one in people.load_many(tx, ["P-1", "P-2"]).items():
            people.save(tx, replace(one, role="admin", locale="pl" if its_id == "P-2" else None))
    await rounds.go_round("run/1/1")
    first, second = (lines_of(one) for one in sorted(sink.messages, key=_to, reverse=True))
    assert first[1:4] == [
        "Webhooks that fail",
        "* The lake said that it is gone, and is told nothing any more, since Mon, Mar 2",
        "* WH-2 events given up after the last retry: 3",
    ]
    assert second[1:4] == [
        "Webhooki, które zawodzą",
        "* The lake odpowiedział, że już go nie ma, i niczego więcej nie dostaje, od pon., 2 mar",
        "* WH-2 zdarzenia porzucone po ostatniej próbie: 3",
    ]
    assert {one.recipient for one in sink.messages} == {OLGA, "max@us.example"}


async def test_words_that_are_wrong_cost_the_mail_and_not_the_audit(
    house: Household, sink: Sink, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = Path(shutil.copytree(MAILS, tmp_path / "mail"))
    words = folder / "morning.md"
    words.write_text(words.read_text().replace("person.name", "person.nmae"))
    with Kitchen(folder, within=20) as kitchen, caplog.at_level(logging.WARNING):
        rounds = rounds_of(house, kitchen)
        deal = opened(house, "Rope", enroll=True)
        house.ask(c.RecordReply(contact_id="C-1"), opened(house, "Anchor"))
        house.watch.now = at(1)
        await rounds.go_round("run/1/1")
    assert mornings_in(sink) == []
    with house.store.read() as tx:
        assert [one.stream for one in nudges.waiting(tx, 10)] == [f"deal/{deal}"]
    assert "no morning mail can be written" in caplog.text


async def test_the_rounds_of_a_worker_bring_it_at_eight(
    sqlite_databases: Fresh, tmp_path: Path, sink: Sink, temporal: Client, no_engine: None
) -> None:
    """Four seconds before eight nothing is due; the workflow's own timer brings the mail."""
    begin = at(hours=-1) - timedelta(seconds=4)
    url = sqlite_databases()
    async with manor(url, tmp_path, sink.url, temporal, playbook=SIMPLE, begin=begin) as here:
        # Before the worker, which may take its time to begin.
        deal = await here.open(playbook="simple", enroll=False)
        await here.ask(c.RecordReply(contact_id="C-1"), deal)
        async with working(here.house, temporal):
            (mail,) = await sink.arrived(1, within=30)
    assert mail.recipient == OLGA
    assert mail.parsed["Subject"] == "Mon, Mar 2: 1 for you, 0 to go out"
    written = parsedate_to_datetime(mail.parsed["Date"])
    # A busy machine may need a moment; none may make it early.
    assert at() - timedelta(hours=1) <= written <= at() - timedelta(minutes=59)
