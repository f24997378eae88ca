"""Whom a launch means: addresses, a list in a file, or all contacts that fit some conditions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.refusal import Malformed
from mail.address import address_key
from operations.accounts import find as find_account
from operations.house import House
from operations.importing.contacts import COLUMNS
from operations.importing.mapping import must_have, places
from operations.importing.table import key_of, read_table
from store import contacts
from store.contacts import Contact
from store.database import Tx

_PAGE: Final = 1_000
_PLAIN: Final = ("country", "zone", "locale", "source")


@dataclass(frozen=True, slots=True)
class Choice:
    """Contacts named one by one (ids or addresses), in a CSV file, or by what is known of them.

    `where` maps a name (country, zone, locale, source, account, or a fact) to the values that
    fit; all names must fit. At least one of the three says something.
    """

    contacts: Sequence[str] = ()
    file: Path | None = None
    where: Mapping[str, Sequence[str]] | None = None

    @property
    def because(self) -> str:
        """How the ledger says why they are in."""
        return "list" if self.file else "by_hand" if self.contacts else "filter"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The ids found, each once, and the places of those that nobody knows."""

    ids: tuple[str, ...]
    unknown: tuple[str, ...]


def parse_where(words: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """`country=PL,DE` and the like. Raises Malformed."""
    found: dict[str, tuple[str, ...]] = {}
    for word in words:
        name, sign, values = word.partition("=")
        listed = tuple(value.strip() for value in values.split(",") if value.strip())
        if not sign or not name.strip() or not listed:
            told = f'"{word[:60]}" is no condition: write country=PL or persona=ops,founder'
            raise Malformed(told, "where")
        found[name.strip()] = listed
    return found


def chosen(tx: Tx, house: House, choice: Choice) -> Chosen:
    """The contacts that are meant. Raises Malformed when nothing says whom, NotFound."""
    if not choice.contacts and choice.file is None and choice.where is None:
        raise Malformed("say whom: --contact, --csv or --where", "contacts")
    ids: dict[str, None] = {}
    unknown: list[str] = []
    for place, who in _listed(choice):
        found = _known(tx, house, who)
        if found is None:
            unknown.append(place)
        else:
            ids[found] = None
    if choice.where is not None:
        ids |= dict.fromkeys(_fitting(tx, choice.where))
    return Chosen(tuple(ids), tuple(unknown))


def _listed(choice: Choice) -> Iterator[tuple[str, str]]:
    """What is named one by one, with the place that a message can point to."""
    yield from ((f"--contact {number}", who) for number, who in enumerate(choice.contacts, 1))
    if choice.file is None:
        return
    table = read_table(choice.file)
    there = places(table)
    column = next((name for name in COLUMNS["email"] if key_of(name) in there), None)
    column = column or next((name for name in ("contact id", "id") if key_of(name) in there), None)
    if column is None:
        must_have(table, ["email"], "a list of contacts")
        return
    yield from (
        (f"{table.file}:{row.line}", row.cells[there[key_of(column)]]) for row in table.rows
    )
    yield from ((one.where, "") for one in table.rejected)


def _known(tx: Tx, house: House, who: str) -> str | None:
    if "@" not in who:
        found = contacts.load(tx, who)
    else:
        try:
            found = contacts.by_email_key(tx, address_key(house.config.secret, who))
        except Malformed:
            return None
    return found.contact_id if found is not None and found.forgotten_at is None else None


def _fitting(tx: Tx, where: Mapping[str, Sequence[str]]) -> Iterator[str]:
    wanted = {name: {value.casefold() for value in values} for name, values in where.items()}
    if "account" in where:
        wanted["account"] = {find_account(tx, name).account_id for name in where["account"]}
    after = None
    while page := contacts.page(tx, after=after, limit=_PAGE):
        yield from (one.contact_id for one in page if _fits(one, wanted))
        after = (page[-1].created_at, page[-1].contact_id)


def _fits(one: Contact, wanted: Mapping[str, set[str]]) -> bool:
    for name, values in wanted.items():
        if name == "account":
            if one.account_id not in values:
                return False
            continue
        have = getattr(one, name) if name in _PLAIN else one.facts.get(name)
        if have is None or str(have).casefold() not in values:
            return False
    return True
