"""Mails that a person's command began and no process finishes: they end, and say why.

A question for consent and a test mail are handed over by the very process that was asked for
them, and somebody waits for the answer. When that process dies, nobody does, so they do not go
later: asking again is simple. Mail to a colleague who left meanwhile ends in the same way.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from activities.crashpoints import crashpoint
from activities.planning import NEVER_ARRIVED
from activities.settling import End, Settler, standing_of
from store import sends
from store.database import Store, Tx
from store.sends import Send

LEFT_ALONE: Final = timedelta(minutes=15)
"""Wall time after which no living process is still at it; a relay may take ten for its answer."""

MOST: Final = 200
"""Mails that are ended in one round, the oldest first."""

REASON: Final = "left: what was handing it over has ended; ask for it again"
"""Why such a mail is missed; the first word is stable."""


def end_left_over(store: Store, settler: Settler, owner: str, tended: Collection[str]) -> int:
    """End what was left; says how many mails that were. Raises Unreachable.

    `tended` are the streams of people whose mail the rounds hand over. What had entered `data`
    is in doubt, everything else is missed.
    """
    time = settler.time
    wall = time.wall() - LEFT_ALONE
    with store.read() as tx:
        found = sends.left_by_hand(tx, wall, time.clock().now(wall), tended, MOST)
    ended = 0
    for send in found:
        with store.write() as tx:
            standing, now = standing_of(tx, time, send), time.wall()
            if send.status == "data" and send.owner is not None:
                settler.finish(tx, send, send.owner, standing, End("in_doubt", NEVER_ARRIVED))
            elif _taken(tx, send, owner, now):
                settler.finish(tx, send, owner, standing, End("missed", REASON))
            crashpoint("perform.outcome_uncommitted")
        ended += 1
    return ended


def _taken(tx: Tx, send: Send, owner: str, now: datetime) -> bool:
    if send.status == "claimed" and send.owner is not None:
        return sends.take_over(tx, send.touch_id, send.owner, owner, now)
    return sends.claim(tx, send.touch_id, owner, now)
