"""What every long-lived workflow of the house has in common: options, labels, rolling over."""

from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey, SearchAttributeUpdate

with workflow.unsafe.imports_passed_through():
    from activities.contract import Fault, Label

STAGE = SearchAttributeKey.for_keyword("SluiceStage")
OWNER = SearchAttributeKey.for_keyword("SluiceOwner")
PLAYBOOK = SearchAttributeKey.for_keyword("SluicePlaybook")
STAGNANT = SearchAttributeKey.for_bool("SluiceStagnant")

EVENTS_MAX = 400
"""A run rolls over at this many events, or when the server suggests it."""

EVENTS_BEFORE_LONG_SLEEP = 30
LONG_SLEEP = timedelta(days=7)
"""Before a sleep this long a run with more than that many events rolls over as well."""

PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=1),
    non_retryable_error_types=[Fault.APPLY, Fault.PERFORM],
)
"""A database or a server that is down is tried again, for ever."""


def should_roll_over(next_wake: datetime | None) -> bool:
    """Whether this run has grown long enough to begin a new one."""
    info = workflow.info()
    length = info.get_current_history_length()
    if info.is_continue_as_new_suggested() or length >= EVENTS_MAX:
        return True
    far = next_wake is not None and next_wake - workflow.now() > LONG_SLEEP
    return far and length > EVENTS_BEFORE_LONG_SLEEP


def show(label: Label, shown: Label | None) -> None:
    """Let an admin of Temporal read where things stand; attributes only when they changed."""
    workflow.set_current_details(label.details)
    if shown is not None and _filters(label) == _filters(shown):
        return
    updates: list[SearchAttributeUpdate[Any]] = [PLAYBOOK.value_set(label.playbook)]
    updates += [STAGE.value_set(label.stage), OWNER.value_set(label.owner)]
    updates += [STAGNANT.value_set(label.stagnant)]
    workflow.upsert_search_attributes(updates)


def _filters(label: Label) -> tuple[str, str, str, bool]:
    return label.stage, label.owner, label.playbook, label.stagnant
