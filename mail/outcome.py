"""What a relay's answer means for the message, as values that a caller can match on."""

import re
from dataclasses import dataclass

LONGEST_REPLY = 500  # characters kept of a reply; a server may send thousands of lines

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# RFC 3463: addressing failures of the recipient, and a mailbox that is disabled.
_NOBODY_THERE = {(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)}
_UNKNOWN = re.compile(
    r"no such (user|mailbox|recipient|address)|unknown (user|mailbox|recipient|address)"
    r"|(user|mailbox|recipient|address)[^.]{0,60}(unknown|not found|does not exist|doesn't exist)",
    re.IGNORECASE,
)
# The relay turns our account or our line away, not the message (RFC 4954 section 6).
_OURS = {530, 534, 535, 538}


@dataclass(frozen=True)
class Accepted:
    """The relay answered the final dot with success: it is theirs now."""

    reply: str


@dataclass(frozen=True)
class Rejected:
    """A lasting no to this message. `suppress`: the mailbox itself is no more."""

    code: int
    reply: str
    suppress: bool


@dataclass(frozen=True)
class TryLater:
    """Certainly not delivered; another try is safe. `code` is None when no reply was read."""

    code: int | None
    reason: str


@dataclass(frozen=True)
class InDoubt:
    """The final dot may have left and no reply was read: nobody can know."""

    reason: str


Outcome = Accepted | Rejected | TryLater | InDoubt


def refusal(stage: str, code: int, reply: str) -> Rejected | TryLater:
    """A reply that is not the one hoped for, read before or after the final dot.

    `stage` is the SMTP word it answers: connect, mail, rcpt, data or dot.
    """
    text = short(reply)
    if 500 <= code <= 599 and code not in _OURS and stage != "connect":
        return Rejected(code, text, _nobody_there(stage, code, text))
    return TryLater(code if 400 <= code <= 599 else None, f"{stage}: {code} {text}".strip())


def short(reply: str) -> str:
    """A reply on one line, without control characters, at most 500 characters."""
    shown = reply[: 4 * LONGEST_REPLY].encode("ascii", "replace").decode()
    line = " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", shown).split())
    return line[:LONGEST_REPLY]


def _nobody_there(stage: str, code: int, reply: str) -> bool:
    if stage not in {"rcpt", "dot"}:
        return False
    status = _STATUS.search(reply)
    if status and status.group(1) == "5":
        return (int(status.group(2)), int(status.group(3))) in _NOBODY_THERE
    if stage == "rcpt" and code in {551, 553}:
        return True
    return code == 550 and bool(_UNKNOWN.search(reply))
