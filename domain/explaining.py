"""Why each touch was made or was not, and what comes next: told from the events alone."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain import deal_events as d
from domain import touch_events as e
from domain.agenda import Aggregate, agenda, subject_of
from domain.course import DOWNTIME, Item
from domain.deal import Deal
from domain.enrollment import Enrollment
from domain.event import Happened
from domain.facts import Facts
from domain.needs import need_of
from domain.permission import blocked
from domain.playbooks.sequence import Sequence as Steps
from domain.playbooks.sequence import Step
from domain.reactions import purpose_of
from domain.refusal import NotFound
from domain.sentences import cause, ending, moment, part_name, spoken


@dataclass(frozen=True, slots=True)
class Explained:
    """One thing that was done, was not, or is to come.

    `status` is sent, refused, in_doubt, missed, cancelled, skipped, told, done, not_done, came,
    did_not_come or not_made for what is past; open, planned, held or barred for what is to
    come. `at` is when it was settled or will be (UTC; None: not before something changes),
    `would_need` what would have to be true for it to happen, where it does not.
    """

    step: str
    status: str
    at: datetime | None
    why: list[str]
    would_need: str | None = None
    part: str | None = None


def explain(events: Sequence[Happened], deal: Aggregate, facts: Facts) -> list[Explained]:
    """Every touch of the past in order, then what comes next in order of its moment.

    `events` is the whole stream; `facts` may lack old versions of sequences, whose steps are
    then told without their own words.
    """
    past = _Past(facts, spread_first=subject_of(deal, facts).spread_first)
    for event in events:
        past.hear(event)
    return [*past.told, *_coming(deal, facts)]


@dataclass
class _Past:
    """What has been told so far, and what is needed to tell the next."""

    facts: Facts
    spread_first: bool
    told: list[Explained] = field(default_factory=list)
    enrolled: dict[str, e.Enrolled] = field(default_factory=dict)
    before: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    taken: dict[str, list[str]] = field(default_factory=dict)
    tasks: dict[str, e.TaskCreated] = field(default_factory=dict)
    halts: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)
    late: set[str] = field(default_factory=set)

    def hear(self, event: Happened) -> None:
        """Tell what the event means for a touch, if it means anything."""
        match event:
            case e.Enrolled():
                self.enrolled[event.enrollment_id] = event
                word = "our own mail" if event.step else "its beginning"
                self.before[event.enrollment_id] = (word, event.anchor_at)
            case e.EnrollmentParked():
                self._parked(event)
            case e.EnrollmentEnded():
                self._ended(event)
            case e.Touch():
                self._touch(event)
            case e.TaskCreated():
                self.tasks[event.task_id] = event
            case e.TaskDone() | e.TaskDropped():
                self._task(event)
            case e.StepSkipped() | e.WaitedFor() | e.Notified():
                self._small(event)
            case _:
                self._halt(event)

    def _parked(self, event: e.EnrollmentParked) -> None:
        said = f"waited until {moment(event.until)}: {spoken(event.reason)}"
        if event.reason == DOWNTIME:
            self.late.add(event.enrollment_id)
            said = f"an outage or a pause, over on {moment(event.at)}, had swallowed its window"
        self.notes.setdefault(event.enrollment_id, []).append(said)

    def _halt(self, event: Happened) -> None:
        match event:
            case d.DealPaused():
                self.halts.append(("paused", event.at, None))
            case d.AttentionRaised():
                self.halts.append(("attention", event.at, None))
            case d.DealResumed() | d.DealWon() | d.DealLost():
                self._released("paused", event.at)
            case d.AttentionCleared():
                self._released("attention", event.at)
            case _:
                pass

    def _released(self, word: str, at: datetime) -> None:
        self.halts = [
            (said, since, at if said == word and until is None else until)
            for said, since, until in self.halts
        ]

    def _touch(self, event: e.Touch) -> None:
        status = event.model_dump()["kind"].removeprefix("touch_")
        why = [*self._cause(event.enrollment_id), *self._window(event), *self._slot(event)]
        reason = getattr(event, "reason", None)
        held = self._held(event) if status == "missed" else None
        if reason:
            why.append(ending(reason))
        if held:
            why.append(held)
        why.append(f"rule {event.rule}")
        need = "no pause in its window" if held else need_of(status, reason or "", event.closes)
        self._tell(event.step, status, event.at, why, need, event.enrollment_id)

    def _cause(self, enrollment_id: str) -> list[str]:
        begun = self.enrolled.get(enrollment_id)
        if begun is None:
            return []
        said = f"{part_name(begun.part)} began on {moment(begun.at)} because {cause(begun.because)}"
        return [said, *self.notes.pop(enrollment_id, [])]

    def _window(self, event: e.Touch) -> list[str]:
        last, at = self.before.get(event.enrollment_id, ("", event.opens))
        step = _step(self.enrolled.get(event.enrollment_id), event.step, self.facts)
        said = f"window {moment(event.opens)} to {moment(event.closes)}"
        if step is None or step.after is None:
            return [said]
        if step.after.anchor == "previous_touch":
            return [f"{said}: {step.after} after {last}, {moment(at)}"]
        return [f"{said}: {step.after}"]

    def _slot(self, event: e.Touch) -> list[str]:
        step = _step(self.enrolled.get(event.enrollment_id), event.step, self.facts)
        if event.moved:
            said = f"moved to {moment(event.slot_at)}: {event.moved}"
        elif step is not None and step.after is None and not self._is_one_of_many(event):
            said = f"slot {moment(event.slot_at)}, the first open minute"
        elif self.facts.rules.calendar.slot == "spread":
            said = f"slot {moment(event.slot_at)}, spread over the open hours of the window"
        else:
            said = f"slot {moment(event.slot_at)}, the earliest open minute of the window"
        late = isinstance(event, e.TouchSent) and event.at > event.slot_at + self.facts.grace
        return [said, f"went at {moment(event.at)}, when nothing held it back"] if late else [said]

    def _is_one_of_many(self, event: e.Touch) -> bool:
        """Whether others began at the same moment, so that even the first touch was spread."""
        begun = self.enrolled.get(event.enrollment_id)
        imported = begun is not None and begun.because == "import"
        return self.spread_first or imported or event.enrollment_id in self.late

    def _held(self, event: e.Touch) -> str | None:
        for word, since, until in self.halts:
            if since <= event.closes and (until is None or until >= event.opens):
                end = moment(until) if until else "now"
                name = "the deal was paused" if word == "paused" else "the deal needed a person"
                return f"{name} from {moment(since)} to {end}"
        return None

    def _task(self, event: e.TaskDone | e.TaskDropped) -> None:
        made = self.tasks.pop(event.task_id, None)
        if made is None or made.verb == "draft" or made.enrollment_id is None:
            return
        done = isinstance(event, e.TaskDone)
        why = [*self._cause(made.enrollment_id), f"due {moment(made.due_at)}"]
        if isinstance(event, e.TaskDropped):
            why.append(ending(event.reason))
        need = None if done else f"somebody doing it before {moment(made.due_at)}"
        status = "done" if done else "not_done"
        self._tell(made.step or made.name, status, event.at, why, need, made.enrollment_id)

    def _small(self, event: e.StepSkipped | e.WaitedFor | e.Notified) -> None:
        if event.enrollment_id is None or event.step is None:
            return
        why, need, status = self._cause(event.enrollment_id), None, "told"
        if isinstance(event, e.StepSkipped):
            status, need = "skipped", need_of("skipped", event.reason)
            why.append(event.reason)
        elif isinstance(event, e.WaitedFor):
            status = "came" if event.came else "did_not_come"
            need = None if event.came else f"{spoken(event.step)} reported in time"
        elif event.person_id is None:
            status, need = "not_made", f"somebody who plays the role {spoken(event.role)}"
        self._tell(event.step, status, event.at, why, need, event.enrollment_id)

    def _ended(self, event: e.EnrollmentEnded) -> None:
        begun = self.enrolled.get(event.enrollment_id)
        steps = _steps(begun, self.facts)
        if begun is None or steps is None or event.finished:
            return
        taken = self.taken.get(event.enrollment_id, [])
        skipped = [step.name for step in steps.steps[: begun.step]]
        for step in steps.steps:
            if step.name in taken or step.name in skipped:
                continue
            stop = f"{part_name(begun.part)} stopped on {moment(event.at)}: {ending(event.reason)}"
            rule = f"rule {begun.playbook}/{begun.part}@{begun.version}"
            need = need_of("stopped", event.reason)
            self.told.append(
                Explained(step.name, "not_made", event.at, [stop, rule], need, begun.part)
            )

    def _tell(
        self,
        step: str,
        status: str,
        at: datetime,
        why: list[str],
        need: str | None,
        enrollment_id: str,
    ) -> None:
        begun = self.enrolled.get(enrollment_id)
        self.before[enrollment_id] = (spoken(step), at)
        self.taken.setdefault(enrollment_id, []).append(step)
        self.told.append(Explained(step, status, at, why, need, begun.part if begun else None))


def _steps(begun: e.Enrolled | None, facts: Facts) -> Steps | None:
    try:
        return facts.rules.sequence(begun.part, begun.version) if begun else None
    except NotFound:
        return None


def _step(begun: e.Enrolled | None, name: str, facts: Facts) -> Step | None:
    steps = _steps(begun, facts)
    return steps.step(name) if steps else None


# What is to come


def _coming(state: Aggregate, facts: Facts) -> Iterator[Explained]:
    for item in agenda(state, facts):
        one = next((x for x in state.enrollments if x.enrollment_id == item.enrollment_id), None)
        name = _task_name(item, state) if item.what == "task_due" else item.name
        part = one.part if one else None
        told = _future(item, one, facts)
        why = [told[1], *_details(item, one, state, facts)]
        yield Explained(name, told[0], item.at, why, told[2], part)


def _task_name(item: Item, state: Aggregate) -> str:
    return next((task.name for task in state.tasks if task.task_id == item.name), item.name)


def _future(item: Item, one: Enrollment | None, facts: Facts) -> tuple[str, str, str | None]:
    """The status, the first reason, and what would have to be true."""
    if item.what == "task_due":
        return "open", item.why, "somebody doing it, or taking it off the list"
    if item.at is None:
        word = item.why.rpartition("held: ")[2] if "held: " in item.why else item.why
        return "held", item.why, need_of("held", word)
    if item.what in ("mail", "draft") and one is not None:
        sequence = _sequence(one, facts)
        contact = facts.contacts.get(item.contact_id or "")
        barred = blocked(contact, purpose_of(sequence)) if sequence else None
        if barred:
            told = f"as things stand it will not go: {ending(barred)}"
            return "barred", told, need_of("stopped", barred)
    return "planned", item.why, None


def _details(item: Item, one: Enrollment | None, state: Aggregate, facts: Facts) -> list[str]:
    said: list[str] = []
    if item.opens is not None and item.closes is not None:
        said.append(f"window {moment(item.opens)} to {moment(item.closes)}")
    if item.moved:
        said.append(f"moved: {item.moved}")
    elif item.slot_at is not None and item.what in ("mail", "call"):
        mode = "spread over" if facts.rules.calendar.slot == "spread" else "the earliest of"
        said.append(f"slot {moment(item.slot_at)}, {mode} the open hours of the window")
    if one is not None:
        said.append(f"rule {facts.rules.label(one.part, one.version)}")
    elif item.what in _LIMITS and isinstance(state, Deal):
        said.append(f"rule {facts.rules.label('limits', facts.rules.limits_version)}")
        if item.what == "flag":
            said.append(_BEFORE[item.name](state))
    return said


def _sequence(one: Enrollment, facts: Facts) -> Steps | None:
    try:
        return facts.rules.sequence(one.part, one.version)
    except NotFound:
        return None


_LIMITS = frozenset({"flag", "rung", "unflag", "wait_over"})

_BEFORE: dict[str, Callable[[Deal], str]] = {
    "in_stage": lambda deal: f"in {deal.stage} since {_since(deal.stage_entered_at)}",
    "silence": lambda deal: f"last heard of them: {_since(deal.heard_at)}",
    "our_turn": lambda deal: f"they wrote on {_since(deal.our_turn_since)}",
    "decide_within": lambda deal: f"in {deal.stage} since {_since(deal.stage_entered_at)}",
    "wait_overdue": lambda deal: f"agreed until {_since(deal.wait_until)}",
}


def _since(at: datetime | None) -> str:
    return moment(at) if at else "never"
