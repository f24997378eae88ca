"""Mails in doubt: evidence is looked for, then their steps say what becomes of them.

A later bounce or reply settles a doubt where mail comes in; here the folder is asked in which a
relay files what it takes. Nothing is sent again unless that folder is known to work and lacks
the mail, and the grace is over in which a relay may still be at it.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from activities.settling import Resolution, resolve_doubt
from activities.timekeeping import Timekeeper
from domain.doubt import Evidence, fate_of
from mail.imap import Mailbox, MailboxFailed, reading
from mail.outbox import MAIN
from operations.house import House
from store import departures, sends
from store.database import Store
from store.sends import Send

GRACE: Final = timedelta(minutes=30)
"""Wall time; longer than any relay keeps a silent line, or needs to file what it took."""

AT_ONCE: Final = 200
"""Doubts that are looked at in one round, the oldest first."""

LookFor = Callable[[str], Evidence]
"""Looks for a mail by its Message-ID where the relay files what it took."""


log = logging.getLogger("sluice.doubts")


@dataclass(frozen=True)
class Doubts:
    """Settles doubts by evidence and by rule; without `look_for` by rule alone."""

    store: Store
    time: Timekeeper
    look_for: LookFor | None = None
    grace: timedelta = GRACE

    def settle(self) -> int:
        """Look at every doubt that a step rules; says how many were settled. Raises Unreachable."""
        with self.store.read() as tx:
            found = sends.doubts_with(tx, ("resend", "skip"), AT_ONCE)
        return sum(self._settle(one) for one in found)

    def _settle(self, send: Send) -> bool:
        over = send.finished_at is not None and self.time.wall() - send.finished_at >= self.grace
        if not over:
            return False
        seen = self._evidence(send) if send.policy == "resend" else Evidence.UNKNOWN
        fate = fate_of(send.policy, seen, grace_over=over)
        if fate is None:
            return False
        with self.store.write() as tx:
            return resolve_doubt(tx, self.time, send, Resolution(fate.word, fate.reason))

    def _evidence(self, send: Send) -> Evidence:
        """Absence counts only in a folder that holds what surely went out of the mailbox."""
        if self.look_for is None:
            return Evidence.UNKNOWN
        seen = self.look_for(send.message_id)
        if seen is not Evidence.ABSENT:
            return seen
        with self.store.read() as tx:
            sure = departures.last_sent(tx, send.mailbox or MAIN)
        if sure is None or self.look_for(sure) is not Evidence.PRESENT:
            return Evidence.UNKNOWN
        return Evidence.ABSENT


def look_in(house: House) -> LookFor | None:
    """What looks into the folders of sent mail that the settings name; None where there is none.

    Raises Malformed for an address of a mailbox that cannot be read.
    """
    mailboxes = [one for one in map(Mailbox.at, house.config.arriving.mailboxes) if one.sent]
    return (lambda message_id: look_for(mailboxes, message_id)) if mailboxes else None


def look_for(mailboxes: Sequence[Mailbox], message_id: str) -> Evidence:
    """Whether a mail lies in a folder of sent mail; unknown when one of them cannot be read."""
    failed = False
    for mailbox in mailboxes:
        try:
            with reading(mailbox) as session:
                if any(session.holds(folder, message_id) for folder in mailbox.sent):
                    return Evidence.PRESENT
        except MailboxFailed as no:
            log.warning("a folder of sent mail cannot be read: %s", no.reason)
            failed = True
    return Evidence.UNKNOWN if failed else Evidence.ABSENT
