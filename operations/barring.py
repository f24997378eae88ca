"""Addresses that are not written to, barred and let go by hand; every step is in the ledger.

An address is known by its keyed hash, so one that belongs to nobody here, or to somebody who
was forgotten, can be barred and let go as well.
"""

import re
from datetime import datetime
from typing import Final

from domain.event import Happened
from domain.house_events import AddressBarred, BarLifted, Suppressed
from domain.refusal import Malformed, NotFound, Refused
from mail.address import address_key
from operations import places
from operations.contacts import find
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from operations.once import Asked, once
from operations.quieting import write
from operations.stop_facts import SCOPES, stopping
from store import contacts, ledger, suppression
from store.contacts import Contact
from store.database import Tx
from store.ledger import Origin
from store.suppression import ERASED, EVERYTHING, UNSUBSCRIBED
from store.suppression import Suppressed as Bar

STREAM: Final = "house/suppression"
"""Where it is told of addresses that belong to no contact."""

_WORD: Final = re.compile(r"[\w.:+-]{1,80}")
_OURS: Final = (UNSUBSCRIBED, ERASED)


class Barred(View):
    """What became of an address; `contact_id` where it is a contact's, `email_key` always."""

    email_key: str
    contact_id: str | None = None
    scope: str = EVERYTHING
    reason: str
    already: bool = False
    deals: tuple[str, ...] = ()
    nurtures: tuple[str, ...] = ()


class BarLine(View):
    """One bar, the newest first in lists; `contact_id` is None for who is not known here."""

    email_key: str
    contact_id: str | None
    scope: str
    reason: str
    since: datetime


class Bars(View):
    """The bars that there are: how many for each scope and reason, and the newest of them.

    `cursor` begins the next page of them.
    """

    counts: tuple[tuple[str, str, int], ...]
    newest: tuple[BarLine, ...]
    cursor: str | None = None


def suppress(
    house: House,
    who: str,
    *,
    reason: str,
    actor: str,
    command_id: str | None = None,
    dry_run: bool = False,
) -> Barred:
    """Never write to an address again, whoever's it is. `who`: an address, or a contact's id.

    Raises Malformed for a reason that is no word, Refused for one that is not a person's to
    give, NotFound for an unknown id.
    """
    _check(reason)
    if reason in _OURS:
        told = "use sluice contact unsubscribe or sluice contact forget for that"
        raise Refused("reason_taken", told, "reason")
    with reaching("the database"):
        if dry_run:
            with house.store.read() as tx:
                key, one = _known(tx, house, who)
                already = _of(tx, key, EVERYTHING) is not None
            return _said(key, one, reason, already=already)
        with house.store.write() as tx:
            key, one = _known(tx, house, who)
            asked = Asked(_stream(one), "suppress", actor, _body(key, reason), command_id)
            return once(
                house, tx, asked, Barred, lambda: _suppress(tx, house, key, one, reason, actor)
            )


def unsuppress(
    house: House,
    who: str,
    *,
    reason: str,
    actor: str,
    scope: str = EVERYTHING,
    command_id: str | None = None,
    dry_run: bool = False,
) -> Barred:
    """Take a bar away; the reason is told in the ledger. A consent has to be given anew.

    Raises NotFound when nothing bars the address in that scope, Malformed, Refused.
    """
    _check(reason)
    if scope not in SCOPES:
        raise Refused("unknown_purpose", f"mail is for one of {', '.join(SCOPES)}", "purpose")
    with reaching("the database"):
        if dry_run:
            with house.store.read() as tx:
                key, one = _known(tx, house, who)
                return _said(key, one, _must_be(tx, key, scope).reason, scope)
        with house.store.write() as tx:
            key, one = _known(tx, house, who)
            body = _body(key, reason) | {"scope": scope}
            asked = Asked(_stream(one), "unsuppress", actor, body, command_id)
            return once(
                house, tx, asked, Barred, lambda: _lift(tx, house, key, one, scope, reason, actor)
            )


def bars(house: House, limit: int = 50, cursor: str | None = None) -> Bars:
    """How many addresses are barred and why, and the newest bars. Raises Malformed."""
    place = places.read(cursor)
    # The id of a place is the key and the scope of a bar.
    after = (place[0], *_key_and_scope(place[1])) if place else None
    with reaching("the database"), house.store.read() as tx:
        rows = suppression.newest(tx, limit + 1, after)
        found = rows[:limit]
        known = contacts.known_keys(tx, sorted({one.email_key for one in found}))
        counts = suppression.counts(tx)
    return Bars(
        counts=tuple((scope, reason, n) for (scope, reason), n in sorted(counts.items())),
        newest=tuple(
            BarLine(
                email_key=one.email_key,
                contact_id=known.get(one.email_key),
                scope=one.scope,
                reason=one.reason,
                since=one.since,
            )
            for one in found
        ),
        cursor=places.written((found[-1].since, f"{found[-1].email_key}~{found[-1].scope}"))
        if len(rows) > limit
        else None,
    )


def _key_and_scope(text: str) -> tuple[str, str]:
    key, _, scope = text.partition("~")
    return key, scope


def _suppress(
    tx: Tx, house: House, key: str, one: Contact | None, reason: str, actor: str
) -> Barred:
    kept = _of(tx, key, EVERYTHING)
    if kept is not None and not kept.opted_out:
        return _said(key, one, kept.reason, already=True)
    now = house.time.now()
    if one is None:
        position = _tell(tx, house, AddressBarred(at=now, email_key=key, reason=reason), actor)
        suppression.add(tx, key, reason, now, EVERYTHING, position)
        return _said(key, one, reason)
    event = Suppressed(at=now, contact_id=one.contact_id, reason=reason)
    fact = stopping("by_hand", [event], EVERYTHING, one.contact_id, (reason, EVERYTHING))
    told, _ = write(tx, house, one, fact, actor)
    return _said(key, one, reason).model_copy(
        update={"deals": told.deals, "nurtures": told.nurtures}
    )


def _lift(
    tx: Tx, house: House, key: str, one: Contact | None, scope: str, reason: str, actor: str
) -> Barred:
    bar = _must_be(tx, key, scope)
    suppression.lift(tx, key, scope)
    event = BarLifted(
        at=house.time.now(),
        email_key=key,
        scope=scope,
        was=bar.reason,
        reason=reason,
        contact_id=one.contact_id if one else None,
    )
    _tell(tx, house, event, actor, _stream(one))
    return _said(key, one, bar.reason, scope)


def _tell(tx: Tx, house: House, event: Happened, actor: str, stream: str = STREAM) -> int:
    origin = Origin(actor=actor, recorded_at=house.time.wall(), cause="by_hand")
    return ledger.append(tx, stream, ledger.head(tx, stream), [event], origin)[-1].position


def _known(tx: Tx, house: House, who: str) -> tuple[str, Contact | None]:
    if "@" in who:
        key = address_key(house.config.secret, who)
        return key, contacts.by_email_key(tx, key)
    one = find(tx, house, who)
    if one.email_key is None:
        raise NotFound(f"the address of {one.contact_id} was erased: name the address itself")
    return one.email_key, one


def _of(tx: Tx, key: str, scope: str) -> Bar | None:
    found = suppression.of_keys(tx, [key]).get(key, [])
    return next((bar for bar in found if bar.scope == scope), None)


def _must_be(tx: Tx, key: str, scope: str) -> Bar:
    bar = _of(tx, key, scope)
    if bar is None:
        what = "all mail" if scope == EVERYTHING else f"{scope} mail"
        raise NotFound(f"nothing bars that address for {what}")
    return bar


def _said(
    key: str, one: Contact | None, reason: str, scope: str = EVERYTHING, already: bool = False
) -> Barred:
    its = one.contact_id if one else None
    return Barred(email_key=key, contact_id=its, scope=scope, reason=reason, already=already)


def _body(key: str, reason: str) -> dict[str, str]:
    return {"email_key": key, "reason": reason}


def _stream(one: Contact | None) -> str:
    return f"contact/{one.contact_id}" if one else STREAM


def _check(reason: str) -> None:
    if not _WORD.fullmatch(reason):
        told = "a reason is one word of letters, digits and . _ : + -, for the ledger keeps it"
        raise Malformed(told, "reason")
