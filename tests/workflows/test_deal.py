"""A deal's workflow on the real server: commands in, wake-ups, and what an admin sees."""

import asyncio
import threading
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from activities import apply as applying
from activities.contract import Receipt, Submit
from domain import commands as c
from domain.ids import deal_id_for
from domain.refusal import Malformed, Refused
from operations.desk import ApplyFailed, kept_command
from operations.waking import relay_once, wake
from store import commands
from tests.support.living import Manor, eventually
from tests.support.servers import working
from tests.support.sink import Sink
from worker import Options
from workflows import steady
from workflows.deal import DealWorkflow

DONE = WorkflowExecutionStatus.COMPLETED


async def test_opening_starts_the_workflow_and_answers_with_what_was_written(
    living: Manor, sink: Sink
) -> None:
    deal = await living.open("open-1")
    assert deal == deal_id_for("open-1")
    assert living.kinds(deal)[0] == "deal_opened"
    status = await living.status(deal)
    assert status.label.stage == "hello"
    assert status.wake_at is not None


async def test_the_due_mail_goes_and_the_workflow_sleeps_until_the_next(
    living: Manor, sink: Sink
) -> None:
    deal = await living.open(wrote_on=None)
    await wake(living.client, f"deal/{deal}")
    await eventually(lambda: _awake_later(living, deal))
    assert (await living.status(deal)).label.details.startswith("hello, 0 days in stage, ")


async def _awake_later(living: Manor, deal: str) -> bool:
    status = await living.status(deal)
    return status.in_flight == 0 and status.wake_at is not None


async def test_a_repeated_command_is_answered_again_and_done_once(living: Manor) -> None:
    deal = await living.open()
    one = await living.ask(c.LogActivity(activity="call"), deal, "call-1")
    two = await living.ask(c.LogActivity(activity="call"), deal, "call-1")
    assert (one.version, one.status) == (two.version, two.status)
    again = await _update(living, deal, "call-1", update_id="another")
    assert again.version == one.version
    assert living.kinds(deal).count("activity_logged") == 1
    with pytest.raises(Malformed):
        await living.ask(c.LogActivity(activity="meeting"), deal, "call-1")


async def test_a_repeat_is_known_in_the_next_run_too(
    living: Manor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steady, "EVENTS_MAX", 12)
    deal = await living.open()
    calls = [c.LogActivity(activity="call") for _ in range(6)]
    found = [await living.ask(one, deal, f"call-{n}") for n, one in enumerate(calls)]
    await eventually(lambda: _runs(living, deal, 2))
    again = await _update(living, deal, "call-0")
    assert again.version == found[0].version
    assert living.kinds(deal).count("activity_logged") == 6
    last = (await living.histories(deal))[-1]
    assert last.events[0].workflow_execution_started_event_attributes.continued_execution_run_id


async def _runs(living: Manor, deal: str, count: int) -> bool:
    return len(await living.histories(deal)) >= count


async def test_commands_and_rolling_over_lose_nothing(
    living: Manor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steady, "EVENTS_MAX", 14)
    deal = await living.open(enroll=False)  # a run does not roll over while it performs

    async def calls(who: int) -> None:
        for number in range(6):
            await living.ask(c.LogActivity(activity="call"), deal, f"call-{who}-{number}")

    await asyncio.gather(*(calls(who) for who in range(4)))
    assert living.kinds(deal).count("activity_logged") == 24
    await eventually(lambda: _runs(living, deal, 3))
    for history in await living.histories(deal):
        kinds = [EventType.Name(event.event_type) for event in history.events]
        accepted = kinds.count("EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED")
        assert accepted == kinds.count("EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED")


async def test_a_refusal_is_an_answer_and_nothing_fails(living: Manor) -> None:
    deal = await living.open()
    _keep(living, deal, c.AdvanceDeal(stage="offer"), "go-1")
    receipt = await _update(living, deal, "go-1")
    assert (receipt.status, receipt.code) == ("refused", "gate_closed")
    with pytest.raises(Refused):
        await living.ask(c.AdvanceDeal(stage="offer"), deal, "go-1")
    assert (await living.handle(deal).describe()).status == WorkflowExecutionStatus.RUNNING


async def test_more_than_six_at_once_are_told_that_it_is_busy(
    living: Manor, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal, held = await living.open(), _held(monkeypatch)
    for number in range(10):
        _keep(living, deal, c.LogActivity(activity="call"), f"call-{number}")
    first = asyncio.create_task(_update(living, deal, "call-0"))
    await asyncio.to_thread(held.reached.wait)
    others = [asyncio.create_task(_update(living, deal, f"call-{n}")) for n in range(1, 10)]
    await eventually(lambda: _admitted(living, deal))
    held.release.set()
    found = await asyncio.gather(first, *others, return_exceptions=True)
    busy = [one for one in found if isinstance(one, WorkflowUpdateFailedError)]
    assert busy
    assert {_type(one) for one in busy} == {"Busy"}
    assert living.kinds(deal).count("activity_logged") == 10 - len(busy) >= 6


async def _admitted(living: Manor, deal: str) -> bool:
    """Nothing tells that an update waits at the server; one round trip behind them suffices."""
    await living.handle(deal).describe()
    return True


async def test_a_command_for_another_deal_is_turned_away(living: Manor) -> None:
    deal = await living.open()
    submit = Submit(deal_id="D-another", command_id="x")
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await living.handle(deal).execute_update("submit", submit, result_type=Receipt)
    assert _type(caught.value) == "WrongDeal"


async def test_a_fault_fails_its_command_alone(
    living: Manor, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = await living.open()

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(applying, "apply_command", broken)
    with pytest.raises(ApplyFailed) as caught:
        await living.ask(c.LogActivity(activity="call"), deal, "call-1")
    assert caught.value.command_id == "call-1"
    monkeypatch.undo()
    assert "attention_raised" in living.kinds(deal)
    assert (await living.ask(c.LogActivity(activity="meeting"), deal)).status == "done"
    assert (await living.handle(deal).describe()).status == WorkflowExecutionStatus.RUNNING


async def test_a_slow_database_gets_a_task_of_its_own(
    living: Manor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command leaves the workflow task and is tried as a regular activity."""
    monkeypatch.setattr(steady, "QUICK", steady.timedelta(milliseconds=200))
    deal, held = await living.open(), _held(monkeypatch)
    asking = asyncio.create_task(living.ask(c.LogActivity(activity="call"), deal, "call-1"))
    await eventually(lambda: _has(living, deal, "ACTIVITY_TASK_SCHEDULED"))
    held.release.set()
    assert (await asking).status == "done"
    kinds = living.kinds(deal)
    assert (kinds.count("activity_logged"), kinds.count("attention_raised")) == (1, 0)


async def _has(living: Manor, deal: str, kind: str) -> bool:
    history = await living.handle(deal).fetch_history()
    return any(
        EventType.Name(event.event_type) == f"EVENT_TYPE_{kind}"
        and event.activity_task_scheduled_event_attributes.activity_type.name == "apply"
        for event in history.events
    )


async def test_a_deal_with_nothing_due_ends_and_a_command_starts_it_again(
    living: Manor,
) -> None:
    deal = await living.open(contacts=[], enroll=False)
    await living.ask(c.LoseDeal(reason="price"), deal)
    await living.handle(deal).result()
    first = await living.handle(deal).describe()
    assert first.status == DONE
    await living.ask(c.ReopenDeal(), deal)
    second = await living.handle(deal).describe()
    assert second.run_id != first.run_id
    assert second.status == WorkflowExecutionStatus.RUNNING
    assert living.kinds(deal)[-1] != "deal_lost"


async def test_a_wake_signal_has_it_look_at_once(living: Manor) -> None:
    deal = await living.open(enroll=False)
    before = await _count(living, deal, "ACTIVITY_TASK_COMPLETED")
    await wake(living.client, f"deal/{deal}")
    await eventually(lambda: _more(living, deal, "ACTIVITY_TASK_COMPLETED", before))


async def test_waking_a_deal_that_sleeps_for_good_starts_and_ends_it(living: Manor) -> None:
    deal = await living.open(contacts=[], enroll=False)
    await living.ask(c.LoseDeal(reason="price"), deal)
    await living.handle(deal).result()
    await wake(living.client, f"deal/{deal}")
    await living.handle(deal).result()
    assert len(await living.histories(deal)) == 2


async def test_a_nudge_in_the_store_reaches_the_workflow(living: Manor) -> None:
    from operations.desk import report_fact

    deal = await living.open()
    await report_fact(living.house, c.RecordReply(contact_id="C-1"), actor="P-1", deal_id=deal)
    await relay_once(living.house)
    await eventually(lambda: _up_to_date(living, deal))
    assert "reply_recorded" in living.kinds(deal)


async def _up_to_date(living: Manor, deal: str) -> bool:
    """Whether the workflow knows the deal as it stands in the store."""
    status = await living.status(deal)
    return status.version == len(living.kinds(deal)) and status.in_flight == 0


async def test_admins_filter_by_stage_and_only_changes_are_told(living: Manor) -> None:
    deal = await living.open(enroll=False)
    await living.ask(c.LogActivity(activity="call"), deal)
    assert await _count(living, deal, "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES") == 0
    await living.ask(c.ChangeDetails(fields={"budget": "10"}), deal)
    await living.ask(c.AdvanceDeal(stage="offer"), deal)
    assert await _count(living, deal, "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES") == 1
    query = "SluiceStage = 'offer' AND SluicePlaybook = 'canal' AND SluiceOwner = 'P-1'"
    await eventually(lambda: _listed(living.client, query, deal))
    assert not await _listed(living.client, "SluiceStage = 'hello'", deal)


async def _listed(client: Client, query: str, deal: str) -> bool:
    return any([one.id == f"deal/{deal}" async for one in client.list_workflows(query)])


async def test_the_story_is_told_in_sentences(living: Manor) -> None:
    deal = await living.open()
    told = await living.handle(deal).query("__temporal_workflow_metadata")
    assert told.current_details.startswith("hello, 0 days in stage, ")
    assert (await living.handle(deal).describe()).status == WorkflowExecutionStatus.RUNNING
    history = await living.handle(deal).fetch_history()
    said = [
        event.user_metadata.summary.data.decode()
        for event in history.events
        if event.user_metadata.HasField("summary")
    ]
    assert any("command " in one for one in said)
    assert any("first-contact due" in one for one in said)


async def test_it_lives_without_a_cache(idle: Manor, sink: Sink) -> None:
    """Every workflow task replays the whole history: any fault of determinism shows."""
    async with working(idle.house, idle.client, Options(cached_workflows=0)):
        deal = await idle.open()

        async def calls() -> None:
            for _ in range(3):
                await idle.ask_patiently(c.LogActivity(activity="call"), deal)

        await asyncio.gather(*(calls() for _ in range(3)))
        await wake(idle.client, f"deal/{deal}")
        await idle.ask_patiently(c.RecordReply(contact_id="C-1"), deal)
    assert idle.kinds(deal).count("activity_logged") == 9
    assert await _count(idle, deal, "WORKFLOW_TASK_FAILED") == 0


class _Hold:
    def __init__(self) -> None:
        self.reached, self.release = threading.Event(), threading.Event()


def _held(monkeypatch: pytest.MonkeyPatch) -> _Hold:
    """Applying waits until it is released; this worker runs in the process of the test."""
    hold, real = _Hold(), applying.apply_command

    def waiting(*args: Any) -> Receipt:
        hold.reached.set()
        assert hold.release.wait(30)
        return real(*args)

    monkeypatch.setattr(applying, "apply_command", waiting)
    return hold


def _keep(living: Manor, deal: str, command: c.AnyCommand, command_id: str) -> None:
    with living.house.store.write() as tx:
        commands.keep(tx, kept_command(living.house, command, "P-1", deal, command_id))


async def _update(
    living: Manor, deal: str, command_id: str, update_id: str | None = None
) -> Receipt:
    receipt: Receipt = await living.handle(deal).execute_update(
        DealWorkflow.submit,  # type: ignore[arg-type]
        Submit(deal_id=deal, command_id=command_id),
        id=update_id or command_id,
    )
    return receipt


def _type(error: BaseException) -> str | None:
    cause = error.__cause__
    return cause.type if isinstance(cause, ApplicationError) else None


async def _count(living: Manor, deal: str, kind: str) -> int:
    history = await living.handle(deal).fetch_history()
    return sum(EventType.Name(one.event_type) == f"EVENT_TYPE_{kind}" for one in history.events)


async def _more(living: Manor, deal: str, kind: str, than: int) -> bool:
    return await _count(living, deal, kind) > than
