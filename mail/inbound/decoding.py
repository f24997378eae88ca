"""Bytes of a part as text, and header values with their encoded words read; never an error."""

import binascii
import quopri
import re
from email.errors import HeaderParseError
from email.header import decode_header
from itertools import islice

from domain.plain import cleaned

_NO_CHARSETS = {"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined"}
"""What Python calls encodings and no mail is written in; two of them take their time."""

MOST_WORDS = 200  # encoded words decoded in one header

_BLANKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_WORD = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?]{0,2000}\?=")
_APART = re.compile(r"[^a-z0-9]+")
_FOREIGN = re.compile(rb"[^A-Za-z0-9+/]")
# Names that mail programs write for charsets that Python calls otherwise.
_CHARSETS = {"unicode-1-1-utf-7": "utf-7", "x-sjis": "cp932", "shift_jis": "cp932",
             "gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949",
             "iso-8859-1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8",
             "iso-8859-8-i": "iso-8859-8", "x-unknown": "utf-8", "utf8mb4": "utf-8"}  # fmt: skip


def decoded(body: bytes, encoding: str, charset: str) -> str:
    """A part's bytes as text, whatever its transfer encoding and charset claim."""
    way = encoding.strip().lower()
    if way == "base64":
        body = _unbased(body)
    elif way == "quoted-printable":
        body = quopri.decodestring(body)
    text = as_text(body, charset)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def as_text(body: bytes, charset: str) -> str:
    """Bytes in a named charset; where the name is unknown or wrong, UTF-8, else Latin-1."""
    name = _CHARSETS.get(charset.strip().lower(), charset.strip().lower()) or "utf-8"
    if _APART.sub("_", name) in _NO_CHARSETS:
        name = "utf-8"
    if b"\x1b$" in body and name == "utf-8":
        name = "iso-2022-jp"  # Japanese mail that does not say so: the escapes are unmistakable
    for guess in (name, "utf-8"):
        try:
            return _kept(body.decode(guess))
        except (UnicodeError, LookupError, ValueError, AssertionError):
            continue
    if name not in {"utf-8", "utf-7"}:
        try:
            return _kept(body.decode(name, "replace"))
        except (UnicodeError, LookupError, ValueError):
            pass
    return _kept(body.decode("cp1252", "replace"))


def _kept(text: str) -> str:
    """Without what no database holds: zero bytes, and what UTF-7 can spell of a character."""
    return cleaned(text.replace("\x00", ""))


def words(value: str) -> str:
    """A header value on one line with its encoded words read (RFC 2047)."""
    if "=?" in value:
        value = _encoded_words(value)
    return _BLANKS.sub(" ", value).strip()


def _encoded_words(value: str) -> str:
    # Decoded one at a time: the standard library's expression takes its time over a whole line.
    # Blanks between two encoded words do not count (RFC 2047 section 6.2).
    value = re.sub(r"(\?=)\s{1,20}(=\?)", r"\1\2", value)
    pieces: list[str] = []
    at = 0
    pending: tuple[bytes, str] = (b"", "")
    for found in islice(_WORD.finditer(value), MOST_WORDS):
        between = value[at : found.start()]
        raw, charset = _one(found.group())
        if pending[1] == charset and not between:
            pending = (pending[0] + raw, charset)  # a character may be split between words
        else:
            pieces += [as_text(*pending), between]
            pending = (raw, charset)
        at = found.end()
    pieces += [as_text(*pending), value[at:]]
    return "".join(pieces)


def _one(word: str) -> tuple[bytes, str]:
    try:
        raw, charset = decode_header(word)[0]
    except (HeaderParseError, ValueError, binascii.Error):
        return word.encode("utf-8", "replace"), "utf-8"
    if isinstance(raw, str):
        return raw.encode("utf-8", "replace"), "utf-8"
    return raw, (charset or "utf-8").partition("*")[0]


def _unbased(body: bytes) -> bytes:
    """Base64 with anything foreign in it, and an end that is missing."""
    clean = _FOREIGN.sub(b"", body)
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    try:
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
    except binascii.Error:
        return body
