"""A relay that is down for days, on the real server: what it swallowed goes later, and once."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from temporalio.client import Client

from tests.support.databases import Fresh
from tests.support.household import ANN, CANAL
from tests.support.living import Skipping, manor
from tests.support.servers import working
from tests.support.sink import Sink, reply


async def test_a_follow_up_that_a_dead_relay_swallowed_goes_in_the_next_slot(
    sqlite_databases: Fresh, tmp_path: Path, sink: Sink, temporal: Client
) -> None:
    usual = "calendar: {"
    file = tmp_path / "canal.yaml"
    text = CANAL.read_text(encoding="utf-8")
    file.write_text(text.replace(usual, f"{usual}after_downtime: next_slot, "), encoding="utf-8")
    async with manor(sqlite_databases(), tmp_path, sink.url, temporal, playbook=file) as opened:
        house = Skipping(opened.house, temporal)
        async with working(house.house, temporal):
            deal = await house.open()
            await house.pass_(deal, hours=1)
            assert len([one for one in sink.messages if one.recipient == ANN]) == 1
            sink.script("mail", reply("451 4.3.0 down"), times=None)
            for _ in range(3):
                await house.pass_(deal, days=2)
            planned = house.mails(deal)[-1]
            assert (planned.template, planned.status) == ("follow-up-1", "planned")
            sink.clear()
            for _ in range(3):
                await house.pass_(deal, days=2)
            kinds = house.kinds(deal)
            mails = house.mails(deal)
    caught = [one.message_id for one in sink.messages if one.recipient == ANN]
    assert caught == [one.message_id for one in mails if one.status == "sent"]
    assert [one.status for one in mails[:2]] == ["sent", "sent"]
    assert "touch_missed" not in kinds
    assert "enrollment_parked" in kinds
    late = mails[1]
    assert late.sent_at is not None
    assert late.slot_at is not None
    assert late.slot_at <= late.sent_at <= late.slot_at + timedelta(minutes=1)
    went = [one.sent_at for one in mails if one.sent_at is not None]
    assert all(after - before >= timedelta(hours=72) for before, after in pairwise(went))
