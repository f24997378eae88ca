"""Switches that hold for the whole house, such as the one that stops all mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select

from store.among import IDS, among
from store.database import Tx
from store.snapshot import known
from store.tables import switches
from store.upserts import put

MAIL_STOPPED: Final = "mail_stopped"
"""On: no mail enters the wire."""
HALTED: Final = "halted"
"""On, for one mailbox (`halted:NAME`): none of its mail to contacts goes."""
MARKETING_HALTED: Final = "marketing_halted"
"""On, for one mailbox: none of its marketing mail goes."""

REBUILD_WANTED: Final = "rebuild_wanted"
"""On: an upgrade left something to be made anew from the ledger; `reason` says what."""


@dataclass(frozen=True, slots=True)
class Switch:
    """How a switch stands, since when, by whom and why."""

    name: str
    is_on: bool
    since: datetime
    by: str
    reason: str | None = None


def flip(tx: Tx, switch: Switch) -> None:
    """Set the switch as given."""
    put(tx, switches, [{name: getattr(switch, name) for name in Switch.__slots__}])


def load(tx: Tx, name: str) -> Switch | None:
    """How the switch stands, None when nobody ever touched it."""
    return load_many(tx, [name]).get(name)


def is_on(tx: Tx, name: str) -> bool:
    """Whether the switch is on; one that nobody ever touched is off."""
    found = load(tx, name)
    return found is not None and found.is_on


def load_many(tx: Tx, names: Sequence[str]) -> dict[str, Switch]:
    """How those of the switches stand that somebody ever touched."""
    rows = tx.execute(_NAMED, {IDS: names}).mappings()
    return {row["name"]: Switch(**row) for row in rows}


def of_mailboxes(tx: Tx) -> list[Switch]:
    """The switches of single mailboxes that are on, by name."""
    return [one for one in of_mail(tx) if one.name != MAIL_STOPPED]


def of_mail(tx: Tx) -> list[Switch]:
    """Those that are on and keep mail back, the one of all mail among them, by name."""
    sorts = (MAIL_STOPPED, f"{HALTED}:", f"{MARKETING_HALTED}:")
    return [one for one in that_are_on(tx).values() if one.name.startswith(sorts)]


def that_are_on(tx: Tx) -> dict[str, Switch]:
    """All switches that are on, by name; there are a few for each mailbox."""
    return known(tx, ("switches",), _on)


def forget(tx: Tx, name: str) -> None:
    """As if nobody had ever touched the switch."""
    tx.execute(delete(switches).where(switches.c.name == name))


def _on(tx: Tx) -> dict[str, Switch]:
    return {row["name"]: Switch(**row) for row in tx.execute(_ON).mappings()}


_NAMED: Final = select(switches).where(among(switches.c.name))
_ON: Final = select(switches).where(switches.c.is_on).order_by(switches.c.name)
