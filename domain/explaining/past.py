"""Why each touch of the past was made or was not: told from the events alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from domain import deal_events as d
from domain import touch_events as e
from domain.course import DOWNTIME
from domain.explaining.entry import Explained, Heard
from domain.explaining.needs import need_of
from domain.facts import Facts
from domain.limits import WORDS, Wait
from domain.permission import TOO_LATE
from domain.playbooks.sequence import Sequence as Steps
from domain.playbooks.sequence import Step
from domain.refusal import NotFound
from domain.sentences import cause, ending, moment, part_name, spoken

WORTH_TELLING: Final = timedelta(minutes=1)
"""A mail that waited for less went as it was meant to."""

_HALTS: Final = {
    "paused": ("the deal was paused", "no pause in its window"),
    "attention": ("the deal needed a person", "a person clearing the attention in time"),
}
"""What held a deal's mail: how it is told, and what a touch that it swallowed would need."""


@dataclass(frozen=True, slots=True)
class _Halt:
    word: str
    since: datetime
    until: datetime | None = None


@dataclass
class Past:
    """What has been told so far, and what is needed to tell the next."""

    facts: Facts
    spread_first: bool
    zone: tzinfo = UTC
    waits: Mapping[str, Sequence[Wait]] = field(default_factory=dict)
    told: list[Explained] = field(default_factory=list)
    enrolled: dict[str, e.Enrolled] = field(default_factory=dict)
    before: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    taken: dict[str, list[str]] = field(default_factory=dict)
    tasks: dict[str, e.TaskCreated] = field(default_factory=dict)
    stopped: dict[str, tuple[str, str]] = field(default_factory=dict)
    halts: list[_Halt] = field(default_factory=list)
    late: set[str] = field(default_factory=set)

    def hear(self, heard: Heard) -> None:
        """Tell what the event means for a touch, if it means anything."""
        match heard.event:
            case e.Enrolled() as event:
                self.enrolled[event.enrollment_id] = event
                word = "our own mail" if event.step else "its beginning"
                self.before[event.enrollment_id] = (word, event.anchor_at)
            case e.EnrollmentParked() as event:
                self._parked(event)
            case e.EnrollmentEnded() as event:
                self._ended(event, heard)
            case e.Touch() as event:
                self._touch(event, heard)
            case e.TaskCreated() as event:
                self.tasks[event.task_id] = event
            case e.TaskDone() | e.TaskDropped() as event:
                self._task(event, heard)
            case e.StepSkipped() | e.WaitedFor() | e.Notified() as event:
                self._small(event, heard)
            case e.NoticeSettled() as event:
                self._notice(event)
            case e.DoubtReleased() as event:
                self._again(event)
            case _:
                self._halt(heard)

    def _when(self, at: datetime) -> str:
        return moment(at, self.zone)

    def _parked(self, event: e.EnrollmentParked) -> None:
        said = f"waited until {self._when(event.until)}: {spoken(event.reason)}"
        if event.reason == DOWNTIME:
            self.late.add(event.enrollment_id)
            said = f"an outage or a pause, over on {self._when(event.at)}, had swallowed its window"
        self.notes.setdefault(event.enrollment_id, []).append(said)

    def _halt(self, heard: Heard) -> None:
        match heard.event:
            case d.DealPaused() as event:
                self.halts.append(_Halt("paused", event.at))
            case d.AttentionRaised() as event:
                self.halts.append(_Halt("attention", event.at))
            case d.DealResumed() | d.DealWon() | d.DealLost() as event:
                self._released("paused", event.at)
            case d.AttentionCleared() as event:
                self._released("attention", event.at)
            case _:
                pass

    def _released(self, word: str, at: datetime) -> None:
        self.halts = [
            replace(one, until=at) if one.word == word and one.until is None else one
            for one in self.halts
        ]

    def _touch(self, event: e.Touch, heard: Heard) -> None:
        status = event.model_dump()["kind"].removeprefix("touch_")
        reason = getattr(event, "reason", None) or ""
        why = [*self._cause(event.enrollment_id), *self._window(event), *self._slot(event)]
        why += self._doubted(event.touch_id)
        need = need_of(status, reason, event.closes, self.zone)
        actor = heard.actor
        stop = self.stopped.get(event.enrollment_id)
        if status == "cancelled" and stop is not None:
            # What stopped the sequence found this touch on its way.
            why.append(stop[0])
            need, actor = need_of("stopped", reason), stop[1]
            self._forget(event.enrollment_id, event.step)
        elif reason:
            why.append(ending(reason))
        held = self._held(event) if status == "missed" else None
        if held and not reason.startswith(f"{TOO_LATE}: "):
            why.append(held[0])
            need = held[1]
        self._tell(
            Explained(event.step, status, event.at, why, need, actor=actor, rule=event.rule),
            event.enrollment_id,
            heard,
            touch_id=event.touch_id,
            values=_values(event, reason) | self._counted_from(event),
        )

    def _forget(self, enrollment_id: str, step: str) -> None:
        """Told as a step that was not made already: what is known of it now says more."""
        part = self._part(enrollment_id)
        self.told = [
            one for one in self.told if (one.status, one.step, one.part) != ("not_made", step, part)
        ]

    def _doubted(self, touch_id: str) -> list[str]:
        """What was told while nobody could know; the outcome takes its place."""
        old = next((x for x in self.told if (x.touch_id, x.status) == (touch_id, "in_doubt")), None)
        if old is None or old.at is None:
            return []
        self.told.remove(old)
        return [f"was in doubt from {self._when(old.at)}: {old.values.get('reason', '')}"]

    def _cause(self, enrollment_id: str) -> list[str]:
        said = self._began(enrollment_id)
        return [said, *self.notes.pop(enrollment_id, [])] if said else []

    def _began(self, enrollment_id: str) -> str | None:
        begun = self.enrolled.get(enrollment_id)
        if begun is None:
            return None
        because = cause(begun.because)
        return f"{part_name(begun.part)} began on {self._when(begun.at)} because {because}"

    def _window(self, event: e.Touch) -> list[str]:
        last, at = self.before.get(event.enrollment_id, ("", event.opens))
        step = _step(self.enrolled.get(event.enrollment_id), event.step, self.facts)
        said = f"window {self._when(event.opens)} to {self._when(event.closes)}"
        if step is None or step.after is None:
            return [said]
        if step.after.anchor == "previous_touch":
            return [f"{said}: {step.after} after {last}, {self._when(at)}"]
        return [f"{said}: {step.after}"]

    def _counted_from(self, event: e.Touch) -> dict[str, datetime | str]:
        step = _step(self.enrolled.get(event.enrollment_id), event.step, self.facts)
        if step is None or step.after is None or step.after.anchor != "previous_touch":
            return {}
        last, at = self.before.get(event.enrollment_id, ("", event.opens))
        return {"wait": str(step.after), "counted_from": at, "counted_from_what": last}

    def _slot(self, event: e.Touch) -> list[str]:
        step = _step(self.enrolled.get(event.enrollment_id), event.step, self.facts)
        slot = self._when(event.slot_at)
        if event.moved:
            said = f"moved to {slot}: {spoken(event.moved)}"
        elif step is not None and step.after is None and not self._is_one_of_many(event):
            said = f"slot {slot}, the first open minute"
        elif self.facts.rules.calendar.slot == "spread":
            said = f"slot {slot}, spread over the open hours of the window"
        else:
            said = f"slot {slot}, the earliest open minute of the window"
        late = isinstance(event, e.TouchSent) and event.at > event.slot_at + self.facts.grace
        went = f"went at {self._when(event.at)}, when nothing held it back"
        return [said, *self._waited(event), *([went] if late else [])]

    def _waited(self, event: e.Touch) -> list[str]:
        """What held it until it ended, where it was for a minute or more."""
        waits = self.waits.get(event.touch_id, ())
        if not waits:
            return []
        after = [*(one.since for one in waits[1:]), event.at]
        ends = [min(one.until, at) for one, at in zip(waits, after, strict=True)]
        return [
            f"waited from {self._when(one.since)} to {self._when(end)}: "
            f"{WORDS.get(one.reason, spoken(one.reason))}"
            for one, end in zip(waits, ends, strict=True)
            if end - one.since >= WORTH_TELLING
        ]

    def _is_one_of_many(self, event: e.Touch) -> bool:
        """Whether others began at the same moment, so that even the first touch was spread."""
        begun = self.enrolled.get(event.enrollment_id)
        imported = begun is not None and begun.because == "import"
        return self.spread_first or imported or event.enrollment_id in self.late

    def _held(self, event: e.Touch) -> tuple[str, str] | None:
        """What held the deal in the window of a touch, and what it would have needed."""
        for one in self.halts:
            if one.since <= event.closes and (one.until is None or one.until >= event.opens):
                end = self._when(one.until) if one.until else "now"
                said, need = _HALTS[one.word]
                return f"{said} from {self._when(one.since)} to {end}", need
        return None

    def _task(self, event: e.TaskDone | e.TaskDropped, heard: Heard) -> None:
        made = self.tasks.pop(event.task_id, None)
        if made is None or made.verb == "draft" or made.enrollment_id is None:
            return
        done, due = isinstance(event, e.TaskDone), self._when(made.due_at)
        why = [*self._cause(made.enrollment_id), f"due {due}"]
        if isinstance(event, e.TaskDropped):
            why.append(ending(event.reason))
        need = None if done else f"somebody doing it before {due}"
        one = Explained(made.step or made.name, "done" if done else "not_done", event.at, why, need)
        self._tell(one, made.enrollment_id, heard, values={"due": made.due_at})

    def _small(self, event: e.StepSkipped | e.WaitedFor | e.Notified, heard: Heard) -> None:
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
            why.append(f"nobody plays the role {spoken(event.role)}")
        one = Explained(event.step, status, event.at, why, need)
        its_id = event.touch_id if isinstance(event, e.Notified) else None
        self._tell(one, event.enrollment_id, heard, touch_id=its_id)

    def _notice(self, event: e.NoticeSettled) -> None:
        """A notice that did not reach its person is told with what became of it."""
        for at, one in enumerate(self.told):
            if one.touch_id == event.touch_id and event.outcome != "sent":
                reason = event.reason or ""
                need = need_of(event.outcome, reason, None, self.zone)
                why = [*one.why[:-1], ending(reason), one.why[-1]] if reason else one.why
                self.told[at] = replace(one, status=event.outcome, why=why, would_need=need)

    def _again(self, event: e.DoubtReleased) -> None:
        """A touch in doubt that a person or evidence has go again; its outcome comes later."""
        for at, one in enumerate(self.told):
            if (one.touch_id, one.status) == (event.touch_id, "in_doubt"):
                said = f"goes again since {self._when(event.at)}: {event.reason}"
                self.told[at] = replace(one, why=[*one.why[:-1], said, one.why[-1]])

    def _ended(self, event: e.EnrollmentEnded, heard: Heard) -> None:
        begun = self.enrolled.get(event.enrollment_id)
        if begun is None or event.finished:
            return
        stop = f"{part_name(begun.part)} stopped on {self._when(event.at)}: {ending(event.reason)}"
        self.stopped[event.enrollment_id] = (stop, heard.actor)
        steps = _steps(begun, self.facts)
        if steps is None:
            return
        taken = self.taken.get(event.enrollment_id, [])
        rule = f"{begun.playbook}/{begun.part}@{begun.version}"
        for step in steps.steps[begun.step :]:
            if step.name in taken:
                continue
            need = need_of("stopped", event.reason)
            self.told.append(
                Explained(
                    step.name,
                    "not_made",
                    event.at,
                    [stop, f"rule {rule}"],
                    need,
                    begun.part,
                    cause=self._began(event.enrollment_id),
                    rule=rule,
                    values={"reason": event.reason},
                    actor=heard.actor,
                    version=heard.version,
                )
            )

    def _tell(
        self,
        one: Explained,
        enrollment_id: str,
        heard: Heard,
        *,
        touch_id: str | None = None,
        values: dict[str, datetime | str] | None = None,
    ) -> None:
        begun, at = self.enrolled.get(enrollment_id), heard.event.at
        rule = f"{begun.playbook}/{begun.part}@{begun.version}" if begun else None
        rule = one.rule or rule
        self.before[enrollment_id] = (spoken(one.step), at)
        self.taken.setdefault(enrollment_id, []).append(one.step)
        self.told.append(
            replace(
                one,
                why=[*one.why, f"rule {rule}"] if rule else one.why,
                part=begun.part if begun else None,
                cause=self._began(enrollment_id),
                rule=rule,
                actor=one.actor or heard.actor,
                version=heard.version,
                touch_id=touch_id,
                values=values or {},
            )
        )

    def _part(self, enrollment_id: str) -> str | None:
        begun = self.enrolled.get(enrollment_id)
        return begun.part if begun else None


def _values(event: e.Touch, reason: str) -> dict[str, datetime | str]:
    found: dict[str, datetime | str] = {
        "window_opens": event.opens,
        "window_closes": event.closes,
        "slot": event.slot_at,
        "mail": event.template,
    }
    found |= {"moved": event.moved} if event.moved else {}
    return found | ({"reason": reason} if reason else {})


def _steps(begun: e.Enrolled | None, facts: Facts) -> Steps | None:
    try:
        return facts.rules.sequence(begun.part, begun.version) if begun else None
    except NotFound:
        return None


def _step(begun: e.Enrolled | None, name: str, facts: Facts) -> Step | None:
    steps = _steps(begun, facts)
    return steps.step(name) if steps else None
