"""Erase what tells who a person is; that something happened, and when, stays.

Every place that may hold a name, an address or a text is named here or has an `erase_of` of its
own. The ledger is not among them: an event has no room for such a thing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, unquote_plus

from sqlalchemy import ColumnElement, Text, and_, cast, delete, func, or_, select, update

from store import sends as outgoing
from store.database import Tx
from store.tables import (
    clicks,
    commands,
    consents,
    deal_contacts,
    deal_texts,
    imports,
    nurtures,
    sends,
)
from store.tables import links as tracked
from store.tables.mailing import SEND_IS_UNSETTLED

_IDS: Final = 500
_BATCH: Final = 200
_ERASED: Final = "erased"
_KEPT_TEXTS: Final = ("title", "field:")
"""What is kept of a deal with others in it, unless it speaks of the person."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to erase: the id, the streams of all that is theirs, and the words that tell them.

    `deals` are all they take part in, `alone` those in which nobody else does who is still
    known. `words` finds their address or name in a text; None when neither is known any more.
    """

    contact_id: str
    email: str | None
    deals: Sequence[str]
    alone: Sequence[str]
    nurtures: Sequence[str]
    words: re.Pattern[str] | None

    @property
    def streams(self) -> list[str]:
        """The streams whose commands may hold texts of theirs."""
        found = [f"contact/{self.contact_id}"]
        found += [f"deal/{one}" for one in self.deals]
        return found + [f"nurture/{one}" for one in self.nurtures]


def shared(tx: Tx, contact_id: str, known: Sequence[str]) -> list[str]:
    """Those of the contact's deals in which one of the `known` other contacts takes part."""
    mine = select(deal_contacts.c.deal_id).where(deal_contacts.c.contact_id == contact_id)
    query = select(deal_contacts.c.deal_id).where(
        deal_contacts.c.deal_id.in_(mine), deal_contacts.c.contact_id.in_(known)
    )
    return sorted(set(tx.execute(query).scalars()))


def beside(tx: Tx, contact_id: str) -> list[str]:
    """The other contacts of the contact's deals."""
    mine = select(deal_contacts.c.deal_id).where(deal_contacts.c.contact_id == contact_id)
    query = select(deal_contacts.c.contact_id).where(
        deal_contacts.c.deal_id.in_(mine), deal_contacts.c.contact_id != contact_id
    )
    return sorted(set(tx.execute(query).scalars()))


def nurtures_of(tx: Tx, contact_id: str) -> list[str]:
    """Every nurture run of the contact, ended ones too."""
    query = select(nurtures.c.enrollment_id).where(nurtures.c.contact_id == contact_id)
    return list(tx.execute(query.order_by(nurtures.c.enrollment_id)).scalars())


def titles(tx: Tx, deal_ids: Sequence[str]) -> list[str]:
    """What those deals are called, for finding it in mails to colleagues."""
    query = select(deal_texts.c.text).where(deal_texts.c.name == "title")
    return [
        text
        for some in _parts(deal_ids)
        for text in tx.execute(query.where(deal_texts.c.deal_id.in_(some))).scalars()
    ]


def texts(tx: Tx, one: Person) -> int:
    """Delete texts about the person's deals, and any other that has the address in it."""
    gone: list[tuple[str, str]] = []
    query = select(deal_texts.c.deal_id, deal_texts.c.name, deal_texts.c.text)
    alone = set(one.alone)
    for some in _parts(one.deals):
        for deal_id, name, text in tx.execute(query.where(deal_texts.c.deal_id.in_(some))):
            kept = deal_id not in alone and name.startswith(_KEPT_TEXTS)
            if not kept or _speaks(one, text):
                gone.append((deal_id, name))
    if one.email:
        elsewhere = query.where(_holds(deal_texts.c.text, one.email))
        gone += [(deal_id, name) for deal_id, name, _ in tx.execute(elsewhere)]
    for deal_id, name in set(gone):
        its = and_(deal_texts.c.deal_id == deal_id, deal_texts.c.name == name)
        tx.execute(deal_texts.delete().where(its))
    return len(set(gone))


def said(tx: Tx, one: Person) -> int:
    """Blank what was asked in answered commands, and the words of receipts that quote it.

    The fingerprint of what was said of a contact could be guessed back, so it goes as well:
    repeating such a command afterwards is a reuse of its id.
    """
    which: list[ColumnElement[bool]] = [commands.c.stream.in_(some) for some in _parts(one.streams)]
    if one.email:
        which += [_holds(cast(commands.c[name], Text), one.email) for name in ("body", "receipt")]
    answered = commands.c.answered_at.is_not(None)
    query = select(commands.c.command_id, commands.c.body, commands.c.receipt)
    count = 0
    for its_id, body, receipt in tx.execute(query.where(answered, or_(*which))).all():
        its = update(commands).where(commands.c.command_id == its_id)
        tx.execute(its.values(body=None, fingerprint="", receipt=_blanked(one, receipt)))
        count += body is not None
    return count


def waiting(tx: Tx, one: Person, but: str | None = None) -> int:
    """Commands about the person that are accepted and have no answer yet, but for this one."""
    query = select(func.count()).where(commands.c.answered_at.is_(None))
    query = query.where(commands.c.command_id != but) if but is not None else query
    return sum(
        int(tx.execute(query.where(commands.c.stream.in_(some))).scalar_one())
        for some in _parts(one.streams)
    )


def written(tx: Tx, contact_id: str, since: datetime | None = None) -> Iterator[tuple[str, bytes]]:
    """Written mails to everybody else that may speak of a contact: touch id and bytes.

    Those to people of ours, and those to others about the contact's deals. `since` (wall time)
    leaves out what had ended before: its words are those it had then.
    """
    mine = select(deal_contacts.c.deal_id).where(deal_contacts.c.contact_id == contact_id)
    of_use = or_(sends.c.person_id.is_not(None), sends.c.deal_id.in_(mine))
    if since is not None:
        of_use = and_(of_use, or_(SEND_IS_UNSETTLED, sends.c.finished_at >= since))
    after = ""
    while True:
        query = (
            select(sends.c.touch_id, sends.c.payload)
            .where(of_use, sends.c.payload.is_not(None))
            .where(sends.c.touch_id > after)
        )
        rows = tx.execute(query.order_by(sends.c.touch_id).limit(_BATCH)).all()
        yield from ((row.touch_id, row.payload) for row in rows)
        if len(rows) < _BATCH:
            return
        after = rows[-1].touch_id


def mails(tx: Tx, one: Person, touch_ids: Sequence[str]) -> int:
    """Forget the words of mails to the person, of those about their deals, and of these."""
    count = outgoing.erase_of(tx, one.contact_id)
    theirs: list[ColumnElement[bool]] = []
    to_us = sends.c.person_id.is_not(None)
    for some in _parts([f"deal/{its}" for its in one.deals]):
        theirs.append(and_(to_us, sends.c.stream.in_(some)))
    theirs += [sends.c.touch_id.in_(some) for some in _parts(touch_ids)]
    gone = {"subject": None, "payload": None, "reply": None}
    count += tx.execute(update(sends).where(or_(*theirs)).values(**gone)).rowcount
    all_of_them = or_(sends.c.contact_id == one.contact_id, *theirs)
    reasons = select(sends.c.touch_id, sends.c.reason).where(all_of_them)
    for touch_id, reason in tx.execute(reasons.where(sends.c.reason.is_not(None))).all():
        # What a person wrote about a doubt is a sentence; what Sluice writes is a word.
        if " " in reason or _speaks(one, reason):
            its = update(sends).where(sends.c.touch_id == touch_id)
            tx.execute(its.values(reason=_ERASED))
    return count


def links(tx: Tx, one: Person, touch_ids: Sequence[str]) -> int:
    """Delete the links of mails to the person and of these mails, and all that name the person.

    An address may stand in the HTML of a mail alone, where only its link tells it.
    """
    query = select(tracked.c.link_id)
    theirs: list[ColumnElement[bool]] = [tracked.c.contact_id == one.contact_id]
    theirs += [tracked.c.touch_id.in_(some) for some in _parts(touch_ids)]
    if one.email:
        theirs += [_holds(tracked.c.url, said) for said in (one.email, quote(one.email, safe=""))]
    gone = set(tx.execute(query.where(or_(*theirs))).scalars())
    beside = select(tracked.c.link_id, tracked.c.url).join(
        sends, sends.c.touch_id == tracked.c.touch_id
    )
    for some in _parts(one.deals):
        for link_id, url in tx.execute(beside.where(sends.c.deal_id.in_(some))):
            if _speaks(one, unquote_plus(url)):
                gone.add(link_id)
    for ids in _parts(sorted(gone)):
        tx.execute(delete(clicks).where(clicks.c.link_id.in_(ids)))
        tx.execute(delete(tracked).where(tracked.c.link_id.in_(ids)))
    return len(gone)


def remembered(tx: Tx, one: Person) -> int:
    """Blank the ids of imported rows that are the person's own address."""
    count = 0
    for some in _parts(one.deals):
        rows = tx.execute(select(imports).where(imports.c.deal_id.in_(some))).all()
        for row in rows:
            if _speaks(one, row.source_id):
                its = update(imports).where(imports.c.deal_id == row.deal_id)
                tx.execute(its.values(source_id=f"erased:{row.deal_id}"))
                count += 1
    return count


def agreed(tx: Tx, contact_id: str) -> int:
    """Forget where consents came from; for what, on which basis and until when stays."""
    its = and_(consents.c.contact_id == contact_id, consents.c.source.is_not(None))
    return tx.execute(update(consents).where(its).values(source=None)).rowcount


def _speaks(one: Person, text: str) -> bool:
    return one.words is not None and one.words.search(text) is not None


def _blanked(one: Person, receipt: Any) -> Any:
    """The receipt without sentences that quote the person."""
    if isinstance(receipt, dict):
        return {key: _blanked(one, value) for key, value in receipt.items()}
    if isinstance(receipt, list):
        return [_blanked(one, value) for value in receipt]
    return _ERASED if isinstance(receipt, str) and _speaks(one, receipt) else receipt


def _holds(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    return func.lower(column).contains(text.lower(), autoescape=True)


def _parts(ids: Sequence[str]) -> Iterator[list[str]]:
    """Some hundreds of ids at a time; one empty part where there are none."""
    for start in range(0, max(len(ids), 1), _IDS):
        yield list(ids[start : start + _IDS])
