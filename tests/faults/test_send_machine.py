"""The send ledger under attempts that interleave, die, freeze and are told to give up anywhere.

Real attempts on a real SQLite file, one transaction or one word to the relay at a time; facts that
stop mail come in between. The numbers in the names are those of the invariants in docs/trust.md.
"""

import asyncio
import shutil
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from activities.performing import Performer
from domain import commands as c
from domain import touch_events as e
from domain.limits import ContactLimits
from domain.refusal import Refused
from mail.address import address_key
from store import sends, suppression, switches
from store.database import Store
from store.sends import Send
from store.switches import Switch
from tests.support.attempts import Attempt, Fate, Memory, PlainWriter, ScriptedPool, gate
from tests.support.doomed import forget_to_compare
from tests.support.household import ANN, MAILS, SECRET, Household
from tests.support.machines import run_machine
from tests.support.trials import Trial, trial

__all__ = ["trial"]

DEALS = 2
"""Both write to the same contact."""

FATES: st.SearchStrategy[Fate] = st.sampled_from(
    ["taken", "taken", "taken", "taken, unheard", "lost", "later", "refused"]
)
CHASES = ("first-contact", "follow-up-1", "follow-up-2")
ENDED = ("sent", "refused", "in_doubt", "cancelled", "missed")
STOPS = ("ends", "pauses", "unsubscribes", "kill_switch")
AT_MOST = 6
"""Attempts that are there at the same time."""


class SendMachine(RuleBasedStateMachine):
    """Two deals of one contact, their mails, and whoever tries to hand them over."""

    template: Path
    folder: Path
    counted: Trial
    made = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).made += 1
        file = self.folder / f"{self.made}.db"
        shutil.copyfile(self.template, file)
        self.file = file
        self.store = Store.open(f"sqlite:///{file}")
        self.house: Household = Household.__new__(Household)
        self.loop = asyncio.new_event_loop()
        self.memory = Memory(Counter(), self.leaves)
        self.attempts: list[Attempt] = []
        self.deals: list[str] = []
        self.quiet: dict[str, set[str]] = {}
        self.stops_of: set[str] = set()
        self.barred = self.stopped = False

    @initialize(stops=st.sets(st.sampled_from(STOPS)))
    def furnish(self, stops: set[str]) -> None:
        """Two deals whose first mails are due. Each story knows only some of the stops."""
        self.stops_of = stops
        kitchen: Any = SimpleNamespace(folder=MAILS)
        self.house.__init__(self.store, "smtp://127.0.0.1:1", kitchen)  # type: ignore[misc]
        pool: Any = ScriptedPool(self.memory)
        self.performer = Performer(self.store, self.house.time, PlainWriter(), pool)
        self.deals = [self.house.open(f"open-{number}") for number in range(DEALS)]
        self.quiet = {deal: set() for deal in self.deals}

    # Those who hand over

    @precondition(lambda self: len(self.attempts) < AT_MOST)
    @rule(which=st.integers(0, DEALS - 1))
    def begins(self, which: int) -> None:
        """A new attempt; whoever is at it already may be frozen, or only slow."""
        stream = f"deal/{self.deals[which]}"
        self.attempts.append(Attempt(self.loop, self.performer, stream))

    @precondition(lambda self: self.attempts)
    @rule(which=st.integers(0, AT_MOST), steps=st.integers(1, 14), fate=FATES)
    def goes_on(self, which: int, steps: int, fate: Fate) -> None:
        self.step(which, steps, fate)

    @precondition(lambda self: self.attempts)
    @rule(which=st.integers(0, AT_MOST), steps=st.integers(1, 3), fate=FATES)
    def goes_on_a_little(self, which: int, steps: int, fate: Fate) -> None:
        self.step(which, steps, fate)

    def step(self, which: int, steps: int, fate: Fate) -> None:
        one = self.attempts[which % len(self.attempts)]
        for _ in range(steps):
            if not one.over:
                one.step(fate)
        self.tidy()

    @precondition(lambda self: self.attempts)
    @rule(which=st.integers(0, AT_MOST))
    def dies(self, which: int) -> None:
        self.attempts.pop(which % len(self.attempts)).die()

    @precondition(lambda self: self.attempts)
    @rule(which=st.integers(0, AT_MOST), begun=st.booleans())
    def is_told_to_give_up(self, which: int, begun: bool) -> None:
        self.attempts[which % len(self.attempts)].cancel(begun)
        self.tidy()

    def tidy(self) -> None:
        self.attempts = [one for one in self.attempts if not one.over]

    # What stops mail, and what lets it go on

    @precondition(lambda self: "ends" in self.stops_of)
    @rule(which=st.integers(0, DEALS - 1), what=st.sampled_from(["reply", "win", "lose", "stop"]))
    def ends(self, which: int, what: str) -> None:
        asked: dict[str, c.AnyCommand] = {
            "reply": c.RecordReply(contact_id="C-1"),
            "win": c.WinDeal(),
            "lose": c.LoseDeal(reason="price"),
            "stop": c.StopEnrollments(reason="by_hand"),
        }
        if self.ask(asked[what], which):
            self.quiet[self.deals[which]].add("ended")

    @precondition(lambda self: "pauses" in self.stops_of)
    @rule(which=st.integers(0, DEALS - 1), on=st.booleans())
    def pauses(self, which: int, on: bool) -> None:
        if self.ask(c.PauseDeal() if on else c.ResumeDeal(), which):
            quiet = self.quiet[self.deals[which]]
            quiet.add("paused") if on else quiet.discard("paused")

    @precondition(lambda self: "unsubscribes" in self.stops_of)
    @rule()
    def unsubscribes(self) -> None:
        with self.store.write() as tx:
            now = self.house.watch.now
            suppression.add(tx, address_key(SECRET, ANN), "unsubscribed", now, "*")
        self.barred = True

    @precondition(lambda self: "kill_switch" in self.stops_of)
    @rule(on=st.booleans())
    def kill_switch(self, on: bool) -> None:
        with self.store.write() as tx:
            switches.flip(tx, Switch(switches.MAIL_STOPPED, on, self.house.watch.now, "P-1"))
        self.stopped = on

    @rule(hours=st.sampled_from([1, 1, 2, 20, 50, 80, 100]))
    def time_passes(self, hours: int) -> None:
        self.house.watch.pass_(hours=hours)

    def ask(self, command: c.AnyCommand, which: int) -> bool:
        its_id = f"ask-{self.house.watch.now.timestamp()}-{sum(map(len, self.quiet.values()))}"
        its_id += f"-{command.kind}-{which}-{len(self.house.events(self.deals[which]))}"
        try:
            receipt = self.house.ask(command, self.deals[which], its_id)
        except Refused:
            return False
        return receipt.status == "done"

    # What must hold when a message leaves, and always

    def leaves(self, message_id: str) -> None:
        """14, 15, 18, 21, 22: no fact that was written before stops this mail."""
        assert not self.stopped, "mail is stopped"
        row = next((one for one in self.rows() if one.message_id == message_id), None)
        if row is None:
            return  # a notice to one of ours
        quiet = self.quiet[row.deal_id or ""]
        assert not self.barred, "the contact is barred"
        assert "paused" not in quiet
        assert row.template not in CHASES or "ended" not in quiet, row.template
        gone = [one.left_at for one in self.rows() if one.left_at and one.message_id != message_id]
        now = self.house.watch.now
        gap = ContactLimits().gap
        assert all(now - at >= gap or at > now for at in gone), "two mails within the hour"

    def rows(self) -> list[Send]:
        with self.store.read() as tx:
            return [row for row in sends.page(tx) if row.contact_id is not None]

    @invariant()
    def at_most_one_copy_10(self) -> None:
        assert all(count <= 1 for count in self.memory.taken.values()), self.memory.taken

    @invariant()
    def sent_is_what_the_relay_has_and_is_told_once_11(self) -> None:
        for row in self.rows() if self.deals else []:
            told = self.told(row)
            had = self.memory.taken[row.message_id]
            assert had == 1 or row.status != "sent"
            assert had == 0 or row.status in ("sent", "in_doubt", "data"), row.status
            assert told.count("TouchSent") == (row.status == "sent"), (row.status, told)
            assert len([one for one in told if one != "TouchInDoubt"]) <= 1

    @invariant()
    def a_doubt_is_justified_13(self) -> None:
        assert all(row.data_at for row in self.rows() if row.status == "in_doubt")

    def told(self, row: Send) -> list[str]:
        """How the ledger tells the end of a mail, by the kinds of its events."""
        ends = e.TouchSent | e.TouchRefused | e.TouchMissed | e.TouchInDoubt | e.TouchCancelled
        events = self.house.events(row.deal_id or "")
        found = [one for one in events if isinstance(one, ends)]
        return [type(one).__name__ for one in found if one.touch_id == row.touch_id]

    def nothing_is_lost_12(self) -> None:
        """The next worker leaves no mail half done, and tells the end of each."""
        for deal in self.deals:
            last = Attempt(self.loop, self.performer, f"deal/{deal}")
            while not last.over:
                last.step("taken")
        for row in self.rows():
            assert row.status in ("planned", *ENDED), row.status
            assert row.status != "planned" or (row.not_before or row.planned_at) > self.now()
            assert bool(self.told(row)) == (row.status in ENDED), (row.status, self.told(row))
            lost = row.status == "planned" and row.not_before is None
            self.counted.count(
                self.memory.taken[row.message_id], lost=lost, doubt=row.status == "in_doubt"
            )

    def now(self) -> Any:
        return self.house.watch.now

    def teardown(self) -> None:
        for one in self.attempts:
            one.die()
        try:
            if self.deals:
                self.nothing_is_lost_12()
                self.at_most_one_copy_10()
                self.sent_is_what_the_relay_has_and_is_told_once_11()
        finally:
            self.loop.close()
            self.store.close()
            self.file.unlink()


@pytest.fixture
def machine(
    sqlite_databases: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trial: Trial
) -> type[SendMachine]:
    """The machine with a folder of its own; threads wait for the test."""
    monkeypatch.setattr(asyncio, "to_thread", gate)

    class Here(SendMachine):
        template = Path(sqlite_databases().removeprefix("sqlite:///"))
        folder = tmp_path
        counted = trial

    return Here


@pytest.mark.proof("attempts interleaved, ended and stopped at any step: each mail")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("examples", [12, pytest.param(60, marks=pytest.mark.trust)])
def test_no_mail_goes_twice_or_against_a_stop_however_attempts_interleave(
    machine: type[SendMachine], trial: Trial, examples: int
) -> None:
    trial.seed = "fixed"
    run_machine(machine, examples)


@pytest.mark.trust
def test_without_compare_and_set_the_machine_finds_a_fault(
    machine: type[SendMachine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check of the check."""
    for name in ("_move", "doubt", "open_of"):
        monkeypatch.setattr(sends, name, getattr(sends, name))  # so that it is put back
    forget_to_compare(sends)
    with pytest.raises(AssertionError):
        run_machine(machine, 60)
