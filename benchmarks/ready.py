"""How long `sluice up` takes in an empty folder until it says that it is ready.

    .venv/bin/python -m benchmarks ready

Bar: 10 s, the median of three.
"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TIMES = 3
BAR_S = 10.0


def main() -> int:
    """Start it three times; 1 when the median misses the bar."""
    took = [_once() for _ in range(TIMES)]
    median = statistics.median(took)
    rounds = ", ".join(f"{one:.1f}" for one in took)
    good = median <= BAR_S
    print(f"ready after {median:.1f} s (bar {BAR_S}, {'met' if good else 'MISSED'}; {rounds})")
    return 0 if good else 1


def _once() -> float:
    sluice = Path(sys.executable).with_name("sluice")
    with tempfile.TemporaryDirectory() as folder:
        words = [str(sluice), "up", "--data", folder, "--port", "0"]
        kept = {name: value for name, value in os.environ.items() if "SLUICE" not in name}
        began = time.perf_counter()
        with subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=kept
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("ready"):
                    break
            took = time.perf_counter() - began
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
        return took
