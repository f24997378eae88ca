"""Whom an address of somebody, or a token in an address of ours, stands for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select

from store.database import Tx
from store.tables import address_tokens, contact_aliases, contacts
from store.upserts import insert_if_absent, put

DOMAIN_MOST: Final = 50
"""Contacts of one company that are looked at to find its deal."""


def issue(tx: Tx, token: str, role: str, about: str, at: datetime) -> bool:
    """Keep what a token stands for: a deal's id, or a touch's; False when it is kept already."""
    row = {"token": token, "role": role, "about": about, "issued_at": at}
    return insert_if_absent(tx, address_tokens, row)


def stands_for(tx: Tx, token: str, role: str) -> str | None:
    """What a token of that role was issued for, None for one that never was."""
    query = select(address_tokens.c.about).where(
        address_tokens.c.token == token, address_tokens.c.role == role
    )
    return tx.execute(query).scalar()


def add(tx: Tx, email_key: str, contact_id: str, at: datetime, by: str) -> None:
    """Say that an address is a contact's too, in the place of whose it was before."""
    put(
        tx,
        contact_aliases,
        [{"email_key": email_key, "contact_id": contact_id, "added_at": at, "added_by": by}],
    )


def owner_of(tx: Tx, email_key: str) -> str | None:
    """The contact to whom a further address belongs."""
    query = select(contact_aliases.c.contact_id).where(contact_aliases.c.email_key == email_key)
    return tx.execute(query).scalar()


def keys_of(tx: Tx, contact_id: str) -> Sequence[str]:
    """The keyed hashes of a contact's further addresses."""
    query = select(contact_aliases.c.email_key).where(contact_aliases.c.contact_id == contact_id)
    return tx.execute(query.order_by(contact_aliases.c.email_key)).scalars().all()


def of_domain(tx: Tx, domain: str) -> list[str]:
    """Contacts with an address at a domain. Reads all addresses, so it is asked last."""
    found = contacts.c.email.endswith(f"@{domain}", autoescape=True)
    query = select(contacts.c.contact_id).where(found).order_by(contacts.c.contact_id)
    return list(tx.execute(query.limit(DOMAIN_MOST)).scalars())


def erase_of(tx: Tx, contact_id: str) -> int:
    """Delete a contact's further addresses; says how many there were."""
    gone = delete(contact_aliases).where(contact_aliases.c.contact_id == contact_id)
    return tx.execute(gone).rowcount
