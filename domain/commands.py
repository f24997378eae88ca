"""What may be asked of a deal. Imperatives; texts in them never reach an event."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
)

from domain.plain import shows

FIRST: Final = datetime(1900, 1, 1, tzinfo=UTC)
BEYOND: Final = datetime(2200, 1, 1, tzinfo=UTC)


def _within_reach(moment: datetime) -> datetime:
    if not FIRST <= moment < BEYOND:
        raise ValueError("write a moment from the year 1900 to 2199")
    return moment


def _tidy(text: str) -> str:
    if not shows(text):
        raise ValueError("there is nothing in it that can be seen")
    return " ".join(text.split())


Word = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[\w.@:+-]+$")]
Line = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(_tidy),
]
"""One line; breaks and further blanks become one blank."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
Amount = Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
When = Annotated[AwareDatetime, AfterValidator(_within_reach)]
"""A moment that can be told in every zone, and from which days can be counted either way."""

FieldInput = str | Decimal | bool | list[str] | list[Decimal]


class Asked(BaseModel):
    """One thing asked of a deal. Unknown keys are refused: a typing error is not a wish.

    With `if_version` it is refused unless the deal still stands at that version.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    if_version: Annotated[int, Field(ge=0)] | None = None


class Party(BaseModel):
    """A contact and its part in a deal."""

    model_config = ConfigDict(frozen=True)

    contact_id: Word
    role: Word = "primary"


class Details(Asked):
    """What can be said of a deal at its opening and changed later."""

    title: Line | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    product: Line | None = None
    source: Line | None = None
    expected_close: date | None = None
    fields: dict[Word, FieldInput] = {}


class OpenDeal(Details):
    """Begin a deal; enrolls it in its first stage's cadence unless told not to."""

    kind: Literal["open_deal"] = "open_deal"
    title: Line
    playbook: Word
    stage: Line | None = None
    contacts: list[Party] = []
    account_id: Word | None = None
    owner_id: Word | None = None
    wrote_on: When | None = None
    enroll: bool = True


class ImportDeal(Details):
    """Take over a deal from elsewhere with the dates and the stage that it has there."""

    kind: Literal["import_deal"] = "import_deal"
    title: Line
    playbook: Word
    stage: Line
    status: Literal["open", "won", "lost"] = "open"
    lost_reason: Word | None = None
    source_name: Word
    opened_at: AwareDatetime
    stage_entered_at: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    contacts: list[Party] = []
    account_id: Word | None = None
    owner_id: Word | None = None
    enroll: bool = False


class AdvanceDeal(Asked):
    """Move on to a later stage, through every gate on the way."""

    kind: Literal["advance_deal"] = "advance_deal"
    stage: Line
    override: Text | None = None


class MoveBackDeal(Asked):
    """Move back to an earlier stage."""

    kind: Literal["move_back_deal"] = "move_back_deal"
    stage: Line


class ChangeDetails(Details):
    """Say more, or something else, about the deal."""

    kind: Literal["change_details"] = "change_details"


class LinkContact(Asked):
    """Add a person of the other side."""

    kind: Literal["link_contact"] = "link_contact"
    contact_id: Word
    role: Word = "primary"


class SetAccount(Asked):
    """Say which company the deal belongs to."""

    kind: Literal["set_account"] = "set_account"
    account_id: Word


class AssignOwner(Asked):
    """Say who answers for the deal."""

    kind: Literal["assign_owner"] = "assign_owner"
    owner_id: Word


class TransferWork(Asked):
    """Give everything of one person in the deal to another: the deal, open tasks, promises."""

    kind: Literal["transfer_work"] = "transfer_work"
    from_id: Word
    to_id: Word


class LogActivity(Asked):
    """Record what somebody did: a call, a meeting, a note, a demo, a proposal sent, a mail."""

    kind: Literal["log_activity"] = "log_activity"
    activity: Word
    contact_id: Word | None = None
    at: When | None = None
    note: Text | None = None


class RecordReply(Asked):
    """The other side answered on a channel; stops what runs and starts *our turn*."""

    kind: Literal["record_reply"] = "record_reply"
    channel: Word = "email"
    contact_id: Word | None = None
    at: When | None = None
    note: Text | None = None


class NoteAbsence(Asked):
    """A machine answered that the contact is away, perhaps until a moment."""

    kind: Literal["note_absence"] = "note_absence"
    contact_id: Word | None = None
    back_at: When | None = None


class MakePromise(Asked):
    """Promise something to the other side until a moment."""

    kind: Literal["make_promise"] = "make_promise"
    due_at: When
    owner_id: Word | None = None
    what: Text


class KeepPromise(Asked):
    """Say that a promise was kept."""

    kind: Literal["keep_promise"] = "keep_promise"
    promise_id: Word


class AgreeWait(Asked):
    """Agree on silence until a moment ("call me in March")."""

    kind: Literal["agree_wait"] = "agree_wait"
    until: When
    note: Text | None = None


class PauseDeal(Asked):
    """Hold back every touch, until a moment or until resumed."""

    kind: Literal["pause_deal"] = "pause_deal"
    until: When | None = None
    note: Text | None = None


class ResumeDeal(Asked):
    """Let touches go again."""

    kind: Literal["resume_deal"] = "resume_deal"


class WinDeal(Asked):
    """The other side bought: starts the welcome and hands over."""

    kind: Literal["win_deal"] = "win_deal"
    reason: Line | None = None
    override: Text | None = None
    closed_at: AwareDatetime | None = None


class LoseDeal(Asked):
    """No sale, for a declared reason, which says what follows."""

    kind: Literal["lose_deal"] = "lose_deal"
    reason: Word
    note: Text | None = None
    closed_at: AwareDatetime | None = None


class ReopenDeal(Asked):
    """Take a closed deal up again, in the stage it had or another."""

    kind: Literal["reopen_deal"] = "reopen_deal"
    stage: Line | None = None
    note: Text | None = None


class FinishTask(Asked):
    """Say that a task is done; for a draft: approve it."""

    kind: Literal["finish_task"] = "finish_task"
    task_id: Word


class DropTask(Asked):
    """Take a task off the list; for a draft: do not send it."""

    kind: Literal["drop_task"] = "drop_task"
    task_id: Word


class EnrollDeal(Asked):
    """Start a cadence of the playbook on the deal by hand."""

    kind: Literal["enroll_deal"] = "enroll_deal"
    cadence: Word


class StopEnrollments(Asked):
    """Stop what runs: of one contact, of one sequence, or all."""

    kind: Literal["stop_enrollments"] = "stop_enrollments"
    reason: Word
    contact_id: Word | None = None
    part: Word | None = None


class SeeEvent(Asked):
    """Something happened to the contact that a sequence may wait for or stop on."""

    kind: Literal["see_event"] = "see_event"
    name: Word
    contact_id: Word


class RaiseAttention(Asked):
    """Flag the deal for a person and hold its mail."""

    kind: Literal["raise_attention"] = "raise_attention"
    reason: Line


class ClearAttention(Asked):
    """Say that the fault was looked at; mail may go again."""

    kind: Literal["clear_attention"] = "clear_attention"


AnyCommand = (
    OpenDeal
    | ImportDeal
    | AdvanceDeal
    | MoveBackDeal
    | ChangeDetails
    | LinkContact
    | SetAccount
    | AssignOwner
    | TransferWork
    | LogActivity
    | RecordReply
    | NoteAbsence
    | MakePromise
    | KeepPromise
    | AgreeWait
    | PauseDeal
    | ResumeDeal
    | WinDeal
    | LoseDeal
    | ReopenDeal
    | FinishTask
    | DropTask
    | EnrollDeal
    | StopEnrollments
    | SeeEvent
    | RaiseAttention
    | ClearAttention
)
Command = Annotated[AnyCommand, Field(discriminator="kind")]

_ADAPTER: TypeAdapter[Any] = TypeAdapter(Command)


def parse(data: dict[str, Any]) -> AnyCommand:
    """The command in `data`. Raises pydantic's ValidationError when it is none."""
    command: AnyCommand = _ADAPTER.validate_python(data)
    return command
