"""How long it takes to import the 8,800 deals of the CRM sales set, without workflows.

    SLUICE_SAMPLE_DATA=... .venv/bin/python -m benchmarks.import_deals [database URL]

Bar: under 60 s. A fresh SQLite file unless a database is named. Prints rows a second and the
total, then the same for a second import, which changes nothing.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from domain.playbooks.parts import parts
from operations.authoring.files import load
from operations.house import Config, House
from operations.importing.deals import DealFiles, import_deals
from operations.importing.report import ImportReport
from store import playbooks
from store.upgrading import upgrade

ROOT = Path(__file__).parents[1]
BAR_S = 60.0


def main() -> int:
    """Import twice and say how long each took; 1 when the first missed the bar."""
    folder = os.environ.get("SLUICE_SAMPLE_DATA")
    if not folder:
        print("SLUICE_SAMPLE_DATA does not say where the sample data is")
        return 2
    data = Path(folder) / "crm-sales-opportunities"
    with tempfile.TemporaryDirectory() as temporary:
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{temporary}/sluice.db"
        upgrade(url)
        secret = b"a key for a benchmark"
        config = Config(url, secret, Path(temporary), playbooks=ROOT / "playbooks")
        with House(config) as house:
            publish(house, "crm-sales")
            first = timed("first import", house, data)
            timed("second import", house, data)
    return 0 if first < BAR_S else 1


def publish(house: House, name: str) -> None:
    """Make the playbook's rules known, without holidays."""
    playbook = load(house.config.playbooks / f"{name}.yaml").playbook
    with house.store.write() as tx:
        playbooks.publish(tx, name, parts(playbook), "benchmark", house.time.now())


def timed(what: str, house: House, data: Path) -> float:
    """Import once; prints and gives the seconds it took."""
    files = DealFiles(
        deals=data / "sales_pipeline.csv",
        products=data / "products.csv",
        accounts=data / "accounts.csv",
        people=data / "sales_teams.csv",
    )
    begun = time.perf_counter()
    report: ImportReport = asyncio.run(import_deals(house, files, actor="benchmark", arm=False))
    took = time.perf_counter() - begun
    print(
        f"{what}: {report.rows:,} rows in {took:.1f} s, {report.rows / took:,.0f} rows/s "
        f"({report.created:,} new, {report.unchanged:,} unchanged, {len(report.rejected)} rejected)"
    )
    return took


if __name__ == "__main__":
    sys.exit(main())
