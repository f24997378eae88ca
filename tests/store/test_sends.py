"""The send ledger: every move names where it comes from, and only one attempt can make it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from store import contacts, sends
from store.contacts import Contact
from store.database import Store, Tx
from store.sends import Send
from tests.support.moments import at

TOUCH = Send(
    touch_id="t1",
    stream="deal/D-1",
    deal_id="D-1",
    contact_id="C-1",
    enrollment_id="E-1",
    step="first-contact",
    template="first-contact",
    purpose="sales",
    message_id="<t1@example.org>",
    planned_at=at(),
    slot_at=at(hours=1),
    window_opens=at(),
    window_closes=at(2),
)


def _planned(tx: Tx) -> None:
    assert sends.plan(tx, TOUCH, b"message")


def _claimed(tx: Tx) -> None:
    _planned(tx)
    assert sends.claim(tx, "t1", "worker-1", at())


def _in_data(tx: Tx) -> None:
    _claimed(tx)
    assert sends.enter_data(tx, "t1", "worker-1", at())


def _sent(tx: Tx) -> None:
    _in_data(tx)
    assert sends.finish(tx, "t1", "worker-1", "sent", at(), reply="250 ok", sent_at=at())


def _doubted(tx: Tx) -> None:
    _in_data(tx)
    assert sends.doubt(tx, "t1", "worker gone", at())


def _cancelled(tx: Tx) -> None:
    _claimed(tx)
    assert sends.finish(tx, "t1", "worker-1", "cancelled", at(), reason="reply")


STATES: dict[str, Callable[[Tx], None]] = {
    "planned": _planned,
    "claimed": _claimed,
    "data": _in_data,
    "sent": _sent,
    "in_doubt": _doubted,
    "cancelled": _cancelled,
}

Move = Callable[[Tx], bool]
MOVES: dict[str, tuple[Move, set[str]]] = {
    "claim": (lambda tx: sends.claim(tx, "t1", "worker-2", at()), {"planned"}),
    "take over": (lambda tx: sends.take_over(tx, "t1", "worker-1", "worker-2", at()), {"claimed"}),
    "take over another": (lambda tx: sends.take_over(tx, "t1", "x", "worker-2", at()), set()),
    "enter data": (lambda tx: sends.enter_data(tx, "t1", "worker-1", at()), {"claimed"}),
    "enter data of another": (lambda tx: sends.enter_data(tx, "t1", "worker-2", at()), set()),
    "sent": (lambda tx: sends.finish(tx, "t1", "worker-1", "sent", at()), {"data"}),
    "sent by another": (lambda tx: sends.finish(tx, "t1", "worker-2", "sent", at()), set()),
    "refused": (
        lambda tx: sends.finish(tx, "t1", "worker-1", "refused", at()),
        {"claimed", "data"},
    ),
    "cancelled": (lambda tx: sends.finish(tx, "t1", "worker-1", "cancelled", at()), {"claimed"}),
    "missed": (lambda tx: sends.finish(tx, "t1", "worker-1", "missed", at()), {"claimed"}),
    "in doubt": (lambda tx: sends.finish(tx, "t1", "worker-1", "in_doubt", at()), {"data"}),
    "defer": (
        lambda tx: sends.defer(tx, "t1", "worker-1", at(1), "relay says later"),
        {"claimed", "data"},
    ),
    "defer of another": (lambda tx: sends.defer(tx, "t1", "worker-2", at(1), "x"), set()),
    "doubt": (lambda tx: sends.doubt(tx, "t1", "gone", at()), {"data"}),
    "withdraw": (lambda tx: sends.withdraw(tx, "t1", "cancelled", "won", at()), {"planned"}),
    "resolve": (lambda tx: sends.resolve(tx, "t1", "sent", "bounce", at()), {"in_doubt"}),
    "plan again": (lambda tx: sends.plan(tx, TOUCH, b"other"), set()),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", MOVES)
def test_a_move_is_made_only_from_where_it_may_begin(
    sqlite_store: Store, state: str, move: str
) -> None:
    make, begins = MOVES[move]
    with sqlite_store.write() as tx:
        STATES[state](tx)
        before = sends.load(tx, "t1")
        assert make(tx) is (state in begins)
        if state not in begins:
            assert sends.load(tx, "t1") == before


@pytest.mark.postgres
@pytest.mark.parametrize("state", ["claimed", "data"])
def test_a_move_is_made_only_from_where_it_may_begin_on_postgresql(
    postgres_store: Store, state: str
) -> None:
    for make, begins in MOVES.values():
        with postgres_store.write() as tx:
            STATES[state](tx)
            assert make(tx) is (state in begins)
            tx.rollback()


def test_a_mail_keeps_everything_that_was_planned(store: Store) -> None:
    with store.write() as tx:
        _sent(tx)
    with store.read() as tx:
        assert sends.payload(tx, "t1") == b"message"
        kept = sends.load(tx, "t1")
        assert sends.by_message_id(tx, "<t1@example.org>") == kept
    moved = {"status": "sent", "owner": "worker-1", "attempts": 1, "reply": "250 ok"}
    times = {"claimed_at": at(), "data_at": at(), "finished_at": at(), "sent_at": at()}
    times["left_at"] = at()
    assert kept == replace(TOUCH, **moved, **times)  # type: ignore[arg-type]


def test_of_many_attempts_exactly_one_gets_the_mail(store: Store) -> None:
    with store.write() as tx:
        _planned(tx)
    together = threading.Barrier(6)

    def attempt(number: int) -> bool:
        together.wait()
        with store.write() as tx:
            return sends.claim(tx, "t1", f"worker-{number}", at())

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(attempt, range(6))) == [False] * 5 + [True]


def test_an_attempt_that_was_overtaken_cannot_go_on(store: Store) -> None:
    with store.write() as tx:
        _claimed(tx)
        assert sends.take_over(tx, "t1", "worker-1", "worker-2", at(0.1))
    with store.write() as tx:
        assert not sends.enter_data(tx, "t1", "worker-1", at(0.2))
        assert sends.enter_data(tx, "t1", "worker-2", at(0.2))
        kept = sends.load(tx, "t1")
    assert kept is not None
    assert (kept.owner, kept.attempts) == ("worker-2", 2)


def test_a_deferred_mail_is_planned_again_and_says_why(store: Store) -> None:
    with store.write() as tx:
        _in_data(tx)
        assert sends.defer(tx, "t1", "worker-1", at(1), "relay says later", "451 try again")
        kept = sends.load(tx, "t1")
    assert kept is not None
    assert (kept.status, kept.owner, kept.not_before) == ("planned", None, at(1))
    assert (kept.data_at, kept.reason, kept.reply) == (None, "relay says later", "451 try again")


@pytest.mark.parametrize("word", ["sent", "planned", "cancelled"])
def test_a_doubt_is_settled_by_a_word(store: Store, word: Any) -> None:
    with store.write() as tx:
        _doubted(tx)
        assert [one.touch_id for one in sends.in_doubt(tx)] == ["t1"]
        assert sends.resolve(tx, "t1", word, "seen in the mailbox", at(1), at())
        kept = sends.load(tx, "t1")
        assert sends.in_doubt(tx) == []
    assert kept is not None
    assert (kept.status, kept.reason) == (word, "seen in the mailbox")
    assert (kept.owner is None) is (word == "planned")


def test_open_mails_of_a_stream_are_those_that_may_still_go(store: Store) -> None:
    def another(touch_id: str, moment: datetime, stream: str = "deal/D-1") -> Send:
        name = f"<{touch_id}@example.org>"
        return replace(TOUCH, touch_id=touch_id, message_id=name, planned_at=moment, stream=stream)

    with store.write() as tx:
        _sent(tx)
        for touch_id, day in (("t4", 3), ("t2", 1), ("t3", 2)):
            sends.plan(tx, another(touch_id, at(day)))
        sends.plan(tx, another("t5", at(), "deal/D-2"))
        sends.claim(tx, "t2", "worker-1", at())
        sends.withdraw(tx, "t4", "missed", "outage", at())
    with store.read() as tx:
        assert [one.touch_id for one in sends.open_of(tx, "deal/D-1")] == ["t2", "t3"]
        assert [one.touch_id for one in sends.unsettled(tx, "planned")] == ["t5", "t3"]
        listed = sends.page(tx, deal_id="D-1", limit=2)
        assert [one.touch_id for one in listed] == ["t4", "t3"]
        rest = sends.page(tx, deal_id="D-1", after=(listed[-1].planned_at, "t3"))
        assert [one.touch_id for one in rest] == ["t2", "t1"]
        assert [one.touch_id for one in sends.page(tx, status="sent")] == ["t1"]
        assert len(sends.page(tx, contact_id="C-1", enrollment_id="E-1")) == 5


def test_a_message_is_frozen_once(store: Store) -> None:
    def freeze(tx: Tx, payload: bytes) -> bool:
        words = {"subject": "Hello", "template_version": "v1", "in_reply_to": None}
        return sends.freeze(tx, "t1", payload=payload, **words)  # type: ignore[arg-type]

    with store.write() as tx:
        sends.plan(tx, TOUCH)
        assert sends.payload(tx, "t1") is None
        assert freeze(tx, b"first")
        assert not freeze(tx, b"second")
        assert sends.payload(tx, "t1") == b"first"


def test_what_was_written_can_be_erased_and_that_it_was_stays(store: Store) -> None:
    with store.write() as tx:
        _sent(tx)
        assert sends.erase_of(tx, "C-1") == 1
        assert sends.payload(tx, "t1") is None
        kept = sends.load(tx, "t1")
    assert kept is not None
    assert (kept.subject, kept.reply, kept.status) == (None, None, "sent")


def test_a_rule_learns_when_a_contact_was_last_written_to(store: Store) -> None:
    with store.write() as tx:
        contacts.add(tx, Contact(contact_id="C-1", created_at=at(), email="a@example.org"))
        _planned(tx)
        assert contacts.facts(tx, ["C-1"], at())["C-1"].mailed_at is None
        sends.claim(tx, "t1", "worker-1", at())
        sends.enter_data(tx, "t1", "worker-1", at(1))
        # Between `data` and the reply it may have gone: its slot counts.
        assert contacts.facts(tx, ["C-1"], at(2))["C-1"].mailed_at == TOUCH.slot_at
        sends.finish(tx, "t1", "worker-1", "sent", at(1), sent_at=at(1, hours=1))
        assert contacts.facts(tx, ["C-1"], at(2))["C-1"].mailed_at == at(1, hours=1)
