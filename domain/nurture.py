"""A nurture run: one contact outside a deal in one version of a nurture."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain import touch_events as e
from domain.enrollment import Enrollment, Task, begun, evolve_enrollment
from domain.event import Happened
from domain.facts import Facts
from domain.sequence import Nurture


class NurtureRun(BaseModel):
    """The state of one enrollment of a contact; its stream is `nurture/<enrollment_id>`."""

    model_config = ConfigDict(frozen=True)

    enrollment_id: str
    version: int = 0
    playbook: str = ""
    contact_id: str = ""
    updated_at: datetime | None = None
    enrollment: Enrollment | None = None

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

    @property
    def tasks(self) -> tuple[Task, ...]:
        """A nurture has no tasks of its own."""
        return ()

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
    told: dict[str, Any] = {"version": run.version + 1, "updated_at": event.at}
    if isinstance(event, e.Enrolled):
        told |= {"enrollment": begun(event), "contact_id": event.contact_id or ""}
        told |= {"playbook": event.playbook}
    elif isinstance(event, e.EventSeen) and run.enrollment is not None:
        seen = run.enrollment.events_seen | {event.name}
        told["enrollment"] = run.enrollment.model_copy(update={"events_seen": seen})
    elif run.enrollment is not None:
        told["enrollment"] = evolve_enrollment(run.enrollment, event)
    return run.model_copy(update=told)
