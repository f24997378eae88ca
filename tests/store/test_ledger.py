"""The ledger: streams without gaps, positions in the order of the commits, every event readable."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import insert

from domain.deal_events import DealLost, DealOpened, DealWon, FieldFact, OwnerAssigned
from domain.event import Happened
from domain.house_events import ContactEvent
from store import ledger, upcasters
from store.database import Store
from store.errors import VersionConflict
from store.ledger import Entry, Origin
from store.tables import events
from tests.support.moments import at

ORIGIN = Origin(
    actor="P-rep", recorded_at=at(1), cause="cli", command_id="c1", playbook_version="simple@1"
)


def _assigned(owner: str) -> OwnerAssigned:
    return OwnerAssigned(at=at(), owner_id=owner)


def test_what_is_appended_is_read_back_with_everything_it_said(store: Store) -> None:
    opened = DealOpened(
        at=at(minutes=0.123456),
        playbook="simple",
        pins={"pipeline": 2},
        amount=Decimal("1200.50"),
        currency="EUR",
        fields={"budget": FieldFact(filled=True, count=1, value="9.90")},
    )
    with store.write() as tx:
        written = ledger.append(tx, "deal/D-1", 0, [opened, _assigned("P-1")], ORIGIN)
    with store.read() as tx:
        assert ledger.read(tx, "deal/D-1") == written
        assert ledger.head(tx, "deal/D-1") == 2
        assert ledger.heads(tx, ["deal/D-1", "deal/D-2"]) == {"deal/D-1": 2}
    first = written[0]
    assert (first.position, first.version, first.kind) == (1, 1, "deal_opened")
    assert first.event == opened
    assert first.origin == ORIGIN
    assert first.happened_at == opened.at


def test_a_moment_in_another_zone_is_the_same_moment(store: Store) -> None:
    elsewhere = at().astimezone(timezone(timedelta(hours=5, minutes=45)))
    with store.write() as tx:
        ledger.append(tx, "deal/D-1", 0, [DealWon(at=elsewhere)], ORIGIN)
    with store.read() as tx:
        (read,) = ledger.read(tx, "deal/D-1")
    assert read.event.at == elsewhere
    assert read.event.at.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    naive = DealWon(at=datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001
    with pytest.raises(Exception, match="without a zone"), store.write() as tx:
        ledger.append(tx, "deal/D-1", 0, [naive], ORIGIN)


def test_a_writer_with_an_old_version_is_told_and_writes_nothing(store: Store) -> None:
    with store.write() as tx:
        ledger.append(tx, "deal/D-1", 0, [_assigned("P-1")], ORIGIN)
    with store.write() as tx:
        with pytest.raises(VersionConflict) as told:
            ledger.append(tx, "deal/D-1", 0, [_assigned("P-2")], ORIGIN)
        # The transaction goes on: a refusal can be written in it.
        ledger.append(tx, "deal/D-2", 0, [_assigned("P-3")], ORIGIN)
    assert (told.value.expected, told.value.found) == (0, 1)
    with store.read() as tx:
        assert [one.stream for one in ledger.feed(tx)] == ["deal/D-1", "deal/D-2"]


def test_whether_a_stream_tells_of_something_is_known_without_reading_it(store: Store) -> None:
    seen = ContactEvent(at=at(), contact_id="C-1", name="signed_up", key="12")
    with store.write() as tx:
        ledger.append(tx, "contact/C-1", 0, [seen, seen.model_copy(update={"key": None})], ORIGIN)

        def told(stream: str, kind: str, **said: str) -> bool:
            return ledger.tells_of(tx, stream, kind, said)

        assert told("contact/C-1", "contact_event", name="signed_up", key="12")
        assert not told("contact/C-1", "contact_event", name="signed_up", key="1")
        assert not told("contact/C-1", "contact_event", name="other", key="12")
        assert not told("contact/C-2", "contact_event", name="signed_up", key="12")
        assert not told("contact/C-1", "contact_added", name="signed_up", key="12")


def test_many_streams_are_appended_at_once(store: Store) -> None:
    entries = [
        Entry(f"deal/D-{number:04}", 0, [_assigned("P-1"), DealWon(at=at())], ORIGIN)
        for number in range(1_200)
    ]
    with store.write() as tx:
        written = ledger.append_many(tx, entries)
    assert [one.position for one in written] == list(range(1, 2_401))
    with store.read() as tx:
        assert ledger.feed(tx, 0, 3_000) == written
        assert ledger.streams(tx, "deal/", "deal/D-0997", 10) == ["deal/D-0998", "deal/D-0999"] + [
            f"deal/D-{number}" for number in range(1_000, 1_008)
        ]
        found = ledger.read_many(tx, [entry.stream for entry in entries])
        assert sum(len(recorded) for recorded in found.values()) == 2_400


def test_many_streams_at_once_are_all_or_nothing(store: Store) -> None:
    with store.write() as tx:
        ledger.append(tx, "deal/D-2", 0, [_assigned("P-1")], ORIGIN)
    entries = [Entry(f"deal/D-{number}", 0, [DealWon(at=at())], ORIGIN) for number in (1, 2, 3)]
    with pytest.raises(VersionConflict), store.write() as tx:
        ledger.append_many(tx, entries)
    with store.read() as tx:
        assert ledger.last_position(tx) == 1


def test_the_feed_and_the_newest_are_read_page_by_page(store: Store) -> None:
    with store.write() as tx:
        ledger.append(tx, "deal/D-1", 0, [_assigned(f"P-{n}") for n in range(7)], ORIGIN)
    with store.read() as tx:
        pages = [[one.position for one in ledger.feed(tx, after, 3)] for after in (0, 3, 6, 7)]
        assert pages == [[1, 2, 3], [4, 5, 6], [7], []]
        assert [one.position for one in ledger.latest(tx, None, 2)] == [7, 6]
        assert [one.position for one in ledger.latest(tx, 6, 2)] == [5, 4]
        assert [one.version for one in ledger.read(tx, "deal/D-1", 5)] == [6, 7]


def test_a_reader_of_the_feed_never_skips_while_many_write(store: Store) -> None:
    """Positions become visible in their order, also when a transaction lingers after append."""
    writers, rounds = 6, 8
    done = threading.Event()
    seen: list[int] = []

    def write(number: int) -> None:
        for step in range(rounds):
            with store.write() as tx:
                more: list[Happened] = [_assigned(f"P-{n}") for n in range(1 + number % 3)]
                stream = f"deal/D-{number}"
                ledger.append(tx, stream, ledger.head(tx, stream), more, ORIGIN)
                if step % 3 == number % 3:
                    ledger.last_position(tx)

    def follow() -> None:
        last = 0
        while True:
            finished = done.is_set()
            with store.read() as tx:
                page = ledger.feed(tx, last, 5)
            seen.extend(one.position for one in page)
            last = seen[-1] if seen else 0
            if finished and not page:
                return

    with ThreadPoolExecutor(writers + 1) as pool:
        reader = pool.submit(follow)
        for written in [pool.submit(write, number) for number in range(writers)]:
            written.result()
        done.set()
        reader.result()
    with store.read() as tx:
        total = ledger.last_position(tx)
    assert total == sum(rounds * (1 + number % 3) for number in range(writers))
    assert seen == list(range(1, total + 1))


def test_of_many_writers_with_the_same_version_exactly_one_wins(store: Store) -> None:
    together = threading.Barrier(6)

    def write(number: int) -> bool:
        together.wait()
        try:
            with store.write() as tx:
                ledger.append(tx, "deal/D-1", 0, [_assigned(f"P-{number}")], ORIGIN)
        except VersionConflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(write, range(6))) == [False] * 5 + [True]
    with store.read() as tx:
        assert ledger.head(tx, "deal/D-1") == 1


def test_an_older_shape_is_lifted_to_the_one_of_today(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DealLost, "schema_number", 3)
    monkeypatch.setitem(
        upcasters.UPCASTERS, ("deal_lost", 1), lambda old: {"cause": old["why"].lower()}
    )
    monkeypatch.setitem(upcasters.UPCASTERS, ("deal_lost", 2), lambda old: {"reason": old["cause"]})
    with store.write() as tx:
        tx.execute(
            insert(events).values(
                position=1,
                stream="deal/D-1",
                version=1,
                kind="deal_lost",
                schema=1,
                data={"why": "PRICE"},
                happened_at=at(),
                recorded_at=at(),
                actor="P-1",
            )
        )
    with store.read() as tx:
        (read,) = ledger.read(tx, "deal/D-1")
    assert read.event == DealLost(at=at(), reason="price")
