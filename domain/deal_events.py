"""What can have happened to a deal, apart from its follow-ups."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.event import Happened


class FieldFact(BaseModel):
    """What the ledger may know of a custom field: never the text of a text field.

    `count` is the number of entries of a list, or 1; `value` is the plain form of money,
    dates, numbers and ids, and None for texts, which live in an erasable table.
    """

    model_config = ConfigDict(frozen=True)

    filled: bool
    count: int = 0
    value: str | None = None


class Described(Happened):
    """Details of a deal that are no texts; the title and other texts are kept outside."""

    amount: Decimal | None = None
    currency: str | None = None
    product: str | None = None
    source: str | None = None
    expected_close: date | None = None
    fields: dict[str, FieldFact] = {}


class DealOpened(Described):
    """A deal began, pinned to versions of its playbook's parts."""

    kind: Literal["deal_opened"] = "deal_opened"
    playbook: str
    pins: dict[str, int]
    imported_from: str | None = None


class StageEntered(Happened):
    """The deal stands in a stage now; `how` says by which door."""

    kind: Literal["stage_entered"] = "stage_entered"
    stage: str
    came_from: str | None = None
    how: Literal["opened", "advanced", "moved_back", "won", "reopened", "imported"] = "advanced"


class GateOverridden(Happened):
    """A person passed a closed gate; why is in the note."""

    kind: Literal["gate_overridden"] = "gate_overridden"
    stage: str
    unmet: list[str]
    note_id: str | None = None


class GateDebtRecorded(Happened):
    """An import put the deal behind a gate that it had not met; due at the next advance."""

    kind: Literal["gate_debt_recorded"] = "gate_debt_recorded"
    stage: str
    unmet: list[str]


class DetailsChanged(Described):
    """Details changed; `changed` names them, values are here unless they are texts."""

    kind: Literal["details_changed"] = "details_changed"
    changed: list[str]


class AccountSet(Happened):
    """The deal belongs to an account."""

    kind: Literal["account_set"] = "account_set"
    account_id: str


class ContactLinked(Happened):
    """A person on the other side takes part in the deal."""

    kind: Literal["contact_linked"] = "contact_linked"
    contact_id: str
    role: str


class OwnerAssigned(Happened):
    """Somebody of ours answers for the deal now."""

    kind: Literal["owner_assigned"] = "owner_assigned"
    owner_id: str
    because: str | None = None


class WorkTransferred(Happened):
    """Everything of one person in the deal is another's now: the deal, open tasks, promises."""

    kind: Literal["work_transferred"] = "work_transferred"
    from_id: str
    to_id: str


class ActivityLogged(Happened):
    """Somebody did something about the deal: a call, a meeting, a note, a demo …"""

    kind: Literal["activity_logged"] = "activity_logged"
    activity: str
    contact_id: str | None = None
    note_id: str | None = None


class ReplyRecorded(Happened):
    """The other side answered, on any channel."""

    kind: Literal["reply_recorded"] = "reply_recorded"
    channel: str
    contact_id: str | None = None
    note_id: str | None = None


class AbsenceNoted(Happened):
    """A machine answered that the contact is away, perhaps saying until when."""

    kind: Literal["absence_noted"] = "absence_noted"
    contact_id: str | None = None
    back_at: datetime | None = None


class PromiseMade(Happened):
    """Somebody of ours promised something until a moment; what is in the note."""

    kind: Literal["promise_made"] = "promise_made"
    promise_id: str
    owner_id: str | None = None
    due_at: datetime
    note_id: str | None = None


class PromiseKept(Happened):
    """A promise was kept."""

    kind: Literal["promise_kept"] = "promise_kept"
    promise_id: str


class PromiseReminded(Happened):
    """The owner of a promise was reminded before its date."""

    kind: Literal["promise_reminded"] = "promise_reminded"
    promise_id: str


class PromiseOverdue(Happened):
    """A promise passed its date unkept."""

    kind: Literal["promise_overdue"] = "promise_overdue"
    promise_id: str


class WaitAgreed(Happened):
    """Silence is agreed until a moment: no stagnation before it."""

    kind: Literal["wait_agreed"] = "wait_agreed"
    until: datetime
    note_id: str | None = None


class WaitOver(Happened):
    """The agreed wait has ended, by its date or by a person."""

    kind: Literal["wait_over"] = "wait_over"
    overdue: bool


class DealPaused(Happened):
    """No touch goes out until the deal is resumed."""

    kind: Literal["deal_paused"] = "deal_paused"
    until: datetime | None = None
    note_id: str | None = None


class DealResumed(Happened):
    """Touches may go out again; what the pause swallowed is missed, never a burst."""

    kind: Literal["deal_resumed"] = "deal_resumed"


class DealWon(Happened):
    """The other side bought."""

    kind: Literal["deal_won"] = "deal_won"
    reason: str | None = None
    note_id: str | None = None


class DealLost(Happened):
    """The deal ended without a sale, for a reason that the playbook declares."""

    kind: Literal["deal_lost"] = "deal_lost"
    reason: str
    note_id: str | None = None


class DealReopened(Happened):
    """A closed deal lives again."""

    kind: Literal["deal_reopened"] = "deal_reopened"
    note_id: str | None = None


class StagnationFlagged(Happened):
    """The deal has gone quiet past a limit. `silent` flags tell nobody (imports)."""

    kind: Literal["stagnation_flagged"] = "stagnation_flagged"
    reason: Literal["in_stage", "silence", "our_turn", "decide_within", "wait_overdue"]
    since: datetime
    limit: str
    rule: str
    silent: bool = False


class StagnationCleared(Happened):
    """Real activity, or the close of the deal, ended the stagnation."""

    kind: Literal["stagnation_cleared"] = "stagnation_cleared"
    by: str
    reasons: list[str]


class Escalated(Happened):
    """A further rung of the stagnation ladder was climbed."""

    kind: Literal["escalated"] = "escalated"
    rung: int
    what: str


class AttentionRaised(Happened):
    """A fault of ours stopped something: mail waits until a person has looked."""

    kind: Literal["attention_raised"] = "attention_raised"
    reason: str


class AttentionCleared(Happened):
    """A person has looked; mail may go again."""

    kind: Literal["attention_cleared"] = "attention_cleared"
