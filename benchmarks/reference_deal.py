"""What the reference deal costs in Temporal: events, actions and bytes of its histories.

    .venv/bin/python -m benchmarks reference_deal

Bars: 205 events, 46 actions, 24 kB. The same run is pinned in tests/workflows.
"""

import asyncio
import tempfile
from pathlib import Path

from benchmarks.stage import stage
from store.upgrading import upgrade
from tests.support.living import Skipping, manor
from tests.support.reference import PLAYBOOK, Cost, cost_of, live
from tests.support.servers import SKIPPING, working
from tests.support.sink import Sink
from workflows import steady

BARS = {"events": 205, "actions": 46, "size": 24_000}


def main() -> int:
    """Live it once with time skipping and print the bill; 1 when a bar was missed."""
    cost = asyncio.run(_cost())
    missed = 0
    for name, bar in BARS.items():
        found = getattr(cost, name)
        good = found <= bar
        missed += not good
        print(f"{name}: {found} (bar {bar}, {'met' if good else 'MISSED'})")
    return 1 if missed else 0


async def _cost() -> Cost:
    # The skipping of time writes events of its own, which must not make the run roll over.
    steady.EVENTS_BEFORE_LONG_SLEEP = 300
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/reference.db"
        upgrade(url)
        async with (
            stage(SKIPPING) as on,
            Sink() as sink,
            manor(url, Path(folder), sink.url, on.client, playbook=PLAYBOOK) as opened,
        ):
            house = Skipping(opened.house, on.client)
            async with working(house.house, on.client):
                deal = await live(house)
                return cost_of(await house.histories(deal))
