"""How many mails a second are read, classified and given their keys, on one core.

    .venv/bin/python -m benchmarks inbound

No bar: polling brings some mails a minute. It takes the real mails of SLUICE_SAMPLE_DATA where
that is set, and our own absence notices otherwise.
"""

import os
import sys
import time
from pathlib import Path

from mail.inbound.classify import classify
from mail.inbound.keys import keys_of
from mail.inbound.message import Message, read

ROUNDS = 5
OWN = Path(__file__).parent.parent / "tests" / "data" / "inbound" / "autoreplies"


def main() -> int:
    """Read every mail five times; always 0."""
    folder = os.environ.get("SLUICE_SAMPLE_DATA")
    paths = Path(folder).glob("mail-*/*.eml") if folder else OWN.glob("*.eml")
    mails = [path.read_bytes() for path in sorted(paths)]
    _all(mails)  # the names of months and weekdays are loaded once
    began = time.process_time()
    for _ in range(ROUNDS):
        _all(mails)
    took = time.process_time() - began
    size = sum(map(len, mails)) / len(mails) / 1000
    rate = ROUNDS * len(mails) / took
    print(f"{rate:,.0f} mails a second ({len(mails)} mails of {size:.1f} kB on average)")
    return 0


def _all(mails: list[bytes]) -> None:
    for raw in mails:
        message = read(raw)
        verdict = classify(message)
        if isinstance(message, Message):
            keys_of(message, verdict.bounce, verdict.complaint)


if __name__ == "__main__":
    sys.exit(main())
