"""Deals, asked: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Any, Literal, NotRequired, TypedDict


class AdvanceDeal(TypedDict):
    """Move on to a later stage, through every gate on the way."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["advance_deal"]]
    stage: str
    override: NotRequired["str | None"]


class AgreeWait(TypedDict):
    """Agree on silence until a moment ("call me in March")."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["agree_wait"]]
    until: str
    note: NotRequired["str | None"]


class AssignOwner(TypedDict):
    """Say who answers for the deal."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["assign_owner"]]
    owner_id: str


class Bulk(TypedDict):
    """Up to 500 things to ask."""

    commands: "list[dict[str, Any]]"


class ChangeDetails(TypedDict):
    """Say more, or something else, about the deal."""

    if_version: NotRequired["int | None"]
    title: NotRequired["str | None"]
    amount: NotRequired["float | str | None"]
    currency: NotRequired["str | None"]
    product: NotRequired["str | None"]
    source: NotRequired["str | None"]
    expected_close: NotRequired["str | None"]
    fields: NotRequired["dict[str, Any]"]
    kind: NotRequired[Literal["change_details"]]


class ClearAttention(TypedDict):
    """Say that the fault was looked at; mail may go again."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["clear_attention"]]


class EnrollDeal(TypedDict):
    """Start a cadence of the playbook on the deal by hand."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["enroll_deal"]]
    cadence: str


class KeepPromise(TypedDict):
    """Say that a promise was kept."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["keep_promise"]]
    promise_id: str


class LinkContact(TypedDict):
    """Add a person of the other side."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["link_contact"]]
    contact_id: str
    role: NotRequired[str]


class LogActivity(TypedDict):
    """Record what somebody did: a call, a meeting, a note, a demo, a proposal sent, a mail."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["log_activity"]]
    activity: str
    contact_id: NotRequired["str | None"]
    at: NotRequired["str | None"]
    note: NotRequired["str | None"]


class LoseDeal(TypedDict):
    """No sale, for a declared reason, which says what follows."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["lose_deal"]]
    reason: str
    note: NotRequired["str | None"]
    closed_at: NotRequired["str | None"]


class MakePromise(TypedDict):
    """Promise something to the other side until a moment."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["make_promise"]]
    due_at: str
    owner_id: NotRequired["str | None"]
    what: str


class MoveBackDeal(TypedDict):
    """Move back to an earlier stage."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["move_back_deal"]]
    stage: str


class NoteAbsence(TypedDict):
    """A machine answered that the contact is away, perhaps until a moment."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["note_absence"]]
    contact_id: NotRequired["str | None"]
    back_at: NotRequired["str | None"]


class Opening(TypedDict):
    """A deal that is to be opened, in the words of a door."""

    title: str
    contacts: NotRequired[list[str]]
    playbook: NotRequired["str | None"]
    stage: NotRequired["str | None"]
    amount: NotRequired["float | str | None"]
    currency: NotRequired["str | None"]
    product: NotRequired["str | None"]
    source: NotRequired["str | None"]
    expected_close: NotRequired["str | None"]
    fields: NotRequired[dict[str, str | float | bool | list[str] | list[float | str]]]
    account: NotRequired["str | None"]
    owner: NotRequired["str | None"]
    wrote_on: NotRequired["str | None"]
    enroll: NotRequired[bool]


class PauseDeal(TypedDict):
    """Hold back every touch, until a moment or until resumed."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["pause_deal"]]
    until: NotRequired["str | None"]
    note: NotRequired["str | None"]


class RecordReply(TypedDict):
    """The other side answered on a channel; stops what runs and starts *our turn*."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["record_reply"]]
    channel: NotRequired[str]
    contact_id: NotRequired["str | None"]
    at: NotRequired["str | None"]
    note: NotRequired["str | None"]


class ReopenDeal(TypedDict):
    """Take a closed deal up again, in the stage it had or another."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["reopen_deal"]]
    stage: NotRequired["str | None"]
    note: NotRequired["str | None"]


class ResumeDeal(TypedDict):
    """Let touches go again."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["resume_deal"]]


class SetAccount(TypedDict):
    """Say which company the deal belongs to."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["set_account"]]
    account_id: str


class StopByHand(TypedDict):
    """Stop what runs: of one contact, of one sequence (`part`), or all."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["stop_enrollments"]]
    reason: NotRequired[Literal["by_hand"]]
    contact_id: NotRequired["str | None"]
    part: NotRequired["str | None"]


class TransferWork(TypedDict):
    """Give everything of one person in the deal to another: the deal, open tasks, promises."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["transfer_work"]]
    from_id: str
    to_id: str


class WinDeal(TypedDict):
    """The other side bought: starts the welcome and hands over."""

    if_version: NotRequired["int | None"]
    kind: NotRequired[Literal["win_deal"]]
    reason: NotRequired["str | None"]
    override: NotRequired["str | None"]
    closed_at: NotRequired["str | None"]
