"""An enrollment: one deal or contact in one version of a cadence or nurture."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain import touch_events as e
from domain.event import Happened


class Task(BaseModel):
    """Something that a person of ours has to do until `due_at`."""

    model_config = ConfigDict(frozen=True)

    task_id: str
    verb: Literal["call", "task", "draft"]
    name: str
    for_id: str | None
    role: str
    created_at: datetime
    due_at: datetime
    enrollment_id: str | None = None
    step: str | None = None
    if_not_done: Literal["go_on", "wait"] = "go_on"


class Enrollment(BaseModel):
    """Where in its sequence an enrollment stands.

    `step` is the index of the next step and `anchor_at` the moment its window counts from
    (the previous touch). `task_id` is the open call, task or draft of that step.
    `approved` says that its draft may go. `last_touch` is the newest that went or may have gone;
    `doubts` are those of which nobody can know yet.
    """

    model_config = ConfigDict(frozen=True)

    enrollment_id: str
    part: str
    version: int
    contact_id: str | None
    because: str
    started_at: datetime
    anchor_at: datetime
    step: int = 0
    status: Literal["active", "ended"] = "active"
    ended_because: str | None = None
    finished: bool = False
    parked_until: datetime | None = None
    parked_because: str | None = None
    task_id: str | None = None
    approved: bool = False
    touched: int = 0
    first_touch: str | None = None
    last_touch: str | None = None
    doubts: frozenset[str] = frozenset()
    answered: bool = False
    events_seen: frozenset[str] = frozenset()

    @property
    def active(self) -> bool:
        """Whether it can still make a touch."""
        return self.status == "active"

    def passed(self, at: datetime) -> "Enrollment":
        """The same enrollment, on to the next step, with a new anchor."""
        return self.model_copy(
            update={"step": self.step + 1, "anchor_at": at, "task_id": None, "approved": False}
        )


def begun(event: e.Enrolled) -> Enrollment:
    """The enrollment that the event began."""
    return Enrollment(
        enrollment_id=event.enrollment_id,
        part=event.part,
        version=event.version,
        contact_id=event.contact_id,
        because=event.because,
        started_at=event.at,
        anchor_at=event.anchor_at,
        step=event.step,
    )


def evolve_enrollment(one: Enrollment, event: Happened) -> Enrollment:
    """The enrollment after an event of its own."""
    match event:
        case e.Touch() if event.touch_id in one.doubts:
            return _doubt_settled(one, event)
        case e.TouchSent():
            first = one.first_touch or event.touch_id
            told = {"touched": one.touched + 1, "first_touch": first, "last_touch": event.touch_id}
            return one.passed(event.at).model_copy(update=told)
        case e.TouchInDoubt():
            told = {"last_touch": event.touch_id, "doubts": one.doubts | {event.touch_id}}
            return one.passed(event.at).model_copy(update=told)
        case e.TouchRefused() | e.TouchMissed() | e.StepSkipped():
            return one.passed(event.at)
        case e.Notified() | e.WaitedFor():
            return one.passed(event.at)
        case e.EnrollmentParked():
            told = {"parked_until": event.until, "parked_because": event.reason}
            return one.model_copy(update=told)
        case e.EnrollmentEnded():
            told = {"status": "ended", "ended_because": event.reason, "finished": event.finished}
            return one.model_copy(update={**told, "task_id": None})
        case e.TaskCreated():
            return one.model_copy(update={"task_id": event.task_id})
        case _:
            return one


def _doubt_settled(one: Enrollment, event: e.Touch) -> Enrollment:
    """What became of a touch in doubt: its step was passed already and is not passed again."""
    if isinstance(event, e.TouchInDoubt):
        return one
    rest = one.doubts - {event.touch_id}
    if not isinstance(event, e.TouchSent):
        return one.model_copy(update={"doubts": rest})
    first = one.first_touch or event.touch_id
    later = max(one.anchor_at, event.at)
    told = {"touched": one.touched + 1, "first_touch": first, "anchor_at": later}
    return one.model_copy(update={**told, "doubts": rest})


def saw(one: Enrollment, event: e.EventSeen) -> Enrollment:
    """The enrollment after something was reported of its contact."""
    if not one.active or one.contact_id not in (None, event.contact_id):
        return one
    return one.model_copy(update={"events_seen": one.events_seen | {event.name}})


def handed_on(tasks: tuple[Task, ...], was: str, now: str) -> tuple[Task, ...]:
    """The tasks with those of one person given to another."""
    return tuple(
        one.model_copy(update={"for_id": now}) if one.for_id == was else one for one in tasks
    )


def task_from(event: e.TaskCreated) -> Task:
    """The open task that the event began."""
    return Task(**event.model_dump(exclude={"kind", "at"}), created_at=event.at)


def task_settled(one: Enrollment, task: Task, done: bool, at: datetime) -> Enrollment:
    """The enrollment after its task was done or fell away.

    A draft does not pass the step by itself: approved it waits to be sent, dropped it is
    followed by the touch's own outcome.
    """
    if task.verb == "draft":
        return one.model_copy(update={"task_id": None, "approved": done})
    return one.passed(at)


def still_to_tell(
    waiting: tuple[e.Notified, ...], event: e.Notified | e.NoticeSettled
) -> tuple[e.Notified, ...]:
    """The notices whose mails are not settled yet; one to nobody is only recorded."""
    rest = tuple(one for one in waiting if one.touch_id != event.touch_id)
    if isinstance(event, e.NoticeSettled) or event.person_id is None:
        return rest
    return (*rest, event)
