"""The figures of the house for monitoring: counts and delays, read when they are asked for.

Labels are words of ours, names from playbooks and ids of webhooks: few, and nobody's.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import version
from typing import Final, Literal

from operations.desk import reaching
from operations.house import EngineUnreachable, House
from operations.queues import queues
from store import board, commands, inbound, ledger, nudges, nurtures, sends, switches, totals
from store import webhooks as kept_webhooks
from store.database import Tx

PATIENCE_S: Final = 3.0
"""How long Temporal is waited for; a scrape must not hang with it."""

MANY: Final = 1_000
"""What waits for a person is counted up to here."""

DAY: Final = timedelta(hours=24)

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its name, its kind, what it says, and a value for each set of labels.

    The name of a counter ends in `_total`.
    """

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    samples: list[tuple[Labels, float]] = field(default_factory=list)


async def families(house: House) -> list[Family]:
    """Every metric of the house. What cannot be reached is told by `sluice_up`."""
    stored, engine = await asyncio.gather(asyncio.to_thread(_stored, house), _engine(house))
    found = [*stored, *engine]
    up = Family("sluice_up", "gauge", "Whether an engine answers.")
    up.samples.append(({"engine": "database"}, float(bool(stored))))
    up.samples.append(({"engine": "temporal"}, float(bool(engine))))
    build = Family("sluice_build_info", "gauge", "The version of Sluice; always 1.")
    build.samples.append(({"version": version("sluice")}, 1.0))
    return [build, up, *found]


def _stored(house: House) -> list[Family]:
    """What the database knows; nothing when it does not answer."""
    try:
        with reaching("the database"), house.store.read() as tx:
            return [*_deals(tx), *_mail(tx, house), *_lag(tx, house), *_told(tx)]
    except EngineUnreachable:
        return []


def _one(name: str, told: str, value: float) -> Family:
    return Family(name, "gauge", told, [({}, value)])


def _deals(tx: Tx) -> Iterator[Family]:
    counted: Counter[tuple[str, str, str]] = Counter()
    for total in totals.all_of(tx):
        counted[(total.playbook, total.stage, total.status)] += total.deals
    deals = Family("sluice_deals", "gauge", "Deals by where they stand.")
    for (playbook, stage, status), count in sorted(counted.items()):
        labels = {"playbook": playbook, "stage": stage, "status": status}
        deals.samples.append((labels, float(count)))
    yield deals


def _mail(tx: Tx, house: House) -> Iterator[Family]:
    now = house.time.now()
    lately = Family("sluice_mails_24h", "gauge", "Mails of the last 24 hours, by status.")
    for name, count in sorted(sends.tally(tx, now - DAY).items()):
        lately.samples.append(({"status": name}, float(count)))
    yield lately
    waiting = Family("sluice_mails_unsettled", "gauge", "Mails without an outcome, by status.")
    found = sends.tally_unsettled(tx)
    for name in ("planned", "claimed", "data", "in_doubt"):
        waiting.samples.append(({"status": name}, float(found.get(name, 0))))
    yield waiting
    stopped = float(switches.is_on(tx, switches.MAIL_STOPPED))
    yield _one("sluice_mail_stopped", "Whether the switch stops all mail.", stopped)
    halted = len(switches.of_mailboxes(tx))
    yield _one("sluice_mailboxes_halted", "Mailboxes that were halted.", float(halted))
    told = "Mails that came in and wait for a person, counted up to 1000."
    yield _one("sluice_inbox_waiting", told, float(inbound.waiting(tx, MANY)))


def _lag(tx: Tx, house: House) -> Iterator[Family]:
    """How late the house is: what is due and not done, accepted and not applied."""
    now, wall = house.time.now(), house.time.wall()
    due = [row.next_due for row in board.due(tx, now, limit=1)]
    due += [run.next_due for run in nurtures.due(tx, now, limit=1)]
    moments = [at for one in due if (at := house.time.to_wall(one)) is not None]
    late = max((wall - min(moments)).total_seconds(), 0.0) if moments else 0.0
    yield _one("sluice_due_lag_seconds", "For how long the oldest due thing is not done.", late)
    left = commands.unanswered(tx, wall, MANY)
    oldest = max((wall - left[0].kept_at).total_seconds(), 0.0) if left else 0.0
    told = "For how long the oldest accepted command waits to be applied."
    yield _one("sluice_command_lag_seconds", told, oldest)
    told = "Workflows that are to be woken and were not yet."
    yield _one("sluice_nudges_waiting", told, float(nudges.count(tx)))
    told = "The position of the newest event of the ledger."
    yield _one("sluice_ledger_position", told, float(ledger.last_position(tx)))


def _told(tx: Tx) -> Iterator[Family]:
    """Webhooks: there are at most fifty, so each may be a label."""
    last, counts = ledger.last_position(tx), kept_webhooks.counts(tx)
    behind = Family("sluice_webhook_behind", "gauge", "Events that a webhook was not told yet.")
    off = Family("sluice_webhook_active", "gauge", "Whether a webhook is told what happens.")
    dead = Family("sluice_webhook_dead", "gauge", "Events that a webhook did not take.")
    for one in kept_webhooks.all_of(tx):
        labels = {"webhook": one.webhook_id}
        behind.samples.append((labels, float(last - one.settled)))
        off.samples.append((labels, float(one.status == "active")))
        dead.samples.append((labels, float(counts.get((one.webhook_id, "dead"), 0))))
    yield from (behind, off, dead)


async def _engine(house: House) -> list[Family]:
    """What Temporal knows of its queues; nothing when it does not answer."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            found = await queues(house)
    except (EngineUnreachable, TimeoutError):
        return []
    asking = Family("sluice_queue_workers", "gauge", "Workers that ask a task queue for work.")
    waiting = Family("sluice_queue_backlog", "gauge", "Tasks that wait in a queue, about.")
    age = Family("sluice_queue_age_seconds", "gauge", "For how long the oldest task waits.")
    for one in found:
        labels = {"queue": one.name, "kind": one.kind}
        asking.samples.append((labels, float(one.pollers)))
        waiting.samples.append((labels, float(one.backlog)))
        age.samples.append((labels, one.age.total_seconds() if one.backlog else 0.0))
    return [asking, waiting, age]
