"""What workflows and activities say to each other: names and models alone, ids and keys only."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

APPLY = "apply"
PERFORM = "perform"
MAKE_ROUNDS = "make_rounds"
READ_MAILBOXES = "read_mailboxes"
DELIVER = "deliver"

HOUSE_QUEUE = "sluice"
"""The task queue of workflows and of short work on the database."""

MAIL_QUEUE = "sluice-mail"
"""The task queue of work that may talk to a mail server."""

WEBHOOK_QUEUE = "sluice-webhooks"
"""The task queue of messages to other programs, so that a slow one holds up no mail."""

ROUNDS_ID = "rounds"
"""The id of the one workflow that makes rounds: morning mails and the audit."""

INBOX_ID = "inbox"
"""The id of the schedule that has the mailboxes read, and of what it starts."""


class Fault(StrEnum):
    """The named ways in which an activity fails for good."""

    APPLY = "ApplyFault"
    PERFORM = "PerformFault"


class Payload(BaseModel):
    """Data between workflow and activity: fields may be added with a default, never removed.

    What has its default is left out: every receipt stands in a history more than once.
    """

    model_config = ConfigDict(frozen=True)

    @model_serializer(mode="wrap")
    def _said(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        told: dict[str, Any] = handler(self)
        fields = type(self).model_fields
        return {
            name: value
            for name, value in told.items()
            if name not in fields or getattr(self, name) != fields[name].default
        }


class Label(Payload):
    """How a workflow is shown to an admin of Temporal: no personal data."""

    stage: str = ""
    owner: str = ""
    playbook: str = ""
    stagnant: bool = False
    details: str = ""


class Submit(Payload):
    """The command to apply; it waits in the store under its id."""

    deal_id: str
    command_id: str


class Receipt(Payload):
    """What became of a command: done at a version of the deal, or refused with the fact.

    `wake_at` (wall time) is when the deal is due next, None when nothing is. `due` says that
    this moment has come: a timer for it would be of no use.
    """

    command_id: str
    deal_id: str
    status: str
    version: int = 0
    code: str | None = None
    message: str | None = None
    where: str | None = None
    wake_at: datetime | None = None
    due: bool = False
    label: Label = Label()


class Wake(Payload):
    """Perform what is due for the stream (`deal/<id>`, `nurture/<id>`)."""

    stream: str


class NextWake(Payload):
    """When the stream is due next (wall time; None: never), as of a version of it."""

    wake_at: datetime | None = None
    version: int = 0
    label: Label = Label()


class Rounds(Payload):
    """When the next rounds are to be made, in wall time from now."""

    again_in: timedelta


class MailRead(Payload):
    """What reading the mailboxes came to: new mails, and folders that could not be read."""

    fresh: int = 0
    failing: int = 0


class Told(Payload):
    """The endpoint of a webhook that is to be told what happened."""

    webhook_id: str


class NextDelivery(Payload):
    """When there is more to tell, in wall time from now (None: once something happens).

    `ended`: the endpoint is removed, paused or disabled. `details` say where it stands.
    """

    again_in: timedelta | None = None
    ended: bool = False
    details: str = ""


def deal_workflow_id(deal_id: str) -> str:
    """The id of a deal's workflow."""
    return f"deal/{deal_id}"


def nurture_workflow_id(enrollment_id: str) -> str:
    """The id of a nurture's workflow."""
    return f"nurture/{enrollment_id}"


def webhook_workflow_id(webhook_id: str) -> str:
    """The id of the workflow that tells an endpoint what happened."""
    return f"webhook/{webhook_id}"


def stream_of(workflow_id: str) -> str:
    """The ledger stream that a workflow looks after: its own id."""
    return workflow_id
