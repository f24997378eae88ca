"""The kinds of activity that a deal can see, as gates and limits name them."""

from typing import Literal, get_args

ActivityKind = Literal[
    "reply",  # the customer answered, on any channel
    "call",
    "meeting_booked",  # a date is agreed; the meeting itself has not taken place
    "meeting",
    "demo",
    "proposal_sent",
    "contract_signed",
    "email",  # a mail that a person of ours wrote by hand
    "note",
    "other",
]
ACTIVITY_KINDS: tuple[ActivityKind, ...] = get_args(ActivityKind)

ClearingKind = Literal[
    "reply",
    "call",
    "meeting_booked",
    "meeting",
    "demo",
    "proposal_sent",
    "contract_signed",
    "email",
    "note",
    "other",
    "stage_change",
]
"""What may end a stagnation flag: any activity, or a stage change. Our automatic mail is no
activity, so it cannot be named."""

MEANT_BY: dict[str, frozenset[str]] = {"meeting_booked": frozenset({"meeting"})}
"""What else a rule that names these words means: who books a meeting need not be chased for one.
Not so in gates: a meeting that is booked is not done."""

CADENCE_STOPS: tuple[str, ...] = (
    "reply",
    "meeting_booked",
    "meeting",
    "call",
    "demo",
    "proposal_sent",
    "contract_signed",
    "stage_change",
    "won",
    "lost",
)
"""What may stop a cadence. A reply, a win, a loss, an opt-out, a hard bounce and a complaint
always do, named or not: no key can switch them off."""

NURTURE_STOPS: tuple[str, ...] = (*CADENCE_STOPS, "deal_opened", "demo_requested")
"""Words that every nurture may name in ``stops_on``; other words are events of the ops' own."""
