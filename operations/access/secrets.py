"""Secrets that are shown once and kept as hashes, and passwords, which take their time."""

import hashlib
import secrets
from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

from domain.plain import cleaned, unfit
from domain.refusal import Refused

if TYPE_CHECKING:
    from argon2 import PasswordHasher

PASSWORD_MIN: Final = 12
PASSWORD_MAX: Final = 200
"""How long a password may be, in characters."""

_DISTINCT: Final = 5
_AT_ONCE: Final = BoundedSemaphore(2)
"""Each hash takes 64 MiB for a moment; a flood of sign-ins must not take the machine's memory."""


def fresh() -> str:
    """A new secret of 256 bits."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """What is kept of a secret of ours. Nobody guesses 256 bits, so a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two hashes are the same, in a time that does not tell where they differ."""
    return secrets.compare_digest(one.encode(), other.encode())


def check_password(password: str, *known: str | None) -> None:
    """Raises Refused unless the password is fit; `known` is what others know of the person."""
    plain = password.casefold()
    if wrong := unfit(password):
        told = f"this password cannot be kept: {wrong}"
    elif not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        told = f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters"
    elif len(set(plain)) < _DISTINCT:
        told = "this password repeats a few characters; take several words"
    elif any(word and word.casefold() in (plain, plain[::-1]) for word in known):
        told = "this password is what everybody knows of you; take several words"
    else:
        return
    raise Refused("weak_password", told, "password")


def hash_password(password: str) -> str:
    """The password as it is kept: argon2id, with its salt and its costs."""
    with _AT_ONCE:
        return _hasher().hash(password)


def verify_password(kept: str | None, password: str) -> bool:
    """Whether it is the password. Takes as long for who has none (None)."""
    from argon2.exceptions import InvalidHashError, VerificationError

    with _AT_ONCE:
        try:
            _hasher().verify(kept or _nobodys(), cleaned(password[: PASSWORD_MAX + 1]))
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


def is_stale(kept: str) -> bool:
    """Whether the hash was made with other costs than are asked today."""
    return _hasher().check_needs_rehash(kept)


@cache
def _hasher() -> "PasswordHasher":
    # Imported here: only who signs in or sets a password needs it.
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobodys() -> str:
    return _hasher().hash(fresh())
