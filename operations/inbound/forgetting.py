"""Mail that concerned nobody is remembered for a while, so as not to be taken twice; no longer."""

import logging
from typing import Final

from operations.house import House
from store import inbound

AT_ONCE: Final = 1_000
"""Mails forgotten in one transaction; what is left goes at the next round."""

log = logging.getLogger("sluice.inbox")


def forget_ignored(house: House) -> int:
    """Forget what was ignored longer ago than the setting says; how many. Raises Unreachable.

    By wall time: a folder is never read so far back again, whatever business time does.
    """
    before = house.time.wall() - house.config.arriving.keep_ignored
    with house.store.write() as tx:
        gone = inbound.prune(tx, before, AT_ONCE)
    if gone:
        log.info("forgot %d mails that concerned nobody", gone)
    return gone
