"""A worker that dies or freezes while it takes mail in loses none of it, and doubles nothing.

Real processes, a real Temporal server, a real IMAP server; the ledger and a further reading of
the whole mailbox are the judges.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from activities.crashpoints import TAKING
from tests.support.arrivals import MAILS, Arrivals, Readings, frozen, killed, readings
from tests.support.imap import imap_server
from tests.support.shortcut import no_engine
from tests.support.trials import Trial, trial

__all__ = ["imap_server", "no_engine", "readings", "trial"]

AT_ONCE = 3
"""Readings that go on at the same time."""

ONCE_A_MAIL = ("take.begun", "take.kept", "take.told", "take.uncommitted", "take.committed")

THIRD = 3
"""The mail with the answer: some are taken before it, others lie behind."""

PLACES = (
    *((point, THIRD if point in ONCE_A_MAIL else 1) for point in TAKING),
    ("take.uncommitted", MAILS),  # that among the sent
)

TOLD = (("take.uncommitted", THIRD),)
"""What is tried in every run of CI as well."""

Play = Callable[[Arrivals, Trial], Awaitable[None]]

PART = pytest.mark.parametrize(
    "places",
    [
        pytest.param(TOLD, id="some", marks=pytest.mark.slow),
        pytest.param(
            [one for one in PLACES if one not in TOLD], id="others", marks=[pytest.mark.trust]
        ),
    ],
)


@pytest.mark.proof("mail in, its reader killed (SIGKILL) at each point: each effect")
@pytest.mark.timeout(400)
@PART
async def test_a_killed_reader_loses_no_mail_and_takes_none_twice(
    readings: Readings, places: Sequence[tuple[str, int]], trial: Trial
) -> None:
    await _played(readings, places, killed, trial)


@pytest.mark.proof("mail in, its reader frozen, replaced, thawed, at each point: each effect")
@pytest.mark.timeout(400)
@PART
async def test_a_frozen_reader_that_thaws_takes_no_mail_again(
    readings: Readings, places: Sequence[tuple[str, int]], trial: Trial
) -> None:
    await _played(readings, places, frozen, trial)


async def _played(
    readings: Readings, places: Sequence[tuple[str, int]], play: Play, trial: Trial
) -> None:
    """All readings to their end; then what failed in any of them."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(point: str, nth: int) -> str:
        async with turns, readings(point, nth) as arrivals:
            try:
                await play(arrivals, trial)
            except (AssertionError, TimeoutError) as failed:
                return f"{point}:{nth}: {type(failed).__name__} {failed}"
            return ""

    found = await asyncio.gather(*(one(*place) for place in places))
    assert [told for told in found if told] == []
