"""Publishing playbooks: versions, pins, differences in words, and who is reached by new limits."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.ahead import Due
from domain.refusal import Malformed, NotFound
from domain.times.calendar import Calendar
from operations import deals
from operations.authoring import playbooks
from operations.authoring.errors import PlaybookErrors
from operations.house import House
from store import board, nudges
from store import deals as deal_rows
from store import playbooks as kept
from store.database import Tx
from tests.support.houses import ROOT, opened_house
from tests.support.moments import MONDAY
from tests.support.shortcut import OLGA, events_of, no_engine, opened_deal

from operations import contacts, people  # isort: skip

__all__ = ["no_engine"]


@pytest.fixture
def house(tmp_path: Path, no_engine: None) -> Iterator[House]:
    """A house in which nothing is published, with playbooks of its own to change."""
    with opened_house(tmp_path, MONDAY, ()) as opened:
        folder = tmp_path / "playbooks"
        folder.mkdir()
        shutil.copy(ROOT / "playbooks" / "simple.yaml", folder)
        opened.config = replace(opened.config, playbooks=folder)
        people.add(opened, people.NewPerson(email=OLGA, name="Olga"), actor="test")
        wanted = contacts.NewContact(email="ann@them.example", name="Ann")
        contacts.add(opened, wanted, actor="test")
        yield opened


def change(house: House, old: str, new: str) -> None:
    file = house.config.playbooks / "simple.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def publish(house: House, by: str = "ops") -> playbooks.Published:
    return playbooks.publish(house, "simple", actor=by)


def test_the_first_edition_has_every_part_and_holidays_for_three_years(house: House) -> None:
    told = publish(house)
    assert (told.edition, set(told.parts.values())) == (1, {1})
    with house.store.read() as tx:
        calendar = kept.part(tx, "simple", "calendar", 1)
    assert isinstance(calendar, Calendar)
    assert {day.year for day in calendar.holidays["GB"]} == {2026, 2027, 2028}
    [event] = events_of(house, "playbook/simple")
    assert (event.kind, event.origin.actor) == ("edition_published", "ops")


def test_publishing_what_holds_changes_nothing(house: House) -> None:
    one, two = publish(house), publish(house)
    assert (two.edition, two.changed) == (one.edition, ())
    assert len(events_of(house, "playbook/simple")) == 1


async def test_a_changed_cadence_alone_gets_a_version_and_deals_keep_theirs(house: House) -> None:
    publish(house)
    before = await opened_deal(house)
    change(house, "{after: 3-5 days, mail: follow-up-1}", "{after: 2-3 days, mail: follow-up-1}")
    would = playbooks.diff(house, "simple")
    assert would.texts == ("cadence follow-up, step follow-up-1 after: 3-5 days becomes 2-3 days",)
    assert [each.text for each in would.in_flight] == [
        "1 now in follow-up finish the version that they began with"
    ]
    told = publish(house)
    assert (told.changed, told.parts["cadence:follow-up"]) == (("cadence:follow-up",), 2)
    after = await opened_deal(house, title="Second")
    versions = [deals.show(house, each).sequences[0].version for each in (before, after)]
    assert versions == [1, 2]
    assert playbooks.diff(house, "simple").texts == ()


def test_differences_are_told_in_words(house: House) -> None:
    publish(house)
    change(house, "    chance: 50%", "    chance: 60%")
    change(house, "    - {after: 3-5 days, mail: follow-up-3}\n", "")
    change(house, 'send_window: "09:00-17:00"', 'send_window: "08:00-16:00"')
    told = playbooks.diff(house, "simple").texts
    assert "pipeline, pipeline stage proposal chance: 50% becomes 60%" in told
    assert "calendar, send window: 09:00-17:00 becomes 08:00-16:00" in told
    assert any("step follow-up-3" in each and "gone" in each for each in told)
    assert any("order of steps" in each for each in told)


def test_a_new_step_is_told_by_what_was_written_of_it(house: House) -> None:
    publish(house)
    last = "    - {after: 3-5 days, mail: follow-up-3}\n"
    change(house, last, last + "    - {after: 2 days, call: third-call, for: manager}\n")
    told = playbooks.diff(house, "simple").texts
    mine = [each for each in told if "third-call" in each and "order of steps" not in each]
    assert sorted(each.partition("step third-call ")[2] for each in mine) == [
        "after: new: 2 days",
        "call: new: third-call",
        "for: new: manager",
    ]


def due_of(house: House, deal_id: str) -> tuple[object, object]:
    with house.store.read() as tx:
        row = board.row(tx, deal_id)
    assert row is not None
    return row.next_due, row.armed_until


async def test_a_shorter_limit_reaches_the_deals_in_flight_and_wakes_those_it_moves_forward(
    house: House,
) -> None:
    publish(house)
    quiet = await opened_deal(house, enroll=False, contacts=())
    busy = await opened_deal(house, title="Busy")
    first = [due_of(house, each)[0] for each in (quiet, busy)]
    change(house, "stagnant_after: {in_stage: 45 days}", "stagnant_after: {in_stage: 3 days}")
    told = publish(house)
    assert told.changed == ("limits",)
    assert (told.moved, told.woken) == (1, 1)
    assert due_of(house, quiet)[0] == house_opened(house, quiet) + timedelta(days=3)
    assert first[0] != due_of(house, quiet)[0]
    assert first[1] == due_of(house, busy)[0]  # its next mail comes before any limit
    with house.store.read() as tx:
        assert [one.stream for one in nudges.waiting(tx)] == [f"deal/{quiet}"]


def house_opened(house: House, deal_id: str) -> datetime:
    opened = deals.show(house, deal_id).opened_at
    assert opened is not None
    return opened


async def test_a_longer_limit_moves_the_date_and_wakes_nobody(house: House) -> None:
    publish(house)
    quiet = await opened_deal(house, enroll=False, contacts=())
    # The workflow sleeps until then, as its last wake-up has left it.
    with house.store.write() as tx:
        deal_rows.sleep_until(tx, quiet, Due(due_of_tx(tx, quiet)))
    change(house, "silence: 7 days", "silence: 9 days")
    told = publish(house)
    assert (told.moved, told.woken) == (1, 0)
    with house.store.read() as tx:
        assert nudges.waiting(tx) == []


def due_of_tx(tx: Tx, deal_id: str) -> datetime | None:
    row = board.row(tx, deal_id)
    assert row is not None
    return row.next_due


async def test_a_limit_made_shorter_after_a_longer_one_wakes_a_deal_that_sleeps_too_long(
    house: House,
) -> None:
    publish(house)
    quiet = await opened_deal(house, enroll=False, contacts=())
    with house.store.write() as tx:
        deal_rows.sleep_until(tx, quiet, Due(due_of_tx(tx, quiet)))
    change(house, "silence: 7 days", "silence: 9 days")
    publish(house)
    change(house, "silence: 9 days", "silence: 8 days")
    assert publish(house).woken == 1  # it might sleep until the ninth day


def test_shipped_playbooks_come_in_and_never_overwrite_a_person(house: House) -> None:
    [told] = playbooks.publish_shipped(house)
    assert (told.playbook, told.edition) == ("simple", 1)
    assert playbooks.publish_shipped(house) == []
    change(house, "chance: 50%", "chance: 55%")
    assert [one.edition for one in playbooks.publish_shipped(house)] == [2]
    change(house, "chance: 55%", "chance: 65%")
    publish(house, by="ops")
    change(house, "chance: 65%", "chance: 75%")
    assert playbooks.publish_shipped(house) == []
    assert playbooks.show(house, "simple").edition == 3


def test_a_mistake_is_told_with_its_place_and_nothing_is_published(house: House) -> None:
    change(house, "mail: follow-up-1}", "mail: folow-up-1}")
    with pytest.raises(PlaybookErrors, match='did you mean "follow-up-1"'):
        publish(house)
    assert playbooks.list_all(house) == []
    with pytest.raises(NotFound, match="no playbook"):
        playbooks.show(house, "simple")
    with pytest.raises(NotFound, match="did you mean"):
        playbooks.publish(house, "simpel", actor="ops")


def test_a_text_may_be_published_as_well_as_a_file(house: House) -> None:
    text = (house.config.playbooks / "simple.yaml").read_text()
    assert playbooks.publish_text(house, text, actor="ops").edition == 1
    assert playbooks.show(house, "simple").source == text
    with pytest.raises(Malformed):
        playbooks.publish_text(house, "playbook: [", actor="ops")


def test_an_older_edition_can_be_read(house: House) -> None:
    publish(house)
    change(house, "chance: 50%", "chance: 55%")
    publish(house)
    old = playbooks.show(house, "simple", 1)
    assert old.source is not None
    assert "chance: 50%" in old.source
    with pytest.raises(NotFound, match="edition 7"):
        playbooks.show(house, "simple", 7)


def test_a_file_is_checked_without_a_house(tmp_path: Path) -> None:
    told = playbooks.check("simple", ROOT / "playbooks", ROOT / "templates")
    assert (told.playbook, told.warnings) == ("simple", ())
