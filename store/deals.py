"""Deals as they stand now: the folded state, and the columns that lists and boards find them by."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Text, bindparam, cast, insert, or_, select, update

from domain.ahead import Ahead, Due
from domain.deal import Deal
from domain.event import Happened
from store import enrollments, ledger, promises, tasks, totals
from store.among import IDS, among
from store.database import Tx
from store.ledger import Entry, Origin, Recorded
from store.tables import deal_contacts, deals
from store.tables.selling import DEAL_HAS_DUE
from store.upserts import put

_ONE: Final = deals.c.deal_id == bindparam("deal_id")
# As text, which becomes a deal in one step; parsed JSON would become one in two.
_TEXT: Final = cast(deals.c.state, Text)
_STATE: Final = select(_TEXT).where(_ONE)
_STATES: Final = select(deals.c.deal_id, _TEXT).where(among(deals.c.deal_id))
_LOCKED: Final = select(deals.c.deal_id).where(_ONE).with_for_update()
_DUES: Final = select(deals.c.deal_id, deals.c.next_due, deals.c.ahead, deals.c.armed_until).where(
    among(deals.c.deal_id)
)
_UNARMED: Final = (
    select(deals.c.deal_id, deals.c.next_due, deals.c.version)
    .where(
        among(deals.c.deal_id),
        DEAL_HAS_DUE,
        or_(deals.c.armed_until.is_(None), deals.c.armed_until > deals.c.next_due),
    )
    .order_by(deals.c.deal_id)
)


def lock(tx: Tx, deal_id: str) -> bool:
    """Hold the deal until the commit; says whether it exists.

    Two transactions that both lock first see each other's work; SQLite has one writer anyway.
    """
    return tx.execute(_LOCKED, {"deal_id": deal_id}).first() is not None


def load(tx: Tx, deal_id: str) -> Deal | None:
    """The deal as of its last event, None when there is none of that id."""
    state = tx.execute(_STATE, {"deal_id": deal_id}).scalar()
    return None if state is None else Deal.model_validate_json(state)


def load_many(tx: Tx, deal_ids: Sequence[str]) -> dict[str, Deal]:
    """The deals of those ids that exist."""
    rows = tx.execute(_STATES, {IDS: deal_ids})
    return {deal_id: Deal.model_validate_json(state) for deal_id, state in rows}


def record(
    tx: Tx,
    before: Deal,
    after: Deal,
    events: Sequence[Happened],
    origin: Origin,
    due: Due,
) -> list[Recorded]:
    """Append the events that made `before` into `after`, and keep every read model with them.

    Raises VersionConflict, with nothing written, when the stream stands elsewhere.
    """
    recorded = ledger.append(tx, before.stream, before.version, events, origin)
    tasks.follow(tx, recorded)
    save(tx, after, due, before)
    return recorded


def record_new(
    tx: Tx, opened: Sequence[tuple[Deal, Sequence[Happened], Origin, Due]]
) -> list[Recorded]:
    """Append the streams of many new deals at once (deal, its events, origin, what is due).

    For imports. Raises VersionConflict when one of them exists; the transaction is lost then.
    """
    entries = [Entry(deal.stream, 0, events, origin) for deal, events, origin, _ in opened]
    recorded = ledger.append_many(tx, entries)
    tasks.follow(tx, recorded)
    add_new(tx, [(deal, due) for deal, _, _, due in opened])
    return recorded


def save(tx: Tx, deal: Deal, due: Due, before: Deal | None = None) -> None:
    """Keep the deal's state, its columns, contacts, promises, enrollments and stage totals.

    `due` is when something is to be done about it next, in business time, and what; `before` is
    the deal as it is kept, and spares writing what did not change. Call it after
    `ledger.append` in the same transaction, so that totals are changed by one at a time.
    """
    ledger.take_turn(tx)
    totals.move(tx, deal)
    put(tx, deals, [{"deal_id": deal.deal_id, **row_of(deal, due)}])
    if before is None or before.contacts != deal.contacts:
        # No event ever unlinks a contact, so there is nothing to take away.
        put(tx, deal_contacts, contacts_of(deal))
    promises.save(tx, deal, before)
    enrollments.save(tx, [deal], before)


def add_new(tx: Tx, fresh: Sequence[tuple[Deal, Due]]) -> None:
    """Keep many deals that are not there yet, with a few statements."""
    if not fresh:
        return
    ledger.take_turn(tx)
    rows = [{"deal_id": deal.deal_id, **row_of(deal, due)} for deal, due in fresh]
    tx.execute(insert(deals), rows)
    made = [deal for deal, _ in fresh]
    put(tx, deal_contacts, [row for deal in made for row in contacts_of(deal)])
    promises.add(tx, made)
    enrollments.save(tx, made)
    totals.add(tx, made)


def set_due(tx: Tx, due: Iterable[tuple[str, Due]]) -> None:
    """Change only what is to be done next and when, for many deals by their ids."""
    for deal_id, one in due:
        tx.execute(update(deals).where(deals.c.deal_id == deal_id).values(**due_columns(one)))


def dues(tx: Tx, deal_ids: Sequence[str]) -> dict[str, tuple[Due, datetime | None]]:
    """What is due next for each of the deals, and until when its workflow was seen to sleep."""
    rows = tx.execute(_DUES, {IDS: deal_ids})
    return {row.deal_id: (due_in(row.next_due, row.ahead), row.armed_until) for row in rows}


def set_armed(tx: Tx, deal_id: str, until: datetime | None) -> None:
    """Remember the moment that the deal's workflow sleeps until; None when it has ended."""
    tx.execute(update(deals).where(deals.c.deal_id == deal_id).values(armed_until=until))


def unarmed(tx: Tx, deal_ids: Sequence[str]) -> list[tuple[str, datetime, int]]:
    """Those with something due and no workflow that sleeps for it: id, moment and version."""
    rows = tx.execute(_UNARMED, {IDS: deal_ids})
    return [(row.deal_id, row.next_due, row.version) for row in rows]


def sleep_until(tx: Tx, deal_id: str, due: Due) -> None:
    """What is due next for the deal, and that its workflow sleeps until then."""
    one = update(deals).where(deals.c.deal_id == deal_id)
    tx.execute(one.values(**due_columns(due), armed_until=due.at))


def of_contact(tx: Tx, contact_id: str) -> list[str]:
    """Ids of all deals in which the contact takes part."""
    query = select(deal_contacts.c.deal_id).where(deal_contacts.c.contact_id == contact_id)
    return list(tx.execute(query.order_by(deal_contacts.c.deal_id)).scalars())


def roles_of(tx: Tx, contact_id: str, deal_ids: Sequence[str]) -> dict[str, str]:
    """The part that the contact has in each of these deals (a page of them)."""
    query = select(deal_contacts.c.deal_id, deal_contacts.c.role).where(
        deal_contacts.c.contact_id == contact_id, deal_contacts.c.deal_id.in_(deal_ids)
    )
    return dict(tx.execute(query).all())


def contacts_of(deal: Deal) -> list[dict[str, Any]]:
    """The rows that stand for the contacts of a deal, in their order."""
    return [
        {
            "deal_id": deal.deal_id,
            "contact_id": party.contact_id,
            "role": party.role,
            "place": place,
        }
        for place, party in enumerate(deal.contacts)
    ]


def due_columns(due: Due) -> dict[str, Any]:
    """The columns that stand for what is due next."""
    ahead = due.ahead.model_dump(mode="json", exclude_defaults=True) if due.ahead else None
    return {"next_due": due.at, "ahead": ahead}


def due_in(next_due: datetime | None, ahead: Mapping[str, Any] | None) -> Due:
    """What those columns say."""
    return Due(next_due, Ahead.model_validate(ahead) if ahead is not None else None)


def row_of(deal: Deal, due: Due) -> dict[str, Any]:
    """The columns that stand for a deal, except its id and what its workflow sleeps for."""
    return {
        "version": deal.version,
        "state": deal.model_dump(mode="json"),
        "playbook": deal.playbook,
        "stage": deal.stage,
        "status": deal.status,
        "lost_reason": deal.lost_reason,
        "owner_id": deal.owner_id,
        "account_id": deal.account_id,
        "amount": deal.amount,
        "currency": deal.currency,
        "product": deal.product,
        "source": deal.source,
        "opened_at": deal.opened_at,
        "stage_entered_at": deal.stage_entered_at,
        "updated_at": deal.updated_at,
        "closed_at": deal.closed_at,
        "expected_close": deal.expected_close,
        "stagnant": [flag.reason for flag in deal.flags],
        "stagnant_since": deal.stagnant_since,
        "paused": deal.paused_at is not None,
        "our_turn_since": deal.our_turn_since,
        "attention": deal.attention,
        **due_columns(due),
        "pinned_pipeline": deal.pins.get("pipeline"),
        "pinned_calendar": deal.pins.get("calendar"),
    }
