"""Deals: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Any, Literal, NotRequired, TypedDict


class Answered(TypedDict):
    """What became of one: its status, and what was told, why not, or where to ask later."""

    status: int
    told: NotRequired["Told | None"]
    problem: NotRequired["Problem | None"]
    waiting: NotRequired["Waiting | None"]


class Axis(TypedDict):
    """The life of a deal, the oldest first; `earlier` entries before the first are left out."""

    deal_id: str
    version: int
    now: str
    as_of: NotRequired["str | None"]
    known: NotRequired[bool]
    earlier: NotRequired[int]
    entries: "list[Entry]"


class BulkAnswer(TypedDict):
    """The answers, in the order of what was asked."""

    answers: "list[Answered]"


class Coming(TypedDict):
    """What comes next for a deal; empty when nothing will happen by itself."""

    deal_id: str
    version: int
    next: "list[Upcoming]"
    nothing: NotRequired["str | None"]
    as_of: NotRequired["str | None"]


class DealHistory(TypedDict):
    """Events of a deal, oldest first; `next` is the version to go on behind."""

    events: "list[Line]"
    next: "int | None"


class DealList(TypedDict):
    """One page of deals, last changed first; `owners` names their ids, `next` is a cursor."""

    deals: "list[DealRow]"
    owners: dict[str, str]
    next: "str | None"


class DealRow(TypedDict):
    """A deal as lists show it."""

    deal_id: str
    version: int
    playbook: str
    stage: str
    status: str
    lost_reason: "str | None"
    owner_id: "str | None"
    account_id: "str | None"
    amount: "str | None"
    currency: "str | None"
    product: "str | None"
    source: "str | None"
    opened_at: str
    stage_entered_at: str
    updated_at: str
    closed_at: "str | None"
    expected_close: "str | None"
    stagnant: list[str]
    stagnant_since: "str | None"
    paused: bool
    our_turn_since: "str | None"
    attention: "str | None"
    next_due: "str | None"
    armed_until: "str | None"
    title: "str | None"


class DealView(TypedDict):
    """Everything about a deal on one page."""

    deal_id: str
    title: "str | None"
    playbook: str
    stage: str
    status: str
    lost_reason: "str | None"
    paused: bool
    paused_until: "str | None"
    wait_until: "str | None"
    stagnant: list[str]
    attention: "str | None"
    our_turn_since: "str | None"
    version: int
    amount: "str | None"
    currency: "str | None"
    product: "str | None"
    source: "str | None"
    expected_close: "str | None"
    fields: "dict[str, Any]"
    owner: "Named | None"
    account: "Named | None"
    contacts: "list[PartyView]"
    opened_at: "str | None"
    stage_entered_at: "str | None"
    closed_at: "str | None"
    heard_at: "str | None"
    gate_debt: list[str]
    next_gate: "GateView | None"
    prompts: list[str]
    assets: list[str]
    promises: "list[PromiseView]"
    tasks: "list[TaskView]"
    sequences: "list[RunView]"
    next: "list[Upcoming]"
    blind_copy: NotRequired["str | None"]


class Entry(TypedDict):
    """One entry: `place` says on which side of now it stands."""

    place: Literal["past", "now", "ahead"]
    what: Literal["event", "touch", "not_made", "now", "planned", "not_begun"]
    at: "str | None"
    text: str
    kind: str
    status: NotRequired["str | None"]
    step: NotRequired["str | None"]
    part: NotRequired["str | None"]
    why: NotRequired[list[str]]
    would_need: NotRequired["str | None"]
    cause: NotRequired["str | None"]
    rule: NotRequired["str | None"]
    values: NotRequired[dict[str, str]]
    version: NotRequired["int | None"]
    learned_at: NotRequired["str | None"]
    recorded_at: NotRequired["str | None"]
    recorded_late: NotRequired[bool]
    actor: NotRequired["str | None"]
    who: NotRequired["str | None"]
    command_id: NotRequired["str | None"]
    note: NotRequired["str | None"]
    touch_id: NotRequired["str | None"]
    opens: NotRequired["str | None"]
    closes: NotRequired["str | None"]
    expected: NotRequired[bool]
    barred: NotRequired["str | None"]


class Explanation(TypedDict):
    """Why each touch of a deal was made or was not, the past first, then what is to come."""

    deal_id: str
    version: int
    touches: "list[Reason]"
    as_of: NotRequired["str | None"]


class Flaw(TypedDict):
    """One thing that cannot be read, and its place: `body.title`, `query.limit`, `file:3:7`."""

    where: NotRequired["str | None"]
    message: str


class GateView(TypedDict):
    """The next stage and what its gate still wants (empty: it is open)."""

    stage: str
    wants: list[str]


class Line(TypedDict):
    """One event: when it happened and was recorded, who, why, and what in a sentence."""

    version: int
    at: str
    recorded_at: str
    kind: str
    actor: str
    cause: "str | None"
    playbook_version: "str | None"
    text: str
    who: NotRequired[str]
    note: NotRequired["str | None"]
    command_id: NotRequired["str | None"]
    stream: NotRequired[str]


class Named(TypedDict):
    """Somebody or something with an id; the name is None once it was erased."""

    id: str
    name: NotRequired["str | None"]


class PartyView(TypedDict):
    """A contact and its part in the deal."""

    contact_id: str
    role: str
    name: NotRequired["str | None"]
    email: NotRequired["str | None"]


class Preview(TypedDict):
    """What a command would do: its sentences, and what would come next."""

    deal_id: str
    would: list[str]
    next: "list[Upcoming]"


class Problem(TypedDict):
    """A problem document."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: NotRequired["str | None"]
    where: NotRequired["str | None"]
    command_id: NotRequired["str | None"]
    errors: NotRequired["list[Flaw] | None"]


class PromiseView(TypedDict):
    """An open promise of ours."""

    promise_id: str
    due_at: str
    overdue: bool
    what: NotRequired["str | None"]
    owner: NotRequired["Named | None"]


class Reason(TypedDict):
    """One touch that was made, was not, or is to come, and why; what it would need, if not."""

    step: str
    status: str
    at: "str | None"
    why: list[str]
    would_need: NotRequired["str | None"]
    part: NotRequired["str | None"]
    cause: NotRequired["str | None"]
    rule: NotRequired["str | None"]
    values: NotRequired[dict[str, str]]
    actor: NotRequired["str | None"]
    who: NotRequired["str | None"]
    version: NotRequired["int | None"]
    touch_id: NotRequired["str | None"]


class RunView(TypedDict):
    """A cadence or nurture of the deal: where it stands."""

    enrollment_id: str
    sequence: str
    kind: str
    version: int
    status: str
    ended_because: "str | None"
    started_at: str
    touched: int
    step: int
    steps: int
    next_step: "str | None"
    parked_until: NotRequired["str | None"]


class TaskView(TypedDict):
    """An open task of the deal."""

    task_id: str
    verb: str
    name: str
    due_at: str
    role: str
    person: NotRequired["Named | None"]


class Told(TypedDict):
    """What became of a command, and what comes next (further steps are `expected`)."""

    deal_id: str
    version: int
    command_id: str
    stage: str
    status: str
    paused: bool
    stagnant: list[str]
    next: "list[Upcoming]"


class Upcoming(TypedDict):
    """One thing to come: `at` (UTC; None: not before something changes), what, and why."""

    at: "str | None"
    what: str
    why: str
    kind: str
    name: str
    expected: NotRequired[bool]
    barred: NotRequired["str | None"]
    halted: NotRequired["str | None"]
    moved: NotRequired["str | None"]
    opens: NotRequired["str | None"]
    closes: NotRequired["str | None"]
    contact_id: NotRequired["str | None"]
    enrollment_id: NotRequired["str | None"]
    touch_id: NotRequired["str | None"]


class Waiting(TypedDict):
    """Accepted, not yet recorded: what became of it is told under the id, at Location."""

    command_id: str
    deal_id: str
    status: NotRequired[str]
