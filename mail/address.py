"""What counts as an address, and as a name, that mail may carry.

The grammar is stricter than RFC 5321: whatever could change the meaning of an SMTP command
or of a header line is refused here, long before a connection is opened.
"""

import hashlib
import hmac
import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from domain.refusal import Malformed

LONGEST_ADDRESS = 254  # octets; RFC 5321 section 4.5.3.1.3, less the angle brackets
LONGEST_NAME = 200  # characters; ours

# Marks that turn the reading direction: a name could show as another one (RFC 9839, UAX 9).
_TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNFIT = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff{_TURNING}]")


def normalise(email: str) -> str:
    """The address as it is kept and mailed: ASCII, domain in lower case, IDNA where needed.

    The part before the @ keeps its case (RFC 5321 section 2.4); two spellings of one mailbox
    share one `address_key`. Raises `Malformed` with the reason in plain words.
    """
    if len(email) > LONGEST_ADDRESS:
        raise Malformed(
            f"the address is {len(email)} characters long; the longest allowed is {LONGEST_ADDRESS}"
        )
    text = email.strip(" ")
    _refuse_unfit(text, "the address")
    if "," in text:
        raise Malformed("the address has a comma; give one address at a time")
    try:
        valid = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise Malformed(f"{text[:80]!r} is no usable address: {error}") from None
    assert valid.ascii_email is not None  # promised by allow_smtputf8=False
    local, _, domain = valid.ascii_email.rpartition("@")
    return f"{local}@{domain.casefold()}"


def address_key(secret: bytes, email: str) -> str:
    """A keyed hash that names a mailbox without showing it (26 characters of base32).

    Suppression and deduplication outlive the erasure of a person, so they keep this and not
    the address. Raises `Malformed` for what is no address.
    """
    if len(secret) < 16:
        raise ValueError("the key of address hashes needs at least 16 bytes")
    digest = hmac.new(secret, normalise(email).casefold().encode(), hashlib.sha256).digest()
    return _base32(digest)


def display_name(text: str) -> str:
    """A person's or company's name, blanks tidied; at most 200 characters.

    Raises `Malformed` for control characters, marks that turn the reading direction, an empty
    name and one that is too long.
    """
    if len(text) > LONGEST_NAME:
        raise Malformed(
            f"the name is {len(text)} characters long; the longest allowed is {LONGEST_NAME}"
        )
    _refuse_unfit(text, "the name")
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise Malformed("the name is empty")
    return name


def first_name(name: str | None) -> str | None:
    """The word to greet with, or None where the name does not show one ("Ng, Bo": "Bo")."""
    if not name:
        return None
    family, comma, given = name.partition(",")
    words = [word for word in (given if comma else family).split() if not _is_title(word)]
    return words[0] if words else None


def _is_title(word: str) -> bool:
    return word.rstrip(".").casefold() in {"dr", "prof", "mr", "mrs", "ms", "mx", "ing", "dipl"}


def _refuse_unfit(text: str, what: str) -> None:
    found = _UNFIT.search(text)
    if found:
        place = found.start() + 1
        raise Malformed(
            f"{what} has a character that mail may not carry: "
            f"U+{ord(found.group()):04X} at position {place}"
        )


def _base32(digest: bytes) -> str:
    number = int.from_bytes(digest[:17], "big") >> 6  # 130 bits: 26 characters of 5 bits
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    return "".join(alphabet[(number >> shift) & 31] for shift in range(125, -1, -5))
