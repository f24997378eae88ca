"""What every long-lived workflow of the house has in common: options, labels, rolling over."""

from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import (
    RetryPolicy,
    SearchAttributeKey,
    SearchAttributePair,
    SearchAttributeUpdate,
    TypedSearchAttributes,
)
from temporalio.exceptions import ActivityError, ApplicationError, TimeoutError

with workflow.unsafe.imports_passed_through():
    from activities.contract import (
        APPLY,
        MAIL_QUEUE,
        PERFORM,
        Fault,
        Label,
        NextWake,
        Receipt,
        Submit,
        Wake,
    )

STAGE = SearchAttributeKey.for_keyword("SluiceStage")
OWNER = SearchAttributeKey.for_keyword("SluiceOwner")
PLAYBOOK = SearchAttributeKey.for_keyword("SluicePlaybook")
STAGNANT = SearchAttributeKey.for_bool("SluiceStagnant")

EVENTS_MAX = 400
"""A run rolls over at this many events, or when the server suggests it."""

EVENTS_BEFORE_LONG_SLEEP = 200
LONG_SLEEP = timedelta(days=7)
"""Before a sleep this long a run with more than that many events rolls over as well: a forgotten
run is replayed whole when it wakes, and whoever sent the command waits for that."""

PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=1),
)
"""A database or a server that is down is tried again, for ever."""

ONCE = RetryPolicy(maximum_attempts=1)

QUICK = timedelta(seconds=5)
"""How long a command may take inside a workflow task; a database that is slow or down gets a
task of its own, which is tried again for ever."""

APPLIED_WITHIN = timedelta(seconds=30)
PERFORMED_WITHIN = timedelta(hours=1)
LOST_AFTER = timedelta(seconds=30)
"""An attempt that was not heard of for so long counts as gone."""


async def apply(submit: Submit) -> Receipt:
    """Have a command applied; in the same workflow task if the database is well.

    Never two at once in one workflow: results of local activities that run side by side may
    come in another order at a replay. Raises ActivityError for a fault of ours.
    """
    summary = f"command {submit.command_id[:12]}"
    receipt: Receipt
    try:
        receipt = await workflow.execute_local_activity(
            APPLY,
            submit,
            result_type=Receipt,
            schedule_to_close_timeout=QUICK,
            retry_policy=ONCE,
            summary=summary,
        )
    except (ActivityError, TimeoutError) as error:
        # What took too long is an ActivityError at first, and a bare TimeoutError at a replay.
        cause = error.cause
        if isinstance(cause, ApplicationError) and cause.type == Fault.APPLY:
            raise
    else:
        return receipt
    receipt = await workflow.execute_activity(
        APPLY,
        submit,
        result_type=Receipt,
        start_to_close_timeout=APPLIED_WITHIN,
        retry_policy=PATIENT,
        summary=summary,
    )
    return receipt


async def perform(stream: str, summary: str) -> NextWake:
    """Have what is due for the stream performed, however often that has to be tried."""
    done: NextWake = await workflow.execute_activity(
        PERFORM,
        Wake(stream=stream),
        result_type=NextWake,
        task_queue=MAIL_QUEUE,
        start_to_close_timeout=PERFORMED_WITHIN,
        heartbeat_timeout=LOST_AFTER,
        retry_policy=PATIENT,
        summary=summary,
    )
    return done


def has_grown() -> bool:
    """Whether this run is so long that it begins a new one whatever it waits for."""
    info = workflow.info()
    return info.is_continue_as_new_suggested() or info.get_current_history_length() >= EVENTS_MAX


def should_roll_over(next_wake: datetime | None) -> bool:
    """Whether this run has grown long enough to begin a new one, given what it waits for."""
    far = next_wake is not None and next_wake - workflow.now() > LONG_SLEEP
    length = workflow.info().get_current_history_length()
    return has_grown() or (far and length > EVENTS_BEFORE_LONG_SLEEP)


def show(label: Label, shown: Label | None) -> None:
    """Let an admin of Temporal read where things stand; attributes only when they changed."""
    workflow.set_current_details(label.details)
    known = list(filters_of(shown)) if shown is not None else []
    changed: list[SearchAttributeUpdate[Any]] = [
        pair.key.value_set(pair.value) for pair in filters_of(label) if pair not in known
    ]
    if changed:
        workflow.upsert_search_attributes(changed)


def filters_of(label: Label) -> TypedSearchAttributes:
    """What an admin filters by; a workflow that starts with them need not be told."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(STAGE, label.stage),
            SearchAttributePair(OWNER, label.owner),
            SearchAttributePair(PLAYBOOK, label.playbook),
            SearchAttributePair(STAGNANT, label.stagnant),
        ]
    )
