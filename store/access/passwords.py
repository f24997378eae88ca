"""Passwords and the invites with which they are set; of both only hashes."""

from datetime import datetime

from sqlalchemy import delete, select

from store.database import Tx
from store.tables import invites, passwords
from store.upserts import put


def save(tx: Tx, person_id: str, hashed: str, at: datetime) -> None:
    """Keep the hash of a person's password in place of an earlier one."""
    put(tx, passwords, [{"person_id": person_id, "hash": hashed, "set_at": at}])


def hash_of(tx: Tx, person_id: str) -> str | None:
    """The hash of a person's password; None for who has none."""
    query = select(passwords.c.hash).where(passwords.c.person_id == person_id)
    found: str | None = tx.execute(query).scalar()
    return found


def invite(tx: Tx, token_hash: str, person_id: str, expires_at: datetime) -> None:
    """Keep an invite; an earlier one of the same person ends."""
    uninvite(tx, person_id)
    row = {"token_hash": token_hash, "person_id": person_id, "expires_at": expires_at}
    put(tx, invites, [row])


def invited(tx: Tx, token_hash: str, now: datetime) -> str | None:
    """The person whose invite this is, None for one that is over or was never one."""
    query = select(invites.c.person_id).where(
        invites.c.token_hash == token_hash, invites.c.expires_at > now
    )
    found: str | None = tx.execute(query).scalar()
    return found


def take_invite(tx: Tx, token_hash: str, now: datetime) -> str | None:
    """The same, and the invite is used up: of two who take it at once one gets it."""
    taken = (
        delete(invites)
        .where(invites.c.token_hash == token_hash, invites.c.expires_at > now)
        .returning(invites.c.person_id)
    )
    found: str | None = tx.execute(taken).scalar()
    return found


def uninvite(tx: Tx, person_id: str) -> int:
    """End the invites of a person."""
    return tx.execute(delete(invites).where(invites.c.person_id == person_id)).rowcount
