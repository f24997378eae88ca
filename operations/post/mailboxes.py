"""The mailboxes that mail goes out of: which are halted and why, and a person's word to go on."""

from datetime import datetime

from activities.limiting import HOUSE
from domain.house_events import MailboxReleased
from domain.refusal import NotFound, Refused
from mail.outbox import MAIN
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from operations.once import Asked, once
from store import ledger, nudges, sends, switches
from store.database import Tx
from store.ledger import Origin
from store.switches import HALTED, MARKETING_HALTED, Switch


class Halted(View):
    """A mailbox that was halted by itself: for `all` of its mail or `marketing`, and why."""

    mailbox: str
    scope: str
    since: datetime
    reason: str | None = None


class Released(View):
    """A mailbox that may send again; `woken` streams look at their mail anew."""

    mailbox: str
    woken: int = 0


def names(house: House) -> tuple[str, ...]:
    """The mailboxes that the house can send from."""
    return (MAIN, *(one.name for one in house.config.outboxes))


def halted(house: House) -> list[Halted]:
    """The mailboxes that are halted, by name."""
    with reaching("the database"), house.store.read() as tx:
        return halted_in(tx)


def halted_in(tx: Tx) -> list[Halted]:
    """The same in a transaction that reads more."""
    return [_halted(one) for one in switches.of_mailboxes(tx)]


def release(
    house: House,
    mailbox: str,
    *,
    actor: str,
    command_id: str | None = None,
    dry_run: bool = False,
) -> Released:
    """Let a halted mailbox send again; bounces and complaints count anew from now on.

    Raises NotFound for a mailbox that is none, Refused for one that is not halted.
    """
    if mailbox not in names(house):
        known = ", ".join(names(house))
        raise NotFound(f"there is no mailbox {mailbox[:60]}; known: {known}", "mailbox")
    if dry_run:
        if not any(one.mailbox == mailbox for one in halted(house)):
            raise Refused("not_halted", f"the mailbox {mailbox} is not halted")
        return Released(mailbox=mailbox)
    with reaching("the database"), house.store.write() as tx:
        asked = Asked(HOUSE, "release_mailbox", actor, {"mailbox": mailbox}, command_id)
        return once(house, tx, asked, Released, lambda: _release(tx, house, mailbox, actor))


def _release(tx: Tx, house: House, mailbox: str, actor: str) -> Released:
    on = [one for one in switches.of_mailboxes(tx) if _halted(one).mailbox == mailbox]
    if not on:
        raise Refused("not_halted", f"the mailbox {mailbox} is not halted")
    wall, now = house.time.wall(), house.time.now()
    for sort in (HALTED, MARKETING_HALTED):
        switches.flip(tx, Switch(f"{sort}:{mailbox}", False, now, actor))
    origin = Origin(actor=actor, recorded_at=wall, cause="release_mailbox")
    ledger.take_turn(tx)
    event = MailboxReleased(at=now, mailbox=mailbox)
    ledger.append(tx, HOUSE, ledger.head(tx, HOUSE), [event], origin)
    woken = sends.release(tx, None, now)
    nudges.add(tx, woken, "release_mailbox", wall)
    return Released(mailbox=mailbox, woken=len(woken))


def _halted(one: Switch) -> Halted:
    sort, _, name = one.name.partition(":")
    scope = "all" if sort == HALTED else "marketing"
    return Halted(mailbox=name, scope=scope, since=one.since, reason=one.reason)
