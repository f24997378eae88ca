"""Deals for tests, told as the events that made them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from domain import deal_events as d
from domain import touch_events as e
from domain.ahead import Due
from domain.deal import Deal, fold
from domain.event import Happened
from store import deals
from store.database import Tx
from store.ledger import Origin, Recorded
from tests.support.moments import at

ORIGIN = Origin(actor="P-rep", recorded_at=at(), cause="test")


def opening(
    *,
    stage: str = "new",
    owner: str | None = "P-rep",
    contact: str | None = "C-1",
    amount: str | None = "1000",
    currency: str = "EUR",
    when: datetime | None = None,
    playbook: str = "simple",
) -> list[Happened]:
    """The events that open a deal."""
    since = when or at()
    told: list[Happened] = [
        d.DealOpened(
            at=since,
            playbook=playbook,
            pins={"pipeline": 1, "calendar": 1},
            amount=None if amount is None else Decimal(amount),
            currency=None if amount is None else currency,
        ),
        d.StageEntered(at=since, stage=stage, how="opened"),
    ]
    if owner is not None:
        told.append(d.OwnerAssigned(at=since, owner_id=owner))
    if contact is not None:
        told.append(d.ContactLinked(at=since, contact_id=contact, role="primary"))
    return told


def enrolled(number: int = 1, contact: str = "C-1", when: datetime | None = None) -> e.Enrolled:
    """The event that starts the first cadence."""
    since = when or at()
    return e.Enrolled(
        at=since,
        enrollment_id=f"E-{number}",
        playbook="simple",
        part="cadence:new-lead",
        version=1,
        contact_id=contact,
        because="opened",
        anchor_at=since,
    )


def task(number: int = 1, due: datetime | None = None, person: str | None = "P-rep") -> Happened:
    """The event that gives somebody something to do."""
    return e.TaskCreated(
        at=at(),
        task_id=f"T-{number}",
        verb="task",
        name="call-back",
        for_id=person,
        due_at=due or at(1),
    )


def record(
    tx: Tx,
    deal_id: str,
    events: Sequence[Happened],
    next_due: datetime | None = None,
    origin: Origin = ORIGIN,
) -> list[Recorded]:
    """Let the events happen to the deal of that id, new or known."""
    before = deals.load(tx, deal_id) or Deal(deal_id=deal_id)
    after = fold(before, list(events))
    return deals.record(tx, before, after, events, origin, Due(next_due))
