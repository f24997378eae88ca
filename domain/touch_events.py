"""What can have happened to an enrollment: its touches, tasks, drafts and notices."""

from datetime import datetime
from typing import Literal

from domain.event import Happened


class Enrolled(Happened):
    """A sequence began for a deal or a contact, pinned to one version of it.

    `step` is the index of the first step to take and `anchor_at` the moment that the first
    window counts from: with a mail of the rep's own as touch 1 they are 1 and its date.
    """

    kind: Literal["enrolled"] = "enrolled"
    enrollment_id: str
    playbook: str
    part: str
    version: int
    contact_id: str | None = None
    because: str
    step: int = 0
    anchor_at: datetime


class EnrollmentParked(Happened):
    """An enrollment waits, at most until a moment, for the reason given."""

    kind: Literal["enrollment_parked"] = "enrollment_parked"
    enrollment_id: str
    until: datetime
    reason: str


class EnrollmentEnded(Happened):
    """An enrollment is over: finished by itself, or stopped by a fact."""

    kind: Literal["enrollment_ended"] = "enrollment_ended"
    enrollment_id: str
    reason: str
    finished: bool = False


class StepSkipped(Happened):
    """A step was passed over because its condition did not hold."""

    kind: Literal["step_skipped"] = "step_skipped"
    enrollment_id: str
    step: str
    reason: str


class WaitedFor(Happened):
    """A step waited for an event, which came or did not."""

    kind: Literal["waited_for"] = "waited_for"
    enrollment_id: str
    step: str
    came: bool


class Touch(Happened):
    """The part that the outcomes of one touch share: what, to whom, in which window, why."""

    touch_id: str
    enrollment_id: str
    step: str
    template: str
    contact_id: str | None = None
    slot_at: datetime
    opens: datetime
    closes: datetime
    moved: str | None = None
    rule: str


class TouchSent(Touch):
    """The receiving server took the mail."""

    kind: Literal["touch_sent"] = "touch_sent"


class TouchRefused(Touch):
    """The mail cannot go: the receiving server, or a check of ours, said no for good."""

    kind: Literal["touch_refused"] = "touch_refused"
    reason: str
    suppress: bool = False


class TouchInDoubt(Touch):
    """Nobody can know whether the mail arrived. It is kept, shown and never sent blindly."""

    kind: Literal["touch_in_doubt"] = "touch_in_doubt"
    reason: str


class DoubtReleased(Happened):
    """A mail in doubt goes again, under the same id, if every stop fact still lets it."""

    kind: Literal["doubt_released"] = "doubt_released"
    touch_id: str
    reason: str
    enrollment_id: str | None = None
    step: str | None = None


class TouchMissed(Touch):
    """The window passed without a mail: an outage, a pause or an unapproved draft."""

    kind: Literal["touch_missed"] = "touch_missed"
    reason: str


class TouchCancelled(Touch):
    """A stop fact came before the mail went."""

    kind: Literal["touch_cancelled"] = "touch_cancelled"
    reason: str


class TaskCreated(Happened):
    """Somebody has something to do: a call, a task, a draft to approve."""

    kind: Literal["task_created"] = "task_created"
    task_id: str
    verb: Literal["call", "task", "draft"]
    name: str
    for_id: str | None = None
    role: str = "owner"
    due_at: datetime
    enrollment_id: str | None = None
    step: str | None = None
    if_not_done: Literal["go_on", "wait"] = "go_on"


class TaskDone(Happened):
    """A task was done; a draft was approved."""

    kind: Literal["task_done"] = "task_done"
    task_id: str


class TaskDropped(Happened):
    """A task fell away: its time passed, its deal closed, or a person discarded it."""

    kind: Literal["task_dropped"] = "task_dropped"
    task_id: str
    reason: str


class Notified(Happened):
    """It was decided to tell a person of ours something; the mail itself is in the send ledger."""

    kind: Literal["notified"] = "notified"
    touch_id: str
    template: str
    about: str
    role: str
    person_id: str | None = None
    enrollment_id: str | None = None
    step: str | None = None


class NoticeSettled(Happened):
    """A notice to a person of ours went out, or did not, and why."""

    kind: Literal["notice_settled"] = "notice_settled"
    touch_id: str
    outcome: Literal["sent", "refused", "in_doubt", "missed", "cancelled"]
    reason: str | None = None


class EventSeen(Happened):
    """Something that a sequence may wait for happened to the contact: a trial, a quote …"""

    kind: Literal["event_seen"] = "event_seen"
    name: str
    contact_id: str
