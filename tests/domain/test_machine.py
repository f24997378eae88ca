"""Deals under everything at once: random commands, time, outages and mail, and what always holds.

The numbers in the names are those of the invariants in docs/trust.md.
Runs are derandomized: a failure is the same on every machine and prints its own story.
"""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
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

from domain import commands as c
from domain import deal_events as d
from domain import touch_events as e
from domain.agenda import subject_of
from domain.ahead import due_of
from domain.course import Plan
from domain.deal import Deal, evolve, fold
from domain.decisions import decide
from domain.event import Happened
from domain.facts import ContactFacts, Facts
from domain.limits import Held
from domain.permission import permit
from domain.reactions import react
from domain.refusal import Refused
from domain.settling import settle, settle_notice
from tests.domain.asked import FATES, MOVES, TALK, Sending, changed, holding
from tests.domain.test_course import NEXT_SLOT
from tests.support.deals import BOATS, facts, opening
from tests.support.machines import run_machine
from tests.support.moments import at
from tests.support.trials import Trial, trial

__all__ = ["trial"]

WINDOW = timedelta(hours=72), timedelta(hours=120)
PASSES = e.TouchSent | e.TouchRefused | e.TouchMissed | e.TouchInDoubt | e.StepSkipped | e.WaitedFor
REPORTED = (d.ReplyRecorded, d.ActivityLogged, d.DealWon, d.DealLost)
ZONES = (None, "America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland")
LONGER = BOATS.replace("silence: 14 days", "silence: 30 days")
DAYS = (0.2, 1.5, 3, 9, 30, 60)


class DealMachine(RuleBasedStateMachine):
    """One deal, a send ledger and a relay that does as it likes."""

    counted: Trial

    def __init__(self) -> None:
        super().__init__()
        self.deal = Deal(deal_id="D-1")
        self.facts: Facts = facts()
        self.events: list[tuple[datetime, Happened]] = []
        self.ledger: dict[str, Sending] = {}
        self.commands = 0
        self.mail_stopped = False
        self.limits_changed = False
        self.rung = -1
        self.passed: dict[str, datetime] = {}

    # What can be asked

    @initialize(
        zone=st.sampled_from(ZONES),
        enroll=st.booleans(),
        wrote=st.sampled_from([None, None, 1, 4, 30]),
        known=st.booleans(),
        catch_up=st.booleans(),
        hour=st.integers(0, 167),
    )
    def open(
        self,
        zone: str | None,
        enroll: bool,
        wrote: int | None,
        known: bool,
        catch_up: bool,
        hour: int,
    ) -> None:
        contact = ContactFacts("C-1", zone=zone, consents=frozenset({"marketing"}))
        others = {"C-1": contact, "C-2": ContactFacts("C-2")}
        self.facts = facts(NEXT_SLOT if catch_up else BOATS, now=at(hours=hour), contacts=others)
        who = [c.Party(contact_id="C-1")] if known else []
        wrote_on = at(hours=hour) - timedelta(days=wrote) if wrote else None
        self.ask(opening(contacts=who, enroll=enroll, wrote_on=wrote_on))

    @rule(asked=MOVES)
    def move(self, asked: c.AnyCommand) -> None:
        self.ask(asked)

    @rule(asked=TALK, ago=st.sampled_from([0, 0, 0, 3, 90, 300]))
    def talk(self, asked: c.AnyCommand, ago: int) -> None:
        moment = self.facts.now - timedelta(hours=ago)
        reported = isinstance(asked, c.LogActivity | c.RecordReply)
        self.ask(asked.model_copy(update={"at": moment}) if reported else asked)

    @rule(hold=st.sampled_from(["away", "wait", "pause", "promise"]), days=st.sampled_from(DAYS))
    def hold(self, hold: str, days: float) -> None:
        until = self.facts.now + timedelta(days=days)
        self.ask(holding(hold, until, days))

    @rule()
    def go_on(self) -> None:
        self.ask(c.ResumeDeal())
        self.ask(c.ClearAttention())

    @rule(cadence=st.sampled_from(["row", "extra", "chase", "none-such"]))
    def enroll(self, cadence: str) -> None:
        self.ask(c.EnrollDeal(cadence=cadence))

    @precondition(lambda self: self.deal.promises)
    @rule()
    def keep(self) -> None:
        self.ask(c.KeepPromise(promise_id=self.deal.promises[0].promise_id))

    @precondition(lambda self: self.deal.tasks)
    @rule(done=st.booleans(), last=st.booleans())
    def settle_task(self, done: bool, last: bool) -> None:
        task = self.deal.tasks[-1 if last else 0]
        self.ask((c.FinishTask if done else c.DropTask)(task_id=task.task_id))

    # What happens to contacts, mail and rules

    @rule(what=st.sampled_from(["opt_out", "suppressed", "fine", "fine", "no_consent"]))
    def contact_changes(self, what: str) -> None:
        known = changed(self.facts.contacts["C-1"], what)
        self.facts = replace(self.facts, contacts={**self.facts.contacts, "C-1": known})

    @rule(what=st.sampled_from(["kill switch", "longer limits", "shorter limits"]))
    def house_changes(self, what: str) -> None:
        if what == "kill switch":
            self.mail_stopped = not self.mail_stopped
            self.release()
            self.perform("sent")
            return
        newer = facts(LONGER if what == "longer limits" else BOATS).rules.limits
        self.facts = replace(self.facts, rules=replace(self.facts.rules, limits=newer))
        self.limits_changed = True
        self.perform("sent")

    # Time

    @rule(minutes=st.integers(1, 3000), fate=st.sampled_from(FATES))
    def hours_pass(self, minutes: int, fate: str) -> None:
        self.live(minutes, fate)

    @rule(days=st.integers(2, 40), fate=st.sampled_from(FATES))
    def days_pass(self, days: int, fate: str) -> None:
        self.live(days * 1440, fate)

    @rule(days=st.integers(4, 12), fate=st.sampled_from(FATES))
    def a_week_passes(self, days: int, fate: str) -> None:
        self.live(days * 1440, fate)

    def live(self, minutes: int, fate: str) -> None:
        until = self.facts.now + timedelta(minutes=minutes)
        for _ in range(800):
            self.perform(fate)
            due = self.next_due()
            if due is None or due > until:
                break
            assert due >= self.facts.now
            self.facts = replace(self.facts, now=due)
        else:
            raise AssertionError("it wakes up for ever")
        self.facts = replace(self.facts, now=until)
        self.perform(fate)

    @rule(days=st.integers(1, 60), fate=st.sampled_from(FATES))
    def outage(self, days: int, fate: str) -> None:
        self.skip_to(self.facts.now + timedelta(days=days), fate)

    @precondition(lambda self: self.next_due())
    @rule(hours=st.sampled_from([0, 0, 0, 1, 8, 14, 30, 60]), fate=st.sampled_from(FATES))
    def wakes_late(self, hours: int, fate: str) -> None:
        due = self.next_due()
        if due is not None:
            self.skip_to(due + timedelta(hours=hours), fate)

    @precondition(lambda self: self.next_due())
    @rule(days=st.integers(1, 12), fate=st.sampled_from(FATES))
    def the_relay_is_busy_and_then_all_is_down(self, days: int, fate: str) -> None:
        due = self.next_due()
        if due is not None:
            self.skip_to(due, "later")
            self.skip_to(self.facts.now + timedelta(days=days), fate)

    @rule()
    def a_worker_dies_before_it_commits(self) -> None:
        """What was decided and not written did not happen; the next worker decides the same."""
        lost, again = react(self.deal, self.facts), react(self.deal, self.facts)
        assert (lost.events, lost.plans) == (again.events, again.plans)
        self.perform("sent")

    @precondition(lambda self: self.doubts())
    @rule(outcome=st.sampled_from(["sent", "refused"]))
    def a_doubt_is_cleared_up(self, outcome: Any) -> None:
        one = self.doubts()[0]
        one.cleared_up = True
        before = [(x.step, x.status, x.anchor_at) for x in self.deal.enrollments]
        self.keep_events(settle(self.deal, one.plan, outcome, self.facts, "a person's word"))
        assert [(x.step, x.status, x.anchor_at) for x in self.deal.enrollments] == before
        self.perform("sent")

    def doubts(self) -> list[Sending]:
        mails = self.ledger.values()
        return [one for one in mails if one.outcome == "in_doubt" and not one.cleared_up]

    def next_due(self) -> datetime | None:
        return due_of(self.deal, self.facts).at

    def skip_to(self, moment: datetime, fate: str) -> None:
        self.facts = replace(self.facts, now=moment)
        self.perform(fate)

    # How it is done

    def ask(self, command: c.AnyCommand) -> None:
        self.commands += 1
        try:
            made = decide(command, self.deal, self.facts, f"cmd-{self.commands}")
        except Refused:
            return
        # A worker that died before it answered: the next one decides the same (4).
        assert made == decide(command, self.deal, self.facts, f"cmd-{self.commands}")
        self.keep_events(made)
        if any(isinstance(event, d.DealResumed | d.AttentionCleared) for event in made):
            self.release()
        self.perform("sent")

    def perform(self, fate: str) -> None:
        """One wake-up: react, then hand over what is ready, until nothing more is due now."""
        for _ in range(60):
            reaction = react(self.deal, self.facts)
            self.keep_events(reaction.events)
            self.keep_events(
                [settle_notice(one.touch_id, "sent", self.facts.now) for one in self.deal.to_tell]
            )
            for plan in reaction.plans:
                assert plan.touch_id not in self.ledger, f"{plan.step} was planned twice"
                self.ledger[plan.touch_id] = Sending(plan, self.facts.now)
            self.look_at_ledger()
            ready = [one for one in self.open_sends() if one.not_before <= self.facts.now]
            for one in ready:
                self.hand_over(one, fate)
            if not reaction.events and not ready:
                return
        raise AssertionError("performing comes to no end")

    def hand_over(self, one: Sending, fate: str) -> None:
        enrolled = [x for x in self.deal.enrollments if x.enrollment_id == one.plan.enrollment_id]
        subject = subject_of(self.deal, self.facts)
        asked = one.plan, subject, enrolled[0], self.facts, self.mail_stopped, one.held
        verdict = permit(*asked)
        if verdict.word == "move":
            self.keep_events([one.move(self.deal, self.facts)])
            self.look_at_ledger()
            return
        if verdict.word == "defer" or (verdict.word == "go" and fate == "later"):
            one.not_before = verdict.until or self.facts.now + timedelta(minutes=61)
            assert one.not_before > self.facts.now
            one.held = Held(verdict.reason or "relay: try later", one.not_before)
            self.look_at_ledger()
            return
        word, reason = verdict.word, verdict.reason
        outcome: Any = {"cancel": "cancelled", "miss": "missed"}.get(word, fate)
        if outcome in ("bounced", "too_large"):
            reason = "too_large" if outcome == "too_large" else "smtp: 550"
            outcome, bounced = "refused", outcome == "bounced"
            made = settle(self.deal, one.plan, outcome, self.facts, reason, bounced)
        else:
            made = settle(self.deal, one.plan, outcome, self.facts, reason or outcome)
        one.outcome = outcome
        self.look_at_ledger()
        if outcome == "sent":
            self.check_may_be_sent(one.plan)
            known = replace(
                self.facts.contacts[one.plan.contact_id or ""], mailed_at=self.facts.now
            )
            contacts = {**self.facts.contacts, known.contact_id: known}
            self.facts = replace(self.facts, contacts=contacts)
        self.keep_events(made)

    def keep_events(self, made: list[Happened]) -> None:
        for event in made:
            before = self.deal
            self.deal = evolve(before, event)
            self.check_event(event, before)
            self.events.append((self.facts.now, event))

    def look_at_ledger(self) -> None:
        waiting = {one.plan.touch_id: one.not_before for one in self.open_sends()}
        self.facts = replace(self.facts, open_sends=waiting)

    def open_sends(self) -> list[Sending]:
        return [one for one in self.ledger.values() if one.outcome is None]

    def release(self) -> None:
        for one in self.open_sends():
            one.not_before = min(one.not_before, self.facts.now)
        self.look_at_ledger()

    # What must hold when an event happens

    def check_event(self, event: Happened, before: Deal) -> None:
        """7: nothing lies ahead; 8: stages; 20-22: who is written to; 23: what is activity."""
        assert event.at <= self.facts.now
        assert event.at == self.facts.now or isinstance(event, REPORTED)
        if isinstance(event, e.Touch | e.Notified | e.NoticeSettled):
            for name in ("active_at", "heard_at", "our_turn_since", "done", "quiet_from"):
                assert getattr(before, name) == getattr(self.deal, name)
        if isinstance(event, d.StageEntered):
            self.check_stage(event, before)
        if isinstance(event, d.StagnationFlagged):
            assert before.open
            if not self.limits_changed:
                assert before.flagged.get(event.reason) != event.since
        if isinstance(event, d.Escalated):
            assert event.rung > self.rung
            self.rung = event.rung
        if self.deal.stagnant_since is None:
            self.rung = -1
        if isinstance(event, PASSES | e.TaskDone | e.TaskDropped | d.ActivityLogged):
            self.note_steps(before)
        if isinstance(event, d.DealWon | d.DealLost):
            assert before.open
        if isinstance(event, e.Enrolled):
            assert all(one.part != event.part for one in before.active_enrollments)

    def note_steps(self, before: Deal) -> None:
        """Whatever moved an enrollment on, or was a mail of our own: it is a touch of now."""
        olds = {one.enrollment_id: one for one in before.enrollments}
        for one in self.deal.enrollments:
            old = olds.get(one.enrollment_id)
            if old is not None and (one.step, one.anchor_at) != (old.step, old.anchor_at):
                at = self.facts.now if one.step != old.step else one.anchor_at
                self.passed[one.enrollment_id] = at

    def check_stage(self, event: d.StageEntered, before: Deal) -> None:
        names = self.facts.rules.pinned.pipeline.names
        assert event.stage in names
        if event.how == "advanced":
            assert names.index(event.stage) > names.index(before.stage)
            assert before.status != "lost"
        if event.how == "moved_back":
            assert names.index(event.stage) < names.index(before.stage)

    def check_may_be_sent(self, plan: Plan) -> None:
        """15, 16, 17, 20, 21, 22: this mail may go to this contact at this moment."""
        now, deal = self.facts.now, self.deal
        self.check_contact(plan)
        one = next(x for x in deal.enrollments if x.enrollment_id == plan.enrollment_id)
        assert one.active
        assert deal.paused_at is None
        assert deal.attention is None
        assert not self.mail_stopped
        assert self.facts.contact_hours(plan.contact_id).is_open(now)
        assert one.parked_until is None or now >= one.parked_until
        assert plan.opens <= now <= plan.closes + self.facts.grace
        part = one.part.partition(":")[2]
        assert deal.open or part in ("welcome", "check-in")
        assert part != "welcome" or deal.status == "won"
        assert part != "check-in" or deal.status == "lost"
        replies = [when for when, event in self.events if isinstance(event, d.ReplyRecorded)]
        assert all(when < one.started_at or when == one.started_at for when in replies)
        self.check_window(plan, one.enrollment_id)

    def check_contact(self, plan: Plan) -> None:
        """14, 18, 27, 28: this contact may be written to for this purpose, and so soon."""
        contact = self.facts.contacts[plan.contact_id or ""]
        assert contact.suppressed is None
        assert not contact.opted_out & {"*", plan.purpose}
        assert plan.purpose != "marketing" or "marketing" in contact.consents
        one = next(x for x in self.deal.enrollments if x.enrollment_id == plan.enrollment_id)
        gap = self.facts.rules.sequence(one.part, one.version).minimum_gap
        if gap is not None and contact.mailed_at is not None:
            hours = self.facts.contact_hours(plan.contact_id)
            assert self.facts.now >= hours.add(contact.mailed_at, gap)

    def check_window(self, plan: Plan, enrollment_id: str) -> None:
        """16, 20: 72 to 120 hours after the step before, or moved; never less."""
        one = next(x for x in self.deal.enrollments if x.enrollment_id == enrollment_id)
        step = self.facts.rules.sequence(one.part, one.version).step(plan.step)
        assert step is not None
        if step.after is None or step.after.anchor != "previous_touch":
            return
        gap = self.facts.now - self.passed.get(enrollment_id, one.anchor_at)
        assert gap >= WINDOW[0]
        assert gap <= WINDOW[1] + self.facts.grace or plan.moved or one.approved

    # What must hold always

    @invariant()
    def steps_in_order_and_each_once_20(self) -> None:
        last: dict[str, int] = defaultdict(lambda: -1)
        doubted: set[str] = set()
        for _, event in self.events:
            if isinstance(event, e.Touch) and event.touch_id in doubted:
                continue
            if isinstance(event, e.TouchInDoubt):
                doubted.add(event.touch_id)
            if isinstance(event, PASSES):
                one = next(
                    x for x in self.deal.enrollments if x.enrollment_id == event.enrollment_id
                )
                steps = self.facts.rules.sequence(one.part, one.version).steps
                place = [step.name for step in steps].index(event.step)
                assert place > last[event.enrollment_id]
                last[event.enrollment_id] = place

    @invariant()
    def one_enrollment_of_a_part_19(self) -> None:
        parts = [one.part for one in self.deal.active_enrollments]
        assert len(parts) == len(set(parts))

    @invariant()
    def a_closed_deal_has_no_cadence_and_no_flag_21_22_23(self) -> None:
        if self.deal.status in ("won", "lost"):
            assert self.deal.flags == ()
            running = {one.part for one in self.deal.active_enrollments}
            wanted = "nurture:welcome" if self.deal.status == "won" else "nurture:check-in"
            assert running <= {wanted}

    @invariant()
    def every_mail_planned_is_settled_or_waits_12(self) -> None:
        for one in self.ledger.values():
            if one.outcome is None:
                continue
            told = [
                event
                for _, event in self.events
                if isinstance(event, e.Touch) and event.touch_id == one.plan.touch_id
            ]
            assert len(told) == 1 + one.cleared_up, f"{one.plan.step}: {told}"

    @invariant()
    def a_mail_is_sent_once_and_told_so_10_11(self) -> None:
        sent = [event.touch_id for _, event in self.events if isinstance(event, e.TouchSent)]
        assert len(sent) == len(set(sent))
        ledger = [key for key, one in self.ledger.items() if one.outcome == "sent"]
        cleared = [key for key, one in self.ledger.items() if one.cleared_up]
        assert set(ledger) <= set(sent) <= {*ledger, *cleared}

    @invariant()
    def a_doubt_is_one_that_the_relay_left_13(self) -> None:
        told = [event.touch_id for _, event in self.events if isinstance(event, e.TouchInDoubt)]
        doubted = [key for key, one in self.ledger.items() if one.outcome == "in_doubt"]
        assert sorted(told) == sorted(doubted)

    @invariant()
    def what_is_to_be_told_is_told_12(self) -> None:
        assert self.deal.to_tell == ()

    @invariant()
    def nothing_more_is_due_now(self) -> None:
        if not self.deal.version or self.deal.updated_at is None:
            return
        again = react(self.deal, self.facts)
        due = self.next_due()
        assert (again.events, again.plans) == ([], [])
        assert due is None or due > self.facts.now

    @invariant()
    def tasks_belong_to_what_lives(self) -> None:
        living = {one.enrollment_id for one in self.deal.active_enrollments}
        assert all(t.enrollment_id in living for t in self.deal.tasks if t.enrollment_id)
        assert len({task.task_id for task in self.deal.tasks}) == len(self.deal.tasks)

    @invariant()
    def the_state_survives_json(self) -> None:
        assert Deal.model_validate_json(self.deal.model_dump_json()) == self.deal

    def teardown(self) -> None:
        """The fold of all events is the state."""
        told = [event for _, event in self.events]
        assert fold(Deal(deal_id="D-1"), told) == self.deal
        sent = Counter(event.touch_id for event in told if isinstance(event, e.TouchSent))
        for key, one in self.ledger.items():
            self.counted.count(sent[key], doubt=one.outcome == "in_doubt")


@pytest.mark.proof("a deal under everything at once: each mail")
@pytest.mark.timeout(600)
def test_a_deal_keeps_its_promises_whatever_happens(trial: Trial) -> None:
    class Counting(DealMachine):
        counted = trial

    trial.seed = "fixed"
    run_machine(Counting, 100)
