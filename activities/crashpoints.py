"""Named moments at which a test may end or freeze this process; nothing in production.

`SLUICE_CRASHPOINT=name:KILL` or `name:STOP` (with `:n` for the n-th passing) arms one. Every
commit and every word of SMTP stands between two of them.
"""

import os
import signal
from collections import Counter

_ARMED = os.environ.get("SLUICE_CRASHPOINT", "")
_PASSED: Counter[str] = Counter()


def crashpoint(name: str) -> None:
    """Pass a named moment; ends or freezes the process when a test has armed it."""
    if not _ARMED:
        return
    wanted, _, rest = _ARMED.partition(":")
    if name != wanted:
        return
    kind, _, nth = rest.partition(":")
    _PASSED[name] += 1
    if _PASSED[name] == int(nth or 1):
        os.kill(os.getpid(), signal.SIGSTOP if kind == "STOP" else signal.SIGKILL)
