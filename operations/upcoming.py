"""What comes next for a deal or a nurture, when and why; and how a sequence would go on."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from domain.agenda import Aggregate, agenda, subject_of
from domain.ahead import ahead_of
from domain.course import Item, current_step, next_item
from domain.enrollment import Enrollment
from domain.explaining.coming import MAILS
from domain.explaining.entry import NOTHING, Known
from domain.facts import Facts
from domain.limits import WORDS
from domain.permission import blocked
from domain.reactions import purpose_of
from domain.sentences import spoken
from domain.times.calendar import NothingOpen
from operations.foretelling import words_of

AHEAD = 20
"""How many further steps of one sequence are told at most."""


class Upcoming(BaseModel):
    """One thing to come: `at` (UTC; None: not before something changes), what, and why.

    `expected` is a step further on, at the moment it has if all before it goes as planned and
    nobody answers. `barred` is the word for what will keep a mail from going, as things stand,
    `halted` (mail_stopped, breaker) for what keeps mail back as a whole until a person ends it.
    `moved` says that the calendar, or an outage, moved it.
    """

    model_config = ConfigDict(frozen=True)

    at: datetime | None
    what: str
    why: str
    kind: str
    name: str
    expected: bool = False
    barred: str | None = None
    halted: str | None = None
    moved: str | None = None
    opens: datetime | None = None
    closes: datetime | None = None
    contact_id: str | None = None
    enrollment_id: str | None = None
    touch_id: str | None = None


def upcoming(state: Aggregate, facts: Facts, known: Known = NOTHING) -> list[Upcoming]:
    """All that will happen by itself if nothing else does, soonest first; undated things last."""
    return [_halted(_told(item, state, facts), known) for item in agenda(state, facts)]


def planned(state: Aggregate, facts: Facts, known: Known = NOTHING) -> list[Upcoming]:
    """The same with the further steps of every sequence that runs, in order of time."""
    found = upcoming(state, facts, known)
    for one in state.active_enrollments:
        # Where the calendar ends no step has a date; the agenda says so of the next one.
        with suppress(NothingOpen):
            found += _further(one, state, facts)
    far = datetime.max.replace(tzinfo=facts.now.tzinfo)
    return sorted(found, key=lambda each: (each.at or far, each.expected))


def _further(one: Enrollment, state: Aggregate, facts: Facts) -> list[Upcoming]:
    """The steps behind the next one: each goes at its slot, and a task is done when it is due."""
    subject, found = subject_of(state, facts), list[Upcoming]()
    moment = facts.now
    one = one.model_copy(update={"touched": one.touched + 1})
    if one.task_id is not None:
        task = next((t for t in state.tasks if t.task_id == one.task_id), None)
        if task is None or current_step(one, facts.rules) is None:
            return []
        moment = max(moment, task.due_at)
    else:
        item = next_item(one, subject, facts)
        if item.at is None or item.what == "end":
            return []
        moment = max(moment, item.at)
    for _ in range(AHEAD):
        one = one.passed(moment)
        item = next_item(one, subject, replace(facts, now=moment, open_sends={}))
        if item.at is None:
            break
        moment = max(moment, item.at)
        shown = _shown(item, state, facts, _bar(item, one, facts))
        found.append(shown.model_copy(update={"expected": True}))
        if item.what == "end":
            break
    return found


def _told(item: Item, state: Aggregate, facts: Facts) -> Upcoming:
    its = (one for one in state.active_enrollments if one.enrollment_id == item.enrollment_id)
    return _shown(item, state, facts, _bar(item, next(its, None), facts))


def _halted(one: Upcoming, known: Known) -> Upcoming:
    """A mail to come that is kept back as a whole, as things stand, with the word for it."""
    halt = known.halts.get(one.enrollment_id or "")
    if halt is None or one.barred is not None or one.kind not in MAILS:
        return one
    told = WORDS[halt.word]
    why = one.why if told in one.why else f"{one.why}; as things stand it waits: {told}"
    return one.model_copy(update={"halted": halt.word, "why": why})


def _bar(item: Item, one: Enrollment | None, facts: Facts) -> str | None:
    """Why a mail to come will not go, as things stand; None for everything else."""
    if one is None or item.what not in ("mail", "draft") or item.contact_id is None:
        return None
    purpose = purpose_of(facts.rules.sequence(one.part, one.version))
    return blocked(facts.contacts.get(item.contact_id), purpose)


def _shown(item: Item, state: Aggregate, facts: Facts, barred: str | None = None) -> Upcoming:
    what, why = words_of(ahead_of(item, state, facts))
    told = f"; as things stand it will not go: {spoken(barred)}" if barred else ""
    return Upcoming(
        at=item.at,
        what=what,
        why=why + told,
        barred=barred,
        kind=item.what,
        name=item.name,
        moved=item.moved,
        opens=item.opens,
        closes=item.closes,
        contact_id=item.contact_id,
        enrollment_id=item.enrollment_id,
        touch_id=item.touch_id,
    )
