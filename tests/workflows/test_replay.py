"""Every recorded life replays with today's code: no open run breaks at a release."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from worker import sandbox
from workflows.deal import DealWorkflow
from workflows.nurture import NurtureWorkflow
from workflows.rounds import RoundsWorkflow
from workflows.webhook import WebhookWorkflow

HISTORIES = sorted((Path(__file__).parents[1] / "histories").glob("*.json"))


def test_there_are_histories_of_every_kind() -> None:
    names = {path.name.partition(".")[0] for path in HISTORIES}
    assert {"deal-won", "deal-busy-lost", "deal-next-run", "nurture", "rounds", "webhook"} <= names


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.name)
async def test_a_recorded_history_replays(path: Path) -> None:
    history = _read(path)
    replayer = Replayer(
        workflows=[DealWorkflow, NurtureWorkflow, RoundsWorkflow, WebhookWorkflow],
        workflow_runner=sandbox(),
        data_converter=pydantic_data_converter,
    )
    await replayer.replay_workflow(history)


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.name)
def test_a_recorded_history_tells_nothing_of_people(path: Path) -> None:
    text = path.read_text()
    for secret in ("Ann", "Olga", "example", "boat"):
        assert secret not in text


def _read(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())
