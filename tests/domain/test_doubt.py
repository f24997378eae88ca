"""A doubt ends by evidence, or as its step says once the grace is over; never by a guess."""

from itertools import product

import pytest

from domain.doubt import Evidence, Policy, fate_of

SETTLED = {
    ("skip", Evidence.UNKNOWN, True): "cancelled",
    ("skip", Evidence.ABSENT, True): "cancelled",
    ("resend", Evidence.ABSENT, True): "planned",
}
POLICIES: tuple[Policy, ...] = ("hold", "resend", "skip")


@pytest.mark.parametrize(
    ("policy", "seen", "over"), list(product(POLICIES, Evidence, (False, True)))
)
def test_what_becomes_of_a_doubt(policy: Policy, seen: Evidence, over: bool) -> None:
    fate = fate_of(policy, seen, grace_over=over)
    wanted = "sent" if seen is Evidence.PRESENT else SETTLED.get((policy, seen, over))
    assert (fate.word if fate else None) == wanted
