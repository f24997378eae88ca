"""Deals under the shipped playbook, lived through for months on the real server.

Time is skipped for each deal's workflow, and business time is the workflow's own.
"""

from datetime import timedelta
from itertools import pairwise

from domain import commands as c
from tests.support.living import BEGIN, Skipping
from tests.support.sink import Sink


async def _steps(house: Skipping, deal: str, days: int, step: int = 2) -> None:
    """Live so many days, in steps: one that reached into a new run would jump over what is due."""
    for _ in range(0, days, step):
        await house.pass_(deal, days=step)


def _sent(house: Skipping, deal: str) -> list[str]:
    return [one.template for one in house.mails(deal) if one.status == "sent"]


async def test_nobody_answers(skipping: Skipping, sink: Sink) -> None:
    """Six mails and two calls over five weeks, every gap 3 to 5 days; then a task for a person."""
    house = skipping
    deal = await house.open(playbook="simple")
    await _steps(house, deal, 42)
    assert _sent(house, deal) == [
        "first-contact", "follow-up-1", "follow-up-2", "follow-up-3", "follow-up-4", "break-up",
    ]  # fmt: skip
    went = [one.sent_at for one in house.mails(deal) if one.sent_at is not None]
    assert all(timedelta(days=3) <= after - before for before, after in pairwise(went))
    for at in went:
        assert at.weekday() < 5
        assert 8 <= at.hour < 17
    kinds = house.kinds(deal)
    assert kinds.count("task_created") == 3
    assert len([one for one in sink.messages if one.recipient == "ann@them.example"]) == 6


async def test_an_answer_on_the_ninth_day_stops_the_follow_ups(
    skipping: Skipping, sink: Sink
) -> None:
    house = skipping
    deal = await house.open(playbook="simple")
    await _steps(house, deal, 9, 3)
    before = _sent(house, deal)
    assert before == ["first-contact", "follow-up-1"]
    await house.ask(c.RecordReply(contact_id="C-1"), deal)
    await _steps(house, deal, 12)
    assert _sent(house, deal) == before
    assert "enrollment_ended" in house.kinds(deal)
    assert "stagnation_flagged" in house.kinds(deal)


async def test_won_and_welcomed(skipping: Skipping) -> None:
    house = skipping
    deal = await house.open(playbook="simple", enroll=False)
    await house.pass_(deal, days=3)
    await house.ask(c.WinDeal(), deal)
    await _steps(house, deal, 22)
    assert _sent(house, deal) == ["welcome-1", "welcome-2", "welcome-3"]
    assert "task_created" in house.kinds(deal)
    gaps = [one.sent_at for one in house.mails(deal) if one.sent_at is not None]
    assert timedelta(days=10) <= gaps[2] - gaps[1] <= timedelta(days=17)


async def test_lost_and_asked_again_after_three_and_six_months(skipping: Skipping) -> None:
    house = skipping
    deal = await house.open(playbook="simple", enroll=False)
    await house.ask(c.LoseDeal(reason="timing"), deal)
    await _steps(house, deal, 190, 10)
    assert _sent(house, deal) == ["check-in-3", "check-in-6"]
    first, second = (one.sent_at for one in house.mails(deal))
    assert first is not None
    assert second is not None
    assert timedelta(days=90) <= first - BEGIN <= timedelta(days=96)
    assert timedelta(days=182) <= second - BEGIN <= timedelta(days=188)


async def test_the_ladder_of_a_deal_gone_quiet(skipping: Skipping, sink: Sink) -> None:
    """Flagged, then the owner, then the manager, then a task; a meeting clears it."""
    house = skipping
    deal = await house.open(playbook="simple", enroll=False)
    await house.ask(c.AdvanceDeal(stage="contacted"), deal)
    await _steps(house, deal, 26)
    kinds = house.kinds(deal)
    assert "stagnation_flagged" in kinds
    assert kinds.count("escalated") == 3
    assert [one.recipient for one in sink.messages if one.recipient.endswith("us.example")][:2] == [
        "olga@us.example", "max@us.example",
    ]  # fmt: skip
    assert "task_created" in kinds
    assert (await house.status(deal)).label.stagnant
    await house.ask(c.LogActivity(activity="meeting"), deal)
    assert "stagnation_cleared" in house.kinds(deal)
    assert not (await house.status(deal)).label.stagnant
