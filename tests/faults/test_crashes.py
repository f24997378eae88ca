"""A worker that dies or freezes anywhere sends nothing twice and loses nothing.

Real processes, a real server, a real relay that writes down what it takes before it says so.
The relay's log is the judge.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from activities.crashpoints import POINTS
from tests.support.living import eventually
from tests.support.scenes import PATIENCE, STAGES, Scene, Scenes, frozen, killed, scenes
from tests.support.trials import Trial, trial

__all__ = ["scenes", "trial"]

AT_ONCE = 3
"""Scenes that play at the same time."""

EVERYWHERE = (*POINTS, *(f"relay.{stage}" for stage in STAGES))

TOLD = (
    "apply.after_commit",
    "plan.after_commit",
    "perform.claimed",
    "perform.after_rcpt",
    "perform.data_committed",
    "perform.after_reply",
    "relay.dot",
)
"""Those that are tried in every run of CI as well."""

THAWED = ("perform.after_rcpt", "perform.data_committed", "relay.dot")

Play = Callable[[Scene, Trial], Awaitable[None]]


def _either(told: Sequence[str]) -> pytest.MarkDecorator:
    """A few points in every run of the tests, the others in halves for two cores."""
    rest = [point for point in EVERYWHERE if point not in told]
    return pytest.mark.parametrize(
        "points",
        [
            pytest.param(told, id="some", marks=pytest.mark.slow),
            pytest.param(rest[::2], id="others", marks=pytest.mark.trust),
            pytest.param(rest[1::2], id="more", marks=pytest.mark.trust),
        ],
    )


@pytest.mark.proof("a worker killed (SIGKILL), at each point")
@pytest.mark.timeout(400)
@_either(TOLD)
async def test_a_killed_worker_sends_nothing_twice_and_loses_nothing(
    scenes: Scenes, points: Sequence[str], trial: Trial
) -> None:
    await _played(scenes, points, killed, trial)


@pytest.mark.proof("a worker frozen, replaced, thawed, at each point")
@pytest.mark.timeout(400)
@_either(THAWED)
async def test_a_frozen_worker_that_thaws_sends_no_second_copy(
    scenes: Scenes, points: Sequence[str], trial: Trial
) -> None:
    await _played(scenes, points, frozen, trial)


async def _played(scenes: Scenes, points: Sequence[str], play: Play, trial: Trial) -> None:
    """All scenes to their end; then what failed in any of them."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(point: str) -> str:
        async with turns, scenes(point) as scene:
            try:
                await play(scene, trial)
            except (AssertionError, TimeoutError) as failed:
                return f"{point}: {type(failed).__name__} {failed}"
            return ""

    found = await asyncio.gather(*(one(point) for point in points))
    assert [told for told in found if told] == []


@pytest.mark.slow
@pytest.mark.proof("compare-and-set removed: duplicates must show")
@pytest.mark.timeout(300)
async def test_without_compare_and_set_this_very_test_finds_a_second_copy(
    scenes: Scenes, trial: Trial
) -> None:
    """The check of the check: a harness that finds nothing here would find nothing at all."""
    async with scenes("perform.after_reply") as scene:
        with scene.worker("KILL", mutated=True) as doomed:
            opening = asyncio.create_task(scene.open())
            await doomed.gone(PATIENCE)
        with scene.worker(mutated=True):
            await opening
            await eventually(lambda: scene.copies() > 1, PATIENCE)
        with pytest.raises(AssertionError, match="copies"):
            scene.judge(trial)
