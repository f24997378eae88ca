"""What becomes of a mail of which nobody can know whether it arrived."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

Policy = Literal["hold", "resend", "skip"]
"""`hold` waits for evidence or a person, `resend` sends again what surely did not go, `skip`
lets it be."""


class Evidence(Enum):
    """What is known of a mail where the relay files what it took."""

    PRESENT = auto()
    ABSENT = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Fate:
    """How a doubt is settled, and why, in words."""

    word: Literal["sent", "planned", "cancelled"]
    reason: str


def fate_of(policy: Policy, seen: Evidence, *, grace_over: bool) -> Fate | None:
    """How the doubt is settled now; None: it stays for evidence or a person.

    A mail that is found went. One that may still be on its way within the grace is never sent
    again, and neither is one of which nothing is known.
    """
    if seen is Evidence.PRESENT:
        return Fate("sent", "it lies among the sent mails")
    if not grace_over:
        return None
    if policy == "skip":
        return Fate("cancelled", "in doubt, and not sent again, as its step says")
    if policy == "resend" and seen is Evidence.ABSENT:
        return Fate("planned", "it does not lie among the sent mails")
    return None
