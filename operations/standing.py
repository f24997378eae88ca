"""How the house stands at this moment: mail, clock, workers, and what wants a look."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.service import RPCError

from activities.contract import HOUSE_QUEUE
from domain.times.calendar import Calendar
from operations.desk import reaching
from operations.house import EngineUnreachable, House
from operations.post.mailboxes import Halted, halted_in
from store import counts, playbooks, situation, switches
from store.database import Tx

MANY: Final = 1_000
"""Doubts are counted up to here."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Mail's switch with its reason, the mailboxes that were halted, the clock, and counts.

    `now` is business time; `zone` is that of the default playbook's calendar. `inbox` counts
    mails that came in and wait for a person, `webhooks_off` endpoints that were disabled.
    """

    mail_on: bool
    mail_reason: str | None
    now: datetime
    zone: str
    speed: float
    stagnant: int
    in_doubt: int
    halted: tuple[Halted, ...] = ()
    inbox: int = 0
    webhooks_off: int = 0


def standing(house: House) -> Standing:
    """How the house stands. Raises EngineUnreachable when the database cannot be read."""
    with reaching("the database"), house.store.read() as tx:
        stopped = switches.that_are_on(tx).get(switches.MAIL_STOPPED)
        return Standing(
            mail_on=stopped is None,
            mail_reason=stopped.reason if stopped else None,
            now=house.time.now(),
            zone=_zone(tx, house.config.default_playbook),
            speed=house.time.clock().speed,
            halted=tuple(halted_in(tx)),
            **counts.of_house(tx, MANY)._asdict(),
        )


def _zone(tx: Tx, playbook: str) -> str:
    edition = playbooks.newest(tx, playbook)
    if edition is None:
        return "UTC"
    key = ("calendar", edition.parts["calendar"])
    calendar = situation.load_cached(tx, playbook, {key})[key]
    assert isinstance(calendar, Calendar)
    return calendar.zone


async def workers(house: House) -> int:
    """How many workers ask Temporal for work at present. Raises EngineUnreachable."""
    client = await house.temporal()
    asked = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=HOUSE_QUEUE),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    try:
        answer = await client.workflow_service.describe_task_queue(asked)
    except RPCError as error:
        raise EngineUnreachable("Temporal", error.status.name) from error
    return len({poller.identity for poller in answer.pollers})


def rebuild_wanted(house: House) -> str | None:
    """What an upgrade left to be made anew from the ledger; None for nothing."""
    with reaching("the database"), house.store.read() as tx:
        found = switches.load(tx, switches.REBUILD_WANTED)
    return found.reason if found is not None and found.is_on else None


def ping_store(house: House) -> None:
    """Raises EngineUnreachable unless the database answers."""
    with reaching("the database"):
        house.store.ping()
