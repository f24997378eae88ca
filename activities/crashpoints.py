"""Named moments at which a test may end or freeze this process; nothing in production.

`SLUICE_CRASHPOINT=name:KILL` or `name:STOP` (with `:n` for the n-th passing) arms one. Every
commit and every word of SMTP stands between two of them.
"""

import os
import signal
from collections import Counter
from typing import Final

POINTS: Final = (
    "rounds.begun",
    "rounds.answered",
    "apply.begun",
    "apply.before_commit",
    "apply.after_commit",
    "apply.answered",
    "perform.begun",
    "plan.before_commit",
    "plan.after_commit",
    "perform.before_claim",
    "perform.claim_uncommitted",
    "perform.claimed",
    "perform.frozen",
    "perform.before_connect",
    "smtp.before_connect",
    "smtp.before_ehlo",
    "smtp.before_mail",
    "smtp.before_rcpt",
    "perform.after_rcpt",
    "smtp.before_rset",
    "perform.data_uncommitted",
    "perform.data_committed",
    "smtp.before_data",
    "smtp.before_body",
    "smtp.before_dot",
    "perform.after_reply",
    "perform.before_outcome",
    "perform.outcome_uncommitted",
    "perform.outcome_committed",
    "perform.answered",
)
"""Of commands and of mail out, in the order in which a mail passes them; RSET only follows a
refusal."""

TAKING: Final = (
    "inbox.begun",
    "take.begun",
    "take.kept",
    "take.told",
    "take.uncommitted",
    "take.committed",
    "take.fault_uncommitted",
    "take.fault_committed",
    "inbox.folder_uncommitted",
    "inbox.folder_committed",
    "inbox.answered",
)
"""Of mail in, in the order in which a reading of a mailbox passes them; those of a fault only
with a mail on which a rule of ours fails."""

TELLING: Final = (
    "deliver.begun",
    "deliver.before_post",
    "deliver.after_post",
    "deliver.outcome_uncommitted",
    "deliver.outcome_committed",
    "deliver.looked_uncommitted",
    "deliver.answered",
)
"""Of messages to other programs, in the order in which one passes them."""

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
