"""Reading the mailboxes: every folder from where the last look ended, one mail a transaction.

What a mail means is not known here: `take` is given in, and moves the cursor of the folder in
the very transaction that takes the mail. So a crash, or a database that is down, neither loses
a mail nor takes one twice.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.contract import READ_MAILBOXES, MailRead
from activities.crashpoints import crashpoint
from activities.perform import heartbeats
from activities.timekeeping import Timekeeper
from mail.imap import Look, Mailbox, MailboxFailed, Reading, reading
from store import cursors
from store.cursors import Cursor
from store.database import Store
from store.errors import Unreachable

BATCH: Final = 200
"""Mails of one folder that one look takes; the rest at the next one."""

FIRST_LOOK: Final = timedelta(days=7)
"""How far back a folder is read that was never read before: an answer to a mail that went
before Sluice knew the mailbox still counts, years of old mail do not."""

OVERLAP: Final = timedelta(days=1)
"""IMAP searches by day, in a zone of the server's own."""

log = logging.getLogger("sluice.inbox")


@dataclass(frozen=True, slots=True)
class Found:
    """A mail of a folder, and where the folder's cursor stands once it is taken."""

    raw: bytes
    came_at: datetime | None
    sent: bool
    private: bool
    cursor: Cursor


Take = Callable[[Found], bool]
"""Takes a mail and moves its cursor, together; says whether the mail was new."""


@dataclass(frozen=True, slots=True)
class FolderRead:
    """What reading a folder came to: mails looked at, those that were new, and what failed."""

    mailbox: str
    folder: str
    looked: int = 0
    fresh: int = 0
    more: bool = False
    problem: str | None = None


Progress = Callable[[FolderRead], None]


class MailReader:
    """Reads all mailboxes of the house, one after the other."""

    def __init__(
        self, store: Store, time: Timekeeper, mailboxes: Sequence[Mailbox], take: Take
    ) -> None:
        self.store = store
        self.time = time
        self.mailboxes = mailboxes
        self.take = take

    @activity.defn(name=READ_MAILBOXES)
    async def read_mailboxes(self) -> MailRead:
        """Read what came; a mailbox that fails is written down, and read at the next look."""
        crashpoint("inbox.begun")
        async with heartbeats():
            try:
                found = await asyncio.to_thread(self.read_all)
            except Unreachable as down:
                raise ApplicationError(down.reason, type="Unreachable") from None
        fresh = sum(one.fresh for one in found)
        failing = sum(one.problem is not None for one in found)
        crashpoint("inbox.answered")
        return MailRead(fresh=fresh, failing=failing)

    def read_all(self, tell: Progress = lambda one: None) -> list[FolderRead]:
        """Read every folder of every mailbox. Raises Unreachable when the database is."""
        found: list[FolderRead] = []
        for mailbox in self.mailboxes:
            for one in self._read(mailbox):
                tell(one)
                found.append(one)
        return found

    def _read(self, mailbox: Mailbox) -> list[FolderRead]:
        folders = [(name, False) for name in mailbox.folders]
        folders += [(name, True) for name in mailbox.sent]
        found: list[FolderRead] = []
        try:
            with reading(mailbox) as session:
                for name, sent in folders:
                    found.append(self._folder(session, mailbox, name, sent))
        except MailboxFailed as failed:
            done = {one.folder for one in found}
            for name, _ in folders:
                if name not in done:
                    found.append(self._failed(mailbox, name, failed.reason))
        return found

    def _folder(self, session: Reading, mailbox: Mailbox, name: str, sent: bool) -> FolderRead:
        """One folder. What was taken before it failed stays taken."""
        try:
            return self._taken(session, mailbox, name, sent)
        except MailboxFailed as failed:
            return self._failed(mailbox, name, failed.reason)

    def _taken(self, session: Reading, mailbox: Mailbox, name: str, sent: bool) -> FolderRead:
        with self.store.read() as tx:
            known = cursors.load(tx, mailbox.name, name)
        seen = (known.uid_validity, known.last_uid) if known and known.uid_validity else None
        look = session.look(name, seen, self._since(known), BATCH)
        cursor = self._begun(known, mailbox, name, look)
        fresh = 0
        for uid in look.uids:
            mail = session.fetch(uid)
            cursor = replace(cursor, last_uid=uid, taken=cursor.taken + 1)
            if mail is None:
                continue
            found = Found(mail.raw, mail.came_at, sent, mailbox.private, cursor)
            fresh += self.take(found)
        if not look.more:
            cursor = replace(cursor, last_uid=max(cursor.last_uid, look.next_uid - 1))
        with self.store.write() as tx:
            cursors.save(tx, cursor)
            crashpoint("inbox.folder_uncommitted")
        crashpoint("inbox.folder_committed")
        return FolderRead(mailbox.name, name, len(look.uids), fresh, look.more)

    def _begun(self, known: Cursor | None, mailbox: Mailbox, name: str, look: Look) -> Cursor:
        """The cursor as this look begins; from nought where the server began to count anew."""
        cursor = known or Cursor(mailbox=mailbox.name, folder=name)
        if cursor.uid_validity != look.uid_validity:
            cursor = replace(cursor, uid_validity=look.uid_validity, last_uid=0)
        return replace(cursor, polled_at=self.time.wall(), problem=None, failing_since=None)

    def _since(self, known: Cursor | None) -> date:
        begin = known.polled_at if known and known.polled_at else self.time.wall() - FIRST_LOOK
        return (begin.astimezone(UTC) - OVERLAP).date()

    def _failed(self, mailbox: Mailbox, folder: str, reason: str) -> FolderRead:
        log.warning("a folder of a mailbox cannot be read: %s", reason)
        with self.store.write() as tx:
            cursors.failed(tx, mailbox.name, folder, reason, self.time.wall())
        return FolderRead(mailbox.name, folder, problem=reason)
