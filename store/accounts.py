"""Accounts: the companies on the other side."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from store.among import IDS, among
from store.database import Tx
from store.snapshot import once
from store.tables import accounts
from store.upserts import insert_if_absent, put


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A company. `name_key` is its name as it is compared: two spellings are one account."""

    account_id: str
    name: str
    name_key: str
    created_at: datetime
    country: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def add(tx: Tx, account: Account) -> bool:
    """Keep a new account; False, and nothing changed, when its id or its name is known."""
    return insert_if_absent(tx, accounts, asdict(account))


def save(tx: Tx, account: Account) -> None:
    """Keep the account as it is now, new or known."""
    put(tx, accounts, [asdict(account)])


def load(tx: Tx, account_id: str) -> Account | None:
    """The account of that id."""
    return load_many(tx, [account_id]).get(account_id)


def by_name_key(tx: Tx, name_key: str) -> Account | None:
    """The account whose name compares equal."""
    row = tx.execute(select(accounts).where(accounts.c.name_key == name_key)).mappings()
    return next((Account(**one) for one in row), None)


def load_many(tx: Tx, account_ids: Sequence[str]) -> dict[str, Account]:
    """The accounts of those ids that exist."""
    return once(tx, "accounts", account_ids, _read)


def _read(tx: Tx, account_ids: Collection[str]) -> dict[str, Account]:
    rows = tx.execute(_OF_IDS, {IDS: account_ids}).mappings()
    return {row["account_id"]: Account(**row) for row in rows}


_OF_IDS: Final = select(accounts).where(among(accounts.c.account_id))


def all_of(tx: Tx, after: str = "", limit: int = 1_000) -> list[Account]:
    """Accounts in the order of their compared names, behind `after`."""
    query = select(accounts).where(accounts.c.name_key > after).order_by(accounts.c.name_key)
    return [Account(**row) for row in tx.execute(query.limit(limit)).mappings()]
