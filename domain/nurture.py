"""A nurture run: one contact outside a deal in one version of a nurture."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain import touch_events as e
from domain.deal_events import WorkTransferred
from domain.enrollment import (
    Enrollment,
    Task,
    begun,
    evolve_enrollment,
    handed_on,
    saw,
    still_to_tell,
    task_from,
    task_settled,
)
from domain.event import Happened
from domain.facts import Facts
from domain.playbooks.sequence import Nurture


class NurtureRun(BaseModel):
    """The state of one enrollment of a contact; its stream is `nurture/<enrollment_id>`."""

    model_config = ConfigDict(frozen=True)

    enrollment_id: str
    version: int = 0
    playbook: str = ""
    contact_id: str = ""
    updated_at: datetime | None = None
    enrollment: Enrollment | None = None
    tasks: tuple[Task, ...] = ()
    to_tell: tuple[e.Notified, ...] = ()

    @property
    def stream(self) -> str:
        """The name of its stream in the ledger."""
        return f"nurture/{self.enrollment_id}"

    @property
    def active_enrollments(self) -> tuple[Enrollment, ...]:
        """The one enrollment while it may still make touches."""
        return (self.enrollment,) if self.enrollment is not None and self.enrollment.active else ()

    @property
    def enrollments(self) -> tuple[Enrollment, ...]:
        """The one enrollment, as deals have several."""
        return (self.enrollment,) if self.enrollment is not None else ()

    def halted_by(self, facts: Facts) -> str | None:
        """Why it waits: sales is talking to the contact and this nurture yields."""
        one, contact = self.enrollment, facts.contacts.get(self.contact_id)
        if one is None or contact is None or not contact.in_cadence:
            return None
        sequence = facts.rules.sequence(one.part, one.version)
        yields = isinstance(sequence, Nurture) and sequence.yields_to == "cadences"
        return "yields_to_cadence" if yields else None


def evolve_nurture(run: NurtureRun, event: Happened) -> NurtureRun:
    """The run after one more event."""
    latest = max(event.at, run.updated_at) if run.updated_at else event.at
    told: dict[str, Any] = {"version": run.version + 1, "updated_at": latest}
    if isinstance(event, e.Enrolled):
        told |= {"enrollment": begun(event), "contact_id": event.contact_id or ""}
        told |= {"playbook": event.playbook}
    elif isinstance(event, e.EventSeen) and run.enrollment is not None:
        told["enrollment"] = saw(run.enrollment, event)
    elif isinstance(event, e.TaskDone | e.TaskDropped):
        told |= _settled(run, event)
    elif isinstance(event, WorkTransferred):
        told["tasks"] = handed_on(run.tasks, event.from_id, event.to_id)
    elif run.enrollment is not None:
        told["enrollment"] = evolve_enrollment(run.enrollment, event)
    if isinstance(event, e.Notified | e.NoticeSettled):
        told["to_tell"] = still_to_tell(run.to_tell, event)
    if isinstance(event, e.TaskCreated):
        told["tasks"] = (*run.tasks, task_from(event))
    return run.model_copy(update=told)


def _settled(run: NurtureRun, event: e.TaskDone | e.TaskDropped) -> dict[str, Any]:
    task = next((t for t in run.tasks if t.task_id == event.task_id), None)
    rest = tuple(t for t in run.tasks if t is not task)
    one = run.enrollment
    if task is None or one is None or one.task_id != task.task_id or not one.active:
        return {"tasks": rest}
    done = isinstance(event, e.TaskDone)
    return {"tasks": rest, "enrollment": task_settled(one, task, done, event.at)}
