"""Reading the mailboxes: by the worker each minute, as a schedule says, and by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.contract import HOUSE_QUEUE, INBOX_ID
from activities.inbox import FolderRead as FolderRead
from activities.inbox import Found, MailReader
from domain.refusal import Refused
from mail.imap import Mailbox
from operations.desk import reaching
from operations.house import House
from operations.inbound.taking import Arrival, take
from store import cursors
from store.cursors import Cursor as Cursor
from workflows.inbox import InboxWorkflow

EVERY: Final = timedelta(minutes=1)

CATCH_UP: Final = timedelta(seconds=10)
"""A reading that an outage swallowed is not made up for: the next one takes all that came."""


def mailboxes(house: House) -> list[Mailbox]:
    """The mailboxes that the settings name. Raises Malformed."""
    return [Mailbox.at(url) for url in house.config.arriving.mailboxes]


def reader(house: House) -> MailReader:
    """What reads the mailboxes of the house and takes what it finds."""

    def taken(found: Found) -> bool:
        cursor = found.cursor
        arrival = Arrival(
            found.raw,
            "imap",
            cursor.mailbox,
            cursor.folder,
            found.came_at,
            sent=found.sent,
            private=found.private,
        )
        return take(house, arrival, cursor).fresh

    return MailReader(house.store, house.time, mailboxes(house), taken)


def read_now(
    house: House, tell: Callable[[FolderRead], None] = lambda one: None
) -> list[FolderRead]:
    """Read everything now, until nothing is left. Raises Refused without a mailbox."""
    if not house.config.arriving.mailboxes:
        raise Refused("no_mailbox", "no mailbox is set: SLUICE_IMAP_URL names one")
    found: dict[tuple[str, str], FolderRead] = {}
    with reaching("the database"):
        worker = reader(house)
        while True:
            for one in worker.read_all(tell):
                key = (one.mailbox, one.folder)
                before = found.get(key, FolderRead(*key))
                looked, fresh = before.looked + one.looked, before.fresh + one.fresh
                found[key] = replace(one, looked=looked, fresh=fresh)
            if not any(one.more for one in found.values()):
                return list(found.values())


def folders(house: House) -> list[Cursor]:
    """How far each folder is read, and which cannot be."""
    with reaching("the database"), house.store.read() as tx:
        return cursors.all_of(tx)


async def schedule(house: House, client: Client) -> None:
    """Have the mailboxes read each minute; without a mailbox, no longer."""
    handle = client.get_schedule_handle(INBOX_ID)
    if not house.config.arriving.mailboxes:
        try:
            await handle.delete()
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
        return
    action = ScheduleActionStartWorkflow(InboxWorkflow.run, id=INBOX_ID, task_queue=HOUSE_QUEUE)
    wanted = Schedule(
        action=action,
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
    )
    try:
        await client.create_schedule(INBOX_ID, wanted, trigger_immediately=True)
    except ScheduleAlreadyRunningError:
        return


__all__ = ["FolderRead", "folders", "mailboxes", "read_now", "reader", "schedule"]
