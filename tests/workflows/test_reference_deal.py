"""What the reference deal costs in Temporal: a change of these figures wants a reason."""

from pathlib import Path

import pytest
from temporalio.client import Client

from tests.support.databases import Fresh
from tests.support.living import Skipping, manor
from tests.support.reference import PLAYBOOK, cost_of, live
from tests.support.servers import working
from tests.support.sink import Sink
from workflows import steady

EVENTS = 176
ACTIONS = 46
BYTES = 24_000


async def test_the_reference_deal_costs_what_it_always_did(
    sqlite_databases: Fresh,
    tmp_path: Path,
    sink: Sink,
    temporal: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The skipping of time writes events of its own, which must not make the run roll over.
    monkeypatch.setattr(steady, "EVENTS_BEFORE_LONG_SLEEP", 300)
    url = sqlite_databases()
    async with manor(url, tmp_path, sink.url, temporal, playbook=PLAYBOOK) as opened:
        house = Skipping(opened.house, temporal)
        async with working(house.house, temporal):
            deal = await live(house)
            cost = cost_of(await house.histories(deal))
    templates = [one.template for one in house.mails(deal)]
    assert all(one.status == "sent" for one in house.mails(deal))
    assert sum(name.startswith("welcome") for name in templates) == 3
    assert len(templates) == 11
    assert house.kinds(deal).count("stagnation_flagged") == 1
    assert (cost.events, cost.actions, cost.runs) == (EVENTS, ACTIONS, 1), cost
    assert cost.size <= BYTES, cost
    shown = " ".join(str(one) for one in await house.histories(deal))
    for secret in ("Ann", "them.example", "boat", "Olga"):
        assert secret not in shown
