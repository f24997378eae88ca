"""The reference deal, lived through with time skipping: what our figures are measured on."""

from collections import Counter
from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus, WorkflowHistory

from domain import commands as c
from tests.support.household import ROOT
from tests.support.living import Skipping

PLAYBOOK = ROOT / "tests" / "data" / "reference.yaml"

SKIPPING = ("WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED", "WORKFLOW_EXECUTION_OPTIONS_UPDATED")


@dataclass(frozen=True)
class Cost:
    """What a deal's life cost: `actions` as a hosted service would count them."""

    events: int
    actions: int
    size: int
    runs: int
    kinds: dict[str, int]


def cost_of(histories: list[WorkflowHistory]) -> Cost:
    """Count events, bytes and actions of all runs.

    Actions: a start, a timer, an update, a signal, an activity, a workflow task with local
    activities, an upsert of search attributes (not those set at the start). What only the
    skipping of time wrote does not count.
    """
    events = [
        (EventType.Name(event.event_type).removeprefix("EVENT_TYPE_"), event.ByteSize())
        for history in histories
        for event in history.events
    ]
    lived = [(kind, size) for kind, size in events if kind not in SKIPPING]
    kinds = Counter(kind for kind, _ in lived)
    billed = (
        "WORKFLOW_EXECUTION_STARTED",
        "TIMER_STARTED",
        "WORKFLOW_EXECUTION_UPDATE_ACCEPTED",
        "WORKFLOW_EXECUTION_SIGNALED",
        "ACTIVITY_TASK_SCHEDULED",
        "MARKER_RECORDED",
        "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES",
    )
    return Cost(
        events=sum(kinds.values()),
        actions=sum(kinds[name] for name in billed),
        size=sum(size for _, size in lived),
        runs=len(histories),
        kinds=dict(kinds),
    )


async def live(house: Skipping) -> str:
    """Open, follow up, advance four times, win, welcome; give the deal's id."""
    deal = await house.open("reference", playbook="reference")
    await house.pass_(deal, days=18)
    for stage, days in (("contact", 3), ("need", 11), ("proposal", 14), ("terms", 3)):
        await house.ask(c.AdvanceDeal(stage=stage), deal, f"to-{stage}")
        await house.pass_(deal, days=days)
    await house.ask(c.WinDeal(), deal, "win")
    # In small steps: one that reaches over a new run would jump past what is due in it.
    while (await house.handle(deal).describe()).status == WorkflowExecutionStatus.RUNNING:
        await house.pass_(deal, days=1)
    return deal
