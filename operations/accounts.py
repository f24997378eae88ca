"""Accounts: the companies on the other side, found again however their name is written."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.ids import new_id
from domain.refusal import Malformed, NotFound
from mail.address import display_name
from operations.desk import reaching
from operations.house import House
from store import accounts
from store.accounts import Account
from store.database import Tx


class Company(BaseModel):
    """An account as the doors show it."""

    model_config = ConfigDict(frozen=True)

    account_id: str
    name: str
    country: str | None = None
    facts: dict[str, Any] = {}
    created: bool = False


def add(house: House, name: str, *, country: str | None = None) -> Company:
    """The account of that name, made if nobody knows it. Raises Malformed for a bad name."""
    with reaching("the database"), house.store.write() as tx:
        return found_or_added(tx, house, name, country=country)


def show(house: House, who: str) -> Company:
    """One account, by id or name. Raises NotFound."""
    with reaching("the database"), house.store.read() as tx:
        return _shown(find(tx, who))


def list_all(house: House, after: str = "", limit: int = 200) -> list[Company]:
    """Accounts in the order of their names, behind the compared name `after`."""
    with reaching("the database"), house.store.read() as tx:
        return [_shown(one) for one in accounts.all_of(tx, after, limit)]


def name_key(name: str) -> str:
    """A name as it is compared: without case, marks, blanks and signs."""
    bare = unicodedata.normalize("NFKD", name).casefold()
    key = re.sub(r"[\W_]+", "", "".join(c for c in bare if not unicodedata.combining(c)))
    if not key:
        raise Malformed(f"'{name[:60]}' has no letter or digit to find the account by", "account")
    return key


def find(tx: Tx, who: str) -> Account:
    """The account of this id or name. Raises NotFound."""
    found = known(tx, who)
    if found is None:
        raise NotFound(f'there is no account "{who[:80]}"', "account")
    return found


def known(tx: Tx, who: str) -> Account | None:
    """The account of this id or name, None when there is none. Raises Malformed for no name."""
    who = _fit(who)
    return accounts.load(tx, who) or accounts.by_name_key(tx, name_key(who))


def found_or_added(
    tx: Tx,
    house: House,
    name: str,
    *,
    country: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Company:
    """The account of that id or name, made in this transaction if nobody knows it."""
    there = known(tx, name)
    if there is not None:
        return _shown(there)
    key = name_key(name)
    made = Account(
        account_id=new_id("A", key),
        name=_fit(name),
        name_key=key,
        created_at=house.time.now(),
        country=country,
        facts=dict(facts or {}),
    )
    accounts.add(tx, made)
    return _shown(made).model_copy(update={"created": True})


def _fit(name: str) -> str:
    try:
        return display_name(name)
    except Malformed as no:
        raise Malformed(no.message, "account") from None


def _shown(account: Account) -> Company:
    return Company(
        account_id=account.account_id,
        name=account.name,
        country=account.country,
        facts=dict(account.facts),
    )
