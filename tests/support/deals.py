"""Given, when, then on the pure core: deals lived through without a store, a clock or a mail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Self, cast

from pydantic import BaseModel

from domain import commands as c
from domain.agenda import Aggregate, agenda, subject_of
from domain.ahead import due_of
from domain.course import Item, Plan
from domain.deal import Deal
from domain.decisions import decide
from domain.enrollment import Enrollment
from domain.event import Happened
from domain.events import kind_of
from domain.evolution import moved_on
from domain.facts import ContactFacts, Facts, PersonFacts, Rules
from domain.permission import permit
from domain.playbooks.parts import LimitsPart, PipelinePart, parts
from domain.playbooks.sequence import Sequence as Steps
from domain.reactions import react
from domain.refusal import Refused
from domain.settling import Outcome, settle, settle_notice
from domain.times.calendar import Calendar
from operations.authoring.files import load_text
from tests.support.moments import at

BOATS = """
playbook: boats
roles: {after_sale: crew}
calendar: {zone: UTC, working_days: Mon-Fri, send_window: "09:00-17:00"}
fields:
  length: number
  budget: money
  harbour: text
  offers: money list
  by: date
  skipper: contact
  insured: flag
pipeline:
  stagnant_after: {in_stage: 60 days, silence: 14 days}
  to_win: {done: [contract_signed]}
  stages:
  - {stage: hello, chance: 5%, cadence: row}
  - {stage: visit, chance: 20%, to_enter: {any_of: [reply, call, meeting]}}
  - stage: offer
    chance: 50%
    to_enter: {filled: [harbour, budget], at_least: {offers: 3}, done: [meeting]}
    cadence: chase
  - stage: deck
    chance: 80%
    to_enter: {next_step: required}
    decide_within: 10 days
    stagnant_after: {in_stage: 20 days, silence: 5 days}
  after_won: [afloat, moored]
stagnation:
  cleared_by: [reply, call, meeting, stage_change]
  our_turn: 1 business day
  then:
  - {notify: owner}
  - {after: 3 business days, notify: manager}
  - {after: 5 business days, task: revive-or-close}
cadences:
  row:
    stops_on: [meeting, stage_change]
    minimum_gap: 48 hours
    steps:
    - {mail: first}
    - {after: 3-5 days, mail: second}
    - {after: 3-5 days, call: ring, due_in: 1 business day}
    - {after: 3-5 days, mail: third}
    - {after: 3-5 days, mail: last}
    if_no_answer: {task: revive-or-close, due_in: 2 business days}
    if_answered: {task: answer-them, due_in: 1 business day}
  chase:
    stops_on: [meeting, stage_change]
    steps:
    - {after: 3-5 days since stage_entry, notify: owner}
    - {after: 3-5 days, mail: question, review: owner}
  extra:
    steps:
    - {mail: extra-1}
    - {after: 3-5 days, call: extra-call, if_not_done: wait}
    - {after: 3-5 days, mail: extra-2}
won:
- {assign: after_sale}
- {task: hand-over, for: owner, due_in: 2 business days}
- {nurture: welcome}
lost: {price: check-in, silent: check-in, not_a_fit: nothing}
nurtures:
  welcome:
    purpose: service
    steps:
    - {mail: welcome-1}
    - {after: 3-5 days, mail: welcome-2}
  check-in:
    purpose: marketing
    stops_on: [deal_opened]
    steps:
    - {after: 3 months since start, mail: check-in-3}
    - {after: 6 months since start, mail: check-in-6}
    if_answered: {task: reopen, due_in: 1 business day}
"""
"""A playbook with every word of the language in it, in UTC and without public holidays."""

PEOPLE = {
    "P-1": PersonFacts("P-1", manager_id="P-2"),
    "P-2": PersonFacts("P-2"),
    "P-3": PersonFacts("P-3"),
}
CONTACTS = {
    "C-1": ContactFacts("C-1", consents=frozenset({"marketing"})),
    "C-2": ContactFacts("C-2"),
}


@lru_cache(maxsize=64)
def rules(text: str = BOATS, version: int = 1) -> Rules:
    """The rules that a deal of this playbook (YAML text) would be given."""
    playbook = load_text(text).playbook
    made: dict[str, Any] = dict(parts(playbook))
    pins = {part: version for part in ("pipeline", "calendar") if part in made}
    return Rules(
        playbook=playbook.playbook,
        pins=pins,
        calendar=cast(Calendar, made["calendar"]),
        pipeline=cast(PipelinePart | None, made.get("pipeline")),
        limits=cast(LimitsPart | None, made.get("limits")),
        limits_version=version,
        sequences={(part, version): cast(Steps, made[part]) for part in made if ":" in part},
        newest=dict.fromkeys(made, version),
    )


def facts(text: str = BOATS, now: datetime | None = None, **more: Any) -> Facts:
    """Facts with the usual people and contacts, on Monday, 2 March 2026, 09:00 UTC."""
    told: dict[str, Any] = {
        "now": now or at(),
        "rules": rules(text),
        "contacts": CONTACTS,
        "people": PEOPLE,
        "groups": {"crew": ("P-3",)},
    }
    return Facts(**(told | more))


def opening(**more: Any) -> c.OpenDeal:
    """The command that opens the usual deal."""
    told: dict[str, Any] = {
        "title": "A boat",
        "playbook": "boats",
        "contacts": [c.Party(contact_id="C-1")],
        "owner_id": "P-1",
    }
    return c.OpenDeal(**(told | more))


Answer = Callable[[Plan], Outcome]


def always_sent(plan: Plan) -> Outcome:
    """The relay takes every mail."""
    return "sent"


@dataclass
class Story:
    """A deal's life, told step by step; every method but the checks gives the story back.

    `events` is everything that happened, `last` what the last step brought about and `no` the
    refusal of the last command.
    """

    deal: Aggregate
    facts: Facts
    events: list[Happened] = field(default_factory=list)
    last: list[Happened] = field(default_factory=list)
    no: Refused | None = None
    plans: list[Plan] = field(default_factory=list)
    commands: int = 0

    # What may happen

    def when(self, *commands: c.AnyCommand) -> Self:
        """Ask something of the deal, now."""
        self.last, self.no = [], None
        for command in commands:
            self.commands += 1
            try:
                made = decide(command, self.state, self.facts, f"cmd-{self.commands}")
            except Refused as no:
                self.no = no
                return self
            self._keep(made)
        return self

    def until(self, moment: datetime, answer: Answer = always_sent) -> Self:
        """Time passes while the house works; each mail meets the fate that `answer` says."""
        self.last, self.no = [], None
        for _ in range(1000):
            due = due_of(self.deal, self.facts).at
            if due is None or due > moment:
                break
            self.facts = replace(self.facts, now=max(due, self.facts.now))
            self._perform(answer)
        else:
            raise AssertionError("the house wakes up for ever")
        self.facts = replace(self.facts, now=moment)
        return self

    def after(self, days: float = 0, hours: float = 0, answer: Answer = always_sent) -> Self:
        """The same, for a while from now."""
        return self.until(self.facts.now + timedelta(days=days, hours=hours), answer)

    def outage(self, days: float = 0, hours: float = 0) -> Self:
        """Time passes and nobody works."""
        self.last = []
        self.facts = replace(self.facts, now=self.facts.now + timedelta(days=days, hours=hours))
        return self

    def woken(self, answer: Answer = always_sent) -> Self:
        """The house does what is due now, and nothing later."""
        self.last = []
        self._perform(answer)
        return self

    def contact(self, contact_id: str = "C-1", **told: Any) -> Self:
        """What is known of a contact changes."""
        known = replace(self.facts.contacts[contact_id], **told)
        contacts = {**self.facts.contacts, contact_id: known}
        self.facts = replace(self.facts, contacts=contacts)
        return self

    def ruled(self, text: str) -> Self:
        """The limits of another edition of the playbook hold from now on."""
        newer = rules(text)
        mixed = replace(self.facts.rules, limits=newer.limits, limits_version=2)
        self.facts = replace(self.facts, rules=mixed)
        return self

    def without(self, part: str) -> Self:
        """The newest edition of the playbook has no such cadence or nurture any more."""
        rest = {name: v for name, v in self.facts.rules.newest.items() if name != part}
        self.facts = replace(self.facts, rules=replace(self.facts.rules, newest=rest))
        return self

    # What is so

    def then(self, *kinds: str) -> Self:
        """The last step made exactly these kinds of events, in this order."""
        assert self.no is None, f"refused: {self.no}"
        assert told(self.last) == list(kinds)
        return self

    def refused(self, code: str, *words: str) -> Self:
        """The last command was refused with this code; its message has these words."""
        assert self.no is not None, f"done: {told(self.last)}"
        assert self.no.code == code
        for word in words:
            assert word in self.no.message
        return self

    @property
    def state(self) -> Deal:
        """The deal as it stands."""
        return cast(Deal, self.deal)

    @property
    def now(self) -> datetime:
        """Business time."""
        return self.facts.now

    @property
    def agenda(self) -> list[Item]:
        """What comes next."""
        return agenda(self.deal, self.facts)

    def next(self, name: str) -> Item:
        """The item of the agenda that has this name, or is of this sort."""
        return next(item for item in self.agenda if name in (item.name, item.what))

    def found(self, kind: str) -> list[Any]:
        """All events of a kind so far."""
        return [event for event in self.events if kind_of(event) == kind]

    def sent(self) -> list[str]:
        """The steps whose mail went, in order."""
        return [event.step for event in self.found("touch_sent")]

    def enrollment(self, part: str) -> Enrollment:
        """The newest enrollment in a cadence or nurture."""
        return [one for one in self.deal.enrollments if one.part.endswith(f":{part}")][-1]

    def _keep(self, events: Sequence[Happened]) -> None:
        self.deal = moved_on(self.deal, events)
        self.events += events
        self.last += events

    def _perform(self, answer: Answer) -> None:
        reaction = react(self.deal, self.facts)
        self._keep(reaction.events)
        for one in self.deal.to_tell:
            # It reaches its person at once, and is no part of what a test asks for.
            settled = settle_notice(one.touch_id, "sent", self.now)
            self.deal = moved_on(self.deal, [settled])
        for plan in reaction.plans:
            self.plans.append(plan)
            self._hand_over(plan, answer)

    def _hand_over(self, plan: Plan, answer: Answer) -> None:
        waiting = dict(self.facts.open_sends)
        one = next(x for x in self.deal.enrollments if x.enrollment_id == plan.enrollment_id)
        subject = subject_of(self.deal, self.facts)
        verdict = permit(plan, subject, one, self.facts, False)
        assert verdict.word != "defer", f"{plan.step} was planned too early: {verdict.reason}"
        outcome: Outcome = "cancelled" if verdict.word == "cancel" else answer(plan)
        outcome = "missed" if verdict.word == "miss" else outcome
        reason = verdict.reason or ("smtp: 550" if outcome == "refused" else outcome)
        self._keep(settle(self.deal, plan, outcome, self.facts, reason))
        waiting.pop(plan.touch_id, None)
        if outcome == "sent" and plan.contact_id:
            self.contact(plan.contact_id, mailed_at=self.now)


def given(*commands: c.AnyCommand, text: str = BOATS, deal_id: str = "D-1", **more: Any) -> Story:
    """A deal to which these commands happened, all on Monday at nine; none: no deal yet."""
    story = Story(Deal(deal_id=deal_id), facts(text, **more)).when(*commands)
    assert story.no is None, f"refused: {story.no}"
    story.events, story.last = [*story.events], []
    return story


def told(events: Sequence[BaseModel]) -> list[str]:
    """The kinds of events."""
    return [kind_of(cast(Happened, event)) for event in events]
