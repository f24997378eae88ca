"""Where measurements are made: an embedded server as `sluice up` starts it, and processor time."""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client

from operations.embedded import command
from operations.house import House
from store.upgrading import upgrade
from tests.support.household import CANAL, furnish
from tests.support.living import config_of
from tests.support.servers import free_port, namespace, wait_for_port

ROUNDS = 5


@dataclass
class Stage:
    """A furnished house, a connection, and the server's process."""

    house: House
    client: Client
    server: int

    def cpu(self) -> float:
        """Processor seconds that this process and the server have used so far."""
        fields = Path(f"/proc/{self.server}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def stage(dynamic: dict[str, str] | None = None) -> AsyncIterator[Stage]:
    """Start the server on a file, with the settings of `sluice up`; stop it by its pid."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/sluice.db"
        upgrade(url)
        port = free_port()
        with _server(port, Path(folder) / "temporal.db", dynamic) as process:
            wait_for_port(port, process)
            client = await namespace(f"127.0.0.1:{port}")
            with House(config_of(url, Path(folder), "smtp://127.0.0.1:9")) as house:
                house.use(client)
                furnish(house.store, house.time.now(), CANAL)
                yield Stage(house, client, process.pid)
            process.terminate()


def _server(port: int, file: Path, dynamic: dict[str, str] | None) -> "subprocess.Popen[bytes]":
    words = command(port, None, file, dynamic)
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def verdict(what: str, ratios: Sequence[float], bar: float, meets: Callable[[float], bool]) -> int:
    """Print the ratios of the rounds and their median; 0 when it meets the bar."""
    median = statistics.median(ratios)
    rounds = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    good = meets(median)
    print(f"{what}: {median:.2f} (bar {bar}, {'met' if good else 'MISSED'}; rounds {rounds})")
    return 0 if good else 1
