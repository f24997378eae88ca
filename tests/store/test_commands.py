"""Commands and receipts: one id, one content, one answer."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from store import commands
from store.commands import Kept
from store.database import Store
from store.errors import CommandReused
from tests.support.moments import at

COMMAND = Kept(
    command_id="c1",
    stream="deal/D-1",
    kind="log_activity",
    actor="P-1",
    fingerprint="f1",
    kept_at=at(),
    body={"activity": "call", "note": "said “maybe”\n🙂"},
)


def test_a_command_is_kept_once_and_found_with_its_answer(store: Store) -> None:
    with store.write() as tx:
        assert commands.keep(tx, COMMAND) == COMMAND
        assert commands.receipt(tx, "c1") is None
        assert commands.answer(tx, "c1", {"outcome": "done", "version": 3}, at(1))
        assert not commands.answer(tx, "c1", {"outcome": "other"}, at(2))
        again = commands.keep(tx, replace(COMMAND, kept_at=at(9)))
        assert commands.receipt(tx, "c1") == {"outcome": "done", "version": 3}
        assert commands.receipt(tx, "unknown") is None
        assert not commands.answer(tx, "unknown", {}, at())
    assert again == replace(COMMAND, receipt={"outcome": "done", "version": 3}, answered_at=at(1))


def test_a_known_id_with_other_content_is_refused(store: Store) -> None:
    with store.write() as tx:
        commands.keep(tx, COMMAND)
        with pytest.raises(CommandReused, match="other content"):
            commands.keep(tx, replace(COMMAND, fingerprint="f2"))
        with pytest.raises(CommandReused, match="other content"):
            commands.keep(tx, replace(COMMAND, stream="deal/D-2"))
        assert commands.load(tx, "c1") == COMMAND


def test_a_command_sent_twenty_times_at_once_is_kept_once(store: Store) -> None:
    together = threading.Barrier(10)

    def keep(_number: int) -> bool:
        together.wait()
        with store.write() as tx:
            commands.keep(tx, COMMAND)
            return commands.answer(tx, "c1", {"by": "one"}, at())

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(keep, range(10))) == 1


def test_commands_without_an_answer_can_be_found(store: Store) -> None:
    with store.write() as tx:
        for number in range(4):
            commands.keep(tx, replace(COMMAND, command_id=f"c{number}", kept_at=at(number)))
        commands.answer(tx, "c1", {}, at(1))
        assert [one.command_id for one in commands.unanswered(tx, at(3))] == ["c0", "c2"]


def test_what_was_said_can_be_erased_after_the_answer(store: Store) -> None:
    with store.write() as tx:
        commands.keep(tx, COMMAND)
        assert commands.erase(tx, "deal/D-1") == 0
        commands.answer(tx, "c1", {"outcome": "done"}, at(1))
        assert commands.erase(tx, "deal/D-1") == 1
        kept = commands.load(tx, "c1")
    assert kept is not None
    assert (kept.body, kept.receipt) == (None, {"outcome": "done"})
