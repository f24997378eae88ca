"""Links of mails that are led over the console, where they lead, and who followed them when."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, delete, func, select, update

from domain.clicks import WhyNot
from store.database import Tx
from store.tables import clicks, links
from store.upserts import insert_if_absent

CLICKS_MAX: Final = 100
"""Clicks that are kept of one link; whoever follows it for ever fills no disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An opaque id, the mail and its reader, the place in it (from 1), and where it leads."""

    link_id: str
    touch_id: str
    contact_id: str
    position: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """A click: `at` is business time, `recorded_at` wall time; `why_not` if it is no person's."""

    link_id: str
    at: datetime
    recorded_at: datetime
    why_not: WhyNot | None = None


def keep(tx: Tx, several: Sequence[Link]) -> None:
    """Keep where the links of a mail lead, in the transaction that freezes the mail."""
    for one in several:
        insert_if_absent(tx, links, asdict(one))


def forget(tx: Tx, touch_id: str) -> None:
    """Let go of the links of a mail that did not go and is written anew."""
    tx.execute(delete(links).where(links.c.touch_id == touch_id))


def find(tx: Tx, link_id: str) -> Link | None:
    """The link of that id, None for one that there never was or is no more."""
    row = tx.execute(select(links).where(links.c.link_id == link_id)).mappings().first()
    return Link(**row) if row is not None else None


def of_mail(tx: Tx, touch_id: str, *, lock: bool = False) -> list[Link]:
    """The links of a mail in their order; `lock`: until the transaction ends."""
    query = select(links).where(links.c.touch_id == touch_id).order_by(links.c.position)
    rows = tx.execute(query.with_for_update() if lock else query).mappings()
    return [Link(**row) for row in rows]


def clicks_of(tx: Tx, touch_id: str) -> list[Click]:
    """Every click on the links of a mail, the first one first."""
    query = (
        select(clicks.c.link_id, clicks.c.at, clicks.c.recorded_at, clicks.c.why_not)
        .join(links, links.c.link_id == clicks.c.link_id)
        .where(links.c.touch_id == touch_id)
        .order_by(clicks.c.recorded_at, clicks.c.link_id, clicks.c.number)
    )
    return [Click(**row) for row in tx.execute(query).mappings()]


def add_click(tx: Tx, link: Link, click: Click, burst: timedelta) -> bool:
    """Keep a click; False when that link has had too many, or is gone.

    When another link of the mail was followed within `burst`, neither counts.
    """
    beside = [one.link_id for one in of_mail(tx, link.touch_id, lock=True)]
    if link.link_id not in beside:
        return False
    had = select(func.count()).where(clicks.c.link_id == link.link_id)
    number = int(tx.execute(had).scalar_one()) + 1
    if number > CLICKS_MAX:
        return False
    beside.remove(link.link_id)
    near = and_(
        clicks.c.link_id.in_(beside),
        clicks.c.recorded_at > click.recorded_at - burst,
        clicks.c.recorded_at < click.recorded_at + burst,
    )
    others = int(tx.execute(select(func.count()).where(near)).scalar_one())
    told = {**asdict(click), "number": number}
    if others:
        told["why_not"] = click.why_not or "burst"
        alone = and_(near, clicks.c.why_not.is_(None))
        tx.execute(update(clicks).where(alone).values(why_not="burst"))
    return insert_if_absent(tx, clicks, told)
