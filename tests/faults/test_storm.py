"""The Temporal server dies again and again, or forgets everything; the mails go on, each once."""

from pathlib import Path

import pytest

from operations import upkeep
from tests.support.databases import Fresh
from tests.support.storm import MAILS, town
from tests.support.trials import Trial, trial

__all__ = ["trial"]

SEED = 20_261_122

DEALS, KILLS = 200, 20

SPEED = 172_800 / 300
"""Two days, the window of a follow-up, pass in so many seconds: none is missed in a slow storm."""


@pytest.mark.trust
@pytest.mark.proof("Temporal killed 20 times under 200 deals: each mail")
@pytest.mark.timeout(400)
async def test_a_server_that_is_killed_loses_no_follow_up_and_sends_none_early(
    sqlite_databases: Fresh, tmp_path: Path, trial: Trial
) -> None:
    trial.seed = str(SEED)
    async with town(sqlite_databases(), tmp_path) as one:
        await one.open(DEALS)
        await one.until(1, 120)
        await one.hurry(SPEED)
        await one.storm(KILLS, SEED)
        await one.until(MAILS, 180)
        one.judge(trial)
        assert one.server.lives == KILLS + 1


@pytest.mark.trust
@pytest.mark.proof("Temporal's data deleted, then rebuild: each mail")
@pytest.mark.timeout(300)
async def test_a_server_that_forgot_everything_is_told_again_and_nothing_goes_twice(
    sqlite_databases: Fresh, tmp_path: Path, trial: Trial
) -> None:
    deals = DEALS // 4
    async with town(sqlite_databases(), tmp_path) as one:
        await one.open(deals)
        await one.until(1, 120)
        await one.hurry(SPEED)
        await one.more(deals // 2)
        await one.server.kill()
        one.server.forget()
        await one.server.start()
        told = await upkeep.make_anew(one.house.house)
        assert told.streams == deals
        await one.until(MAILS, 180)
        one.judge(trial)
