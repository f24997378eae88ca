"""A step says what becomes of its mail when nobody can know whether it arrived."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain import commands as c
from domain.doubt import Evidence
from domain.refusal import Malformed
from operations.authoring.files import load
from operations.post.doubts import GRACE, Doubts, LookFor
from store import sends
from tests.support.household import CANAL, Household, furnish
from tests.support.sink import Sink, accept_then_drop


async def doubtful(house: Household, sink: Sink, folder: Path, policy: str) -> str:
    """A deal whose second mail is in doubt; the first went."""
    ruled = folder / "canal.yaml"
    text = CANAL.read_text().replace("follow-up-1}", f"follow-up-1, in_doubt: {policy}}}")
    ruled.write_text(text)
    furnish(house.store, house.watch.now, ruled)
    deal = house.open()
    await house.until(deal, 1)
    sink.script("dot", accept_then_drop)
    for number in range(20):
        woken = await house.perform(deal, f"run/{number}/2")
        if house.mails(deal)[-1].status == "in_doubt":
            return deal
        house.watch.now = max(house.watch.now, woken.wake_at or house.watch.now)
    raise AssertionError("no mail came into doubt")


def looking(house: Household, deal: str, folder: Evidence, mail: Evidence) -> LookFor:
    """A folder of sent mail that says this of the first mail, and that of the second."""
    first, second = (one.message_id for one in house.mails(deal)[:2])
    told = {first: folder, second: mail}
    return lambda message_id: told[message_id]


def settle(house: Household, look_for: LookFor | None = None) -> int:
    return Doubts(house.store, house.time, look_for).settle()


async def test_a_doubt_is_held_where_its_step_says_nothing_else(
    small_house: Household, sink: Sink, tmp_path: Path
) -> None:
    house = small_house
    deal = await doubtful(house, sink, tmp_path, "hold")
    house.watch.now += timedelta(days=20)
    look = looking(house, deal, Evidence.PRESENT, Evidence.ABSENT)
    assert settle(house, look) == 0
    assert house.mails(deal)[1].status == "in_doubt"


async def test_a_doubt_is_skipped_once_the_grace_is_over(
    house: Household, sink: Sink, tmp_path: Path
) -> None:
    deal = await doubtful(house, sink, tmp_path, "skip")
    house.watch.now += GRACE - timedelta(seconds=1)
    assert settle(house) == 0
    house.watch.now += timedelta(seconds=1)
    assert settle(house) == 1
    row = house.mails(deal)[1]
    assert (row.status, row.reason) == (
        "cancelled",
        "in doubt, and not sent again, as its step says",
    )
    assert house.kinds(deal)[-1] == "touch_cancelled"
    assert house.deal(deal).active_enrollments[0].doubts == frozenset()
    assert settle(house) == 0


async def test_a_mail_that_surely_did_not_go_is_sent_again_under_the_same_id(
    house: Household, sink: Sink, tmp_path: Path
) -> None:
    deal = await doubtful(house, sink, tmp_path, "resend")
    look = looking(house, deal, Evidence.PRESENT, Evidence.ABSENT)
    assert settle(house, look) == 0, "the relay may still be at it"
    house.watch.now += GRACE
    before, frozen = len(sink.messages), house.payload(house.mails(deal)[1].touch_id)
    assert settle(house, look) == 1
    await house.perform(deal, "run/again/1")
    row = house.mails(deal)[1]
    assert (row.status, len(sink.messages)) == ("sent", before + 1)
    assert sink.messages[-1].raw == frozen
    assert settle(house, look) == 0


@pytest.mark.parametrize(
    ("folder", "mail"),
    [
        (Evidence.ABSENT, Evidence.ABSENT),  # a folder that holds nothing that surely went
        (Evidence.UNKNOWN, Evidence.ABSENT),
        (Evidence.PRESENT, Evidence.UNKNOWN),
    ],
)
async def test_nothing_is_sent_again_on_a_guess(
    small_house: Household, sink: Sink, tmp_path: Path, folder: Evidence, mail: Evidence
) -> None:
    house = small_house
    deal = await doubtful(house, sink, tmp_path, "resend")
    house.watch.now += timedelta(days=3)
    assert settle(house, looking(house, deal, folder, mail)) == 0
    assert settle(house) == 0
    assert house.mails(deal)[1].status == "in_doubt"


async def test_a_mail_that_lies_among_the_sent_ones_went(
    small_house: Household, sink: Sink, tmp_path: Path
) -> None:
    house = small_house
    deal = await doubtful(house, sink, tmp_path, "resend")
    house.watch.now += GRACE
    assert settle(house, looking(house, deal, Evidence.PRESENT, Evidence.PRESENT)) == 1
    row = house.mails(deal)[1]
    assert (row.status, row.reason) == ("sent", "it lies among the sent mails")
    assert house.kinds(deal)[-1] == "touch_sent"


async def test_a_stop_fact_still_stops_what_would_go_again(
    small_house: Household, sink: Sink, tmp_path: Path
) -> None:
    house = small_house
    deal = await doubtful(house, sink, tmp_path, "resend")
    house.watch.now += GRACE
    house.ask(c.RecordReply(contact_id="C-1"), deal)
    assert settle(house, looking(house, deal, Evidence.PRESENT, Evidence.ABSENT)) == 1
    before = len(sink.messages)
    await house.perform(deal, "run/again/1")
    assert (house.mails(deal)[1].status, len(sink.messages)) == ("cancelled", before)


def test_only_a_mail_can_come_into_doubt(tmp_path: Path) -> None:
    file = tmp_path / "canal.yaml"
    file.write_text(CANAL.read_text().replace("{notify: owner}", "{notify: owner, in_doubt: skip}"))
    with pytest.raises(Malformed, match="in_doubt"):
        load(file)


def test_a_doubt_without_a_rule_is_no_work(house: Household) -> None:
    with house.store.read() as tx:
        assert sends.doubts_with(tx, ("resend", "skip")) == []
