"""The desk: where a command is taken in, sent to its deal's workflow, and answered."""

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.applying import TAKEN_BACK, apply_command, command_facts
from activities.contract import HOUSE_QUEUE, Fault, Label, Receipt, Submit, deal_workflow_id
from activities.labels import label_of
from domain import commands as c
from domain.deal import Deal
from domain.decisions import decide
from domain.evolution import moved_on
from domain.ids import deal_id_for, digest
from domain.refusal import Malformed, NotFound, Refused
from operations.house import EngineUnreachable, House
from operations.logbook import enter_refusal, remembering
from store import commands, deals, nudges
from store.commands import Kept
from store.errors import CommandReused, Unreachable
from workflows.deal import DealStart, DealWorkflow
from workflows.steady import filters_of

PATIENCE = timedelta(seconds=10)
"""How long a caller waits before the answer is "accepted, not yet recorded"."""

RETRIES = 5


class NotYetRecorded(Exception):
    """The command is accepted and will be recorded; its receipt can be asked for by its id."""

    def __init__(self, command_id: str, deal_id: str) -> None:
        super().__init__(f"accepted, not yet recorded: {command_id}")
        self.command_id = command_id
        self.deal_id = deal_id


class ApplyFailed(Exception):
    """A fault of ours while applying the command; the deal is flagged for attention.

    The command stays kept: it goes once the fault is mended, by itself or when it is repeated.
    """

    def __init__(self, command_id: str, reason: str) -> None:
        super().__init__(reason)
        self.command_id = command_id
        self.reason = reason


def new_command_id() -> str:
    """An id for a command that its caller did not name."""
    return uuid4().hex


async def submit(
    house: House,
    command: c.AnyCommand,
    *,
    actor: str,
    deal_id: str | None = None,
    command_id: str | None = None,
    words: str | None = None,
) -> Receipt:
    """Take in a command and wait for what becomes of it.

    Opening commands make their deal's id from the command id, so a repeat opens nothing twice.
    `words` names what was asked where the command says more than that; a repeat is known by it.
    Raises Refused (NotFound), Malformed for a reused id, EngineUnreachable when nothing was
    accepted, NotYetRecorded when it was and will be recorded, and ApplyFailed.
    """
    command_id = command_id or new_command_id()
    deal_id = deal_id or deal_id_for(command_id)
    kept = kept_command(house, command, actor, deal_id, command_id, words)
    taken = await asyncio.to_thread(_take_in, house, command, deal_id, kept)
    if isinstance(taken, Receipt):
        return _answer(taken)
    submit = Submit(deal_id=deal_id, command_id=command_id)
    try:
        return _answer(await _sent(house, submit, taken.label))
    except EngineUnreachable:
        receipt = await asyncio.to_thread(_turned_away, house, submit, taken.fresh)
        if receipt is None:
            raise
        return _answer(receipt)


async def report_fact(
    house: House,
    command: c.AnyCommand,
    *,
    actor: str,
    deal_id: str,
    command_id: str | None = None,
) -> Receipt:
    """Record a stop fact at once, without Temporal; its workflow is told afterwards.

    For what may not wait: replies, bounces, absences. Raises Refused, EngineUnreachable.
    """
    command_id = command_id or new_command_id()

    def record() -> Receipt:
        with reaching("the database"):
            with house.store.write() as tx:
                commands.keep(tx, kept_command(house, command, actor, deal_id, command_id))
            receipt = apply_command(house.store, house.time, command_id)
            with house.store.write() as tx:
                nudges.add(tx, [deal_workflow_id(deal_id)], command.kind, house.time.wall())
        return receipt

    return _answer(await asyncio.to_thread(record))


@dataclass(frozen=True)
class _Taken:
    """A command that is kept: how its deal will be shown, and whether it was kept just now."""

    label: Label
    fresh: bool


def answered(house: House, command_id: str, words: str) -> Receipt | None:
    """The answer of a command that was asked in these words before; None where it has none.

    Raises Refused as the command did, and Malformed for an id that was used for something else.
    """
    with reaching("the database"), house.store.read() as tx:
        known = commands.load(tx, command_id)
        if known is not None and known.fingerprint != words:
            raise CommandReused(command_id)
    if known is None or known.receipt is None:
        return None
    return _answer(Receipt.model_validate(known.receipt))


def _take_in(house: House, command: c.AnyCommand, deal_id: str, asked: Kept) -> Receipt | _Taken:
    """Keep the command; a plain refusal ends here, without a workflow task.

    Gives the receipt of a command that has one.
    """
    label, its_id, who = Label(), asked.command_id, asked.actor
    refusals = remembering(house, command.kind, actor=who, stream=asked.stream, command_id=its_id)
    with reaching("the database"):
        with house.store.read() as tx, refusals:
            known = commands.load(tx, its_id)
            if known is None:
                deal = deals.load(tx, deal_id) or Deal(deal_id=deal_id)
                facts = command_facts(tx, house.time, deal, command)
                label = label_of(moved_on(deal, decide(command, deal, facts, its_id)), facts)
        with house.store.write() as tx:
            kept = commands.keep(tx, asked)
    if kept.receipt is not None:
        return Receipt.model_validate(kept.receipt)
    return _Taken(label, fresh=known is None)


def _turned_away(house: House, submit: Submit, fresh: bool) -> Receipt | None:
    """Temporal cannot be reached: what was kept just now is taken back, nothing was accepted.

    None then, and the receipt where a worker was quicker. Raises NotYetRecorded for what was
    accepted by an earlier call, or cannot be taken back because the database went as well: the
    audit will have it applied.
    """
    waits = NotYetRecorded(submit.command_id, submit.deal_id)
    if not fresh:
        raise waits
    try:
        with house.store.write() as tx:
            if commands.take_back(tx, submit.command_id):
                return None
            receipt = commands.receipt(tx, submit.command_id)
    except Unreachable:
        raise waits from None
    return Receipt.model_validate(receipt) if receipt is not None else None


def kept_command(
    house: House,
    command: c.AnyCommand,
    actor: str,
    deal_id: str,
    command_id: str,
    words: str | None = None,
) -> Kept:
    """A command of a deal in the form in which the store keeps it until it is applied."""
    body: dict[str, Any] = command.model_dump(mode="json", exclude_unset=True)
    body["kind"] = command.kind
    return Kept(
        command_id=command_id,
        stream=deal_workflow_id(deal_id),
        kind=command.kind,
        actor=actor,
        fingerprint=words or digest(json.dumps(body, sort_keys=True)),
        kept_at=house.time.wall(),
        body=body,
    )


async def _sent(house: House, submit: Submit, label: Label) -> Receipt:
    client = await house.temporal()
    update_id = submit.command_id
    for attempt in range(RETRIES):
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                receipt = await _update(client, submit, label, update_id)
            if receipt.code != TAKEN_BACK:
                return receipt
            # An earlier call, which was turned away, did arrive: its update had nothing to apply.
            update_id = new_command_id()
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            raise NotYetRecorded(submit.command_id, submit.deal_id) from None
        except WorkflowUpdateFailedError as error:
            _raise_unless_passing(error, submit)
        except RPCError as error:
            # Not found: the run ended meanwhile. What passes by itself the client tried again.
            if error.status != RPCStatusCode.NOT_FOUND or attempt == RETRIES - 1:
                raise EngineUnreachable("Temporal", error.status.name) from error
        await asyncio.sleep(0.1 * 2**attempt)
    raise NotYetRecorded(submit.command_id, submit.deal_id)


async def _update(client: Client, submit: Submit, label: Label, update_id: str) -> Receipt:
    start: WithStartWorkflowOperation[DealWorkflow, None] = WithStartWorkflowOperation(
        DealWorkflow.run,
        DealStart(deal_id=submit.deal_id, label=label),
        search_attributes=filters_of(label),
        id=deal_workflow_id(submit.deal_id),
        task_queue=HOUSE_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary="a deal",
    )
    # The decorator's form with a description hides from the type checker that it is awaited.
    receipt: Receipt = await client.execute_update_with_start_workflow(
        DealWorkflow.submit,  # type: ignore[arg-type]
        submit,
        start_workflow_operation=start,
        id=update_id,
    )
    return receipt


def _raise_unless_passing(error: WorkflowUpdateFailedError, submit: Submit) -> None:
    """A run that ended or is busy is tried again; a fault of ours is told."""
    cause: BaseException | None = error.cause
    while cause is not None and not isinstance(cause, ApplicationError):
        cause = cause.__cause__
    kind = cause.type if isinstance(cause, ApplicationError) else None
    if kind == Fault.APPLY:
        raise ApplyFailed(submit.command_id, str(cause)) from error
    if kind not in (None, "Busy", "AcceptedUpdateCompletedWorkflow"):
        raise ApplyFailed(submit.command_id, f"{kind}") from error


def _answer(receipt: Receipt) -> Receipt:
    if receipt.status == "refused":
        if receipt.code == "not_found":
            raise NotFound(receipt.message or "not found", receipt.where)
        raise Refused(receipt.code or "refused", receipt.message or "refused", receipt.where)
    return receipt


class reaching:  # noqa: N801  (reads as a word: with reaching("the database"))
    """Turn a store that is unreachable, or an id used twice, into what doors understand.

    It stands outside of transactions: what is refused in one is entered into the audit log here.
    """

    def __init__(self, engine: str) -> None:
        self.engine = engine

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Refused):
            enter_refusal(error)
        if isinstance(error, Unreachable):
            raise EngineUnreachable(self.engine, error.reason) from error
        if isinstance(error, CommandReused):
            told = f"the command id {error.command_id} was used for something else"
            raise Malformed(told, "command_id") from error
