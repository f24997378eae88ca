"""Every recorded life replays with today's code: no open run breaks at a release."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory

from tests.support.replaying import replay

HISTORIES = sorted((Path(__file__).parents[1] / "histories").glob("*.json"))


def test_there_are_histories_of_every_kind() -> None:
    names = {path.name.partition(".")[0] for path in HISTORIES}
    deals = {"deal-won", "deal-busy-lost", "deal-slow", "deal-next-run"}
    assert deals | {"nurture", "rounds", "webhook"} <= names


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.name)
async def test_a_recorded_history_replays(path: Path) -> None:
    await replay(_read(path))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.name)
def test_a_recorded_history_tells_nothing_of_people(path: Path) -> None:
    text = path.read_text()
    for secret in ("Ann", "Olga", "example", "boat"):
        assert secret not in text


def _read(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text())
