"""What a relay's answer means for the message, as values that a caller can match on."""

import re
from dataclasses import dataclass

from mail.inbound.reasons import Reason, judge

LONGEST_REPLY = 500  # characters kept of a reply; a server may send thousands of lines

_GONE = {Reason.UNKNOWN_USER, Reason.UNKNOWN_HOST, Reason.MOVED}
_OF_MAILBOX = {551, 553}  # "user not local", "mailbox name not allowed" (RFC 5321 section 4.2.3)
# The relay turns our account or our line away, not the message (RFC 4954 section 6).
_OURS = {530, 534, 535, 538}


@dataclass(frozen=True)
class Accepted:
    """The relay answered the final dot with success: it is theirs now."""

    reply: str


@dataclass(frozen=True)
class Rejected:
    """A lasting no to this message.

    `suppress`: the mailbox itself is no more; `soft`: it is there and full, which may pass.
    """

    code: int
    reply: str
    suppress: bool
    soft: bool = False


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
        gone = _nobody_there(stage, code, text)
        return Rejected(code, text, gone, soft=not gone and _full(stage, code, text))
    return TryLater(code if 400 <= code <= 599 else None, f"{stage}: {code} {text}".strip())


def short(reply: str) -> str:
    """A reply on one line, without control characters, at most 500 characters."""
    shown = reply[: 4 * LONGEST_REPLY].encode("ascii", "replace").decode()
    line = " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", shown).split())
    return line[:LONGEST_REPLY]


def _full(stage: str, code: int, reply: str) -> bool:
    """Whether the answer says that the mailbox is full.

    RFC 3463 calls that (x.2.2) a persistent transient failure: this message is lost, the next
    may be taken. A bare 552 is "exceeded storage allocation" (RFC 5321 section 4.2.3) where it
    answers the one recipient of an envelope; elsewhere it may be about the message's size
    (RFC 1870), which says nothing about the mailbox.
    """
    if stage not in {"rcpt", "dot"}:
        return False
    judged = judge(f"{code} {reply}", action="failed")
    bare = code == 552 and not judged.status and judged.reason is Reason.SYSTEM
    return judged.reason is Reason.FULL or (stage == "rcpt" and bare)


def _nobody_there(stage: str, code: int, reply: str) -> bool:
    """Whether the answer says that the mailbox is no more; judged as in a report of a bounce.

    An answer that says nothing counts only where its code speaks of the mailbox alone.
    """
    if stage not in {"rcpt", "dot"}:
        return False
    judged = judge(f"{code} {reply}", action="failed")
    if judged.reason is Reason.UNSTATED:
        return stage == "rcpt" and code in _OF_MAILBOX
    return judged.reason in _GONE or (judged.reason, judged.status) == (Reason.DISABLED, "5.2.1")
