"""What the standards ask of a message, read off its bytes: each fault names the rule it breaks.

    assert faults(sink.messages[0].raw) == []

Read by eye and not by the parser that composed it, which forgives what others do not.
"""

import re
from collections.abc import Iterator
from email.header import decode_header
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

ONCE = ("from", "to", "date", "message-id", "subject", "mime-version", "content-type")
"""Headers that stand in every mail, once (RFC 5322 section 3.6, RFC 2045 section 4)."""

AT_MOST_ONCE = (
    "reply-to", "in-reply-to", "references", "list-unsubscribe", "list-unsubscribe-post",
    "list-id", "auto-submitted", "sender",
)  # fmt: skip
NEVER = ("bcc", "resent-bcc", "return-path", "content-length")
STRUCTURED = (
    "message-id", "in-reply-to", "references", "date", "list-unsubscribe",
    "list-unsubscribe-post", "list-id", "auto-submitted", "mime-version", "content-type",
    "content-transfer-encoding",
)  # fmt: skip
"""Where an encoded-word may not stand, and which readers do not unfold well."""

_NAME = re.compile(rb"[\x21-\x39\x3b-\x7e]+")
_WORD = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=")
_ID = r"<[!#-'*+/-9=?A-Z^-~.-]+@[A-Za-z0-9.-]+>"
_MAILBOX = re.compile(r"(?:(?P<name>.*\S)\s+)?<?(?P<spec>[^\s<>,;:\"()]+@[A-Za-z0-9.-]+)>?")
_PHRASE = re.compile(r"[\w!#$%&'*+/=?^`{|}~ -]+")
_QUOTED = re.compile(r'"(?:[^"\\\r\n]|\\.)*"')
_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}"
)


def faults(raw: bytes, purpose: str = "service") -> list[str]:
    """Every rule that the message breaks. `purpose`: of the mail, which decides the way out."""
    head, gap, body = raw.partition(b"\r\n\r\n")
    if not gap:
        return ["RFC 5322 2.1: no blank line between headers and body"]
    found = [*_lines(raw)]
    fields = list(_fields(head))
    found += [text for text in map(_named, fields) if text]
    headers = {name.lower(): value for name, value in fields if _NAME.fullmatch(name.encode())}
    found += [*_counts([name.lower() for name, _ in fields]), *_encoded(fields)]
    found += [*_identity(headers), *_thread(headers), *_way_out(headers, purpose)]
    return [*found, *_mime(headers, body)]


def _lines(raw: bytes) -> Iterator[str]:
    if re.search(rb"(?<!\r)\n|\r(?!\n)", raw):
        yield "RFC 5321 2.3.8: a CR or LF that stands alone"
    if not raw.endswith(b"\r\n"):
        yield "RFC 5321 2.3.8: the last line is not ended"
    longest = max(len(line) for line in raw.split(b"\r\n"))
    if longest > 998:
        yield f"RFC 5322 2.1.1: a line of {longest} octets, at most 998"
    if re.search(rb"[^\t\r\n\x20-\x7e]", raw):
        yield "RFC 5321 4.5.2, RFC 2045 2.7: an octet that is not plain ASCII"


def _fields(head: bytes) -> Iterator[tuple[str, str]]:
    """Name and value of each header, folds kept."""
    for field in re.split(rb"\r\n(?![ \t])", head):
        name, colon, value = field.partition(b":")
        yield name.decode("latin-1") + ("" if colon else "\0"), value.decode("latin-1").lstrip(" ")


def _named(field: tuple[str, str]) -> str | None:
    name, value = field
    if not _NAME.fullmatch(name.encode("latin-1")):
        return f"RFC 5322 2.2: {name[:40]!r} is no header"
    if re.search(r"\r\n[ \t]*(?:\r\n|$)", value):
        return f"RFC 5322 3.2.2: {name} has a fold with nothing in it"
    return None


def _counts(names: list[str]) -> Iterator[str]:
    for name in ONCE:
        if names.count(name) != 1:
            yield f"RFC 5322 3.6: {name} stands {names.count(name)} times, not once"
    for name in AT_MOST_ONCE:
        if names.count(name) > 1:
            yield f"RFC 5322 3.6: {name} stands {names.count(name)} times"
    for name in NEVER:
        if name in names:
            yield f"RFC 5322 3.6.3: {name} has no place in what is sent"


def _encoded(fields: list[tuple[str, str]]) -> Iterator[str]:
    for name, value in fields:
        if name.lower() in STRUCTURED and ("=?" in value or "\r\n" in value):
            yield f"RFC 2047 5: {name} is encoded or folded"
        for word in _WORD.findall(value):
            if len(word) > 75:
                yield f"RFC 2047 2: an encoded-word of {len(word)} characters in {name}"
        for line in f"{name}: {value}".split("\r\n"):
            if _WORD.search(line) and len(line) > 76:
                yield f"RFC 2047 2: a line of {len(line)} characters with an encoded-word"


def _identity(headers: dict[str, str]) -> Iterator[str]:
    for name in ("from", "to", "reply-to"):
        if name in headers and mailbox(headers[name]) is None:
            yield f"RFC 5322 3.4: {name} is not one mailbox"
    date = headers.get("date", "")
    if not _DATE.fullmatch(date) or parsedate_to_datetime(date).tzinfo is None:
        yield "RFC 5322 3.3: the date is not one with its zone"
    if not re.fullmatch(_ID, headers.get("message-id", "")):
        yield "RFC 5322 3.6.4: the Message-ID is none"
    if not headers.get("subject", "").strip():
        yield "RFC 5322 3.6.5: the subject is empty"
    if headers.get("auto-submitted", "auto-generated") not in ("auto-generated", "auto-replied"):
        yield "RFC 3834 5: no value of Auto-Submitted"


def _thread(headers: dict[str, str]) -> Iterator[str]:
    answered, chain = headers.get("in-reply-to"), headers.get("references")
    for name, value in (("in-reply-to", answered), ("references", chain)):
        if value is not None and not re.fullmatch(rf"{_ID}(?: {_ID})*", value):
            yield f"RFC 5322 3.6.4: {name} is no list of ids"
    if (answered is None) != (chain is None):
        yield "RFC 5322 3.6.4: In-Reply-To and References belong together"
    elif chain and len(chain.split()) > 10:
        yield "RFC 5322 3.6.4: more than ten References, which some readers cut off"
    elif answered and chain and chain.split()[-1] != answered:
        yield "RFC 5322 3.6.4: References does not end with what is answered"


def _way_out(headers: dict[str, str], purpose: str) -> Iterator[str]:
    ways, post = headers.get("list-unsubscribe"), headers.get("list-unsubscribe-post")
    if purpose == "internal" and (ways or post):
        yield "RFC 2369: mail among colleagues is no list"
    if purpose in ("marketing", "sales") and not (ways and post):
        yield "RFC 8058 3.1: List-Unsubscribe and List-Unsubscribe-Post are missing"
    if (ways is None) != (post is None):
        yield "RFC 8058 3.1: one of the two headers without the other"
    if post is not None and post != "List-Unsubscribe=One-Click":
        yield "RFC 8058 3.1: List-Unsubscribe-Post does not say One-Click"
    if ways is not None:
        links = ways.split(", ")
        if not all(re.fullmatch(r"<[a-z]+:[^<>\s,]+>", link) for link in links):
            yield "RFC 2369 2: List-Unsubscribe is no list of <links>"
        elif not _safe(links[0].strip("<>")):
            yield "RFC 8058 3.2: the first way out is not by https"
        elif not all(link.startswith("<mailto:") for link in links[1:]):
            yield "RFC 2369 2: behind the first way out stands another that is not by mail"
        if "@" in links[0]:
            yield "RFC 8058 3.1: an address in the way out"


def _safe(link: str) -> bool:
    """By https; on this machine http will do."""
    parts = urlsplit(link)
    return parts.scheme == "https" or (parts.scheme, parts.hostname) == ("http", "127.0.0.1")


def _mime(headers: dict[str, str], body: bytes) -> Iterator[str]:
    kind = re.fullmatch(
        r'multipart/alternative; boundary="([^"]{1,70})"', headers.get("content-type", "")
    )
    if kind is None:
        yield "RFC 2046 5.1: not multipart/alternative with a boundary"
        return
    mark = b"--" + kind.group(1).encode()
    pieces = body.split(mark)
    if len(pieces) != 4 or pieces[0].strip() or pieces[3] != b"--\r\n":
        yield f"RFC 2046 5.1.1: {len(pieces) - 2} parts between the boundaries, not 2"
        return
    for piece, wanted in zip(pieces[1:3], ("text/plain", "text/html"), strict=True):
        head, _, text = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        part = {name.lower(): value for name, value in _fields(head)}
        if part.get("content-type") != f'{wanted}; charset="utf-8"':
            yield f"RFC 2046 5.1.4: {part.get('content-type')} where {wanted} belongs"
        if part.get("content-transfer-encoding") != "quoted-printable":
            yield f"RFC 2045 6: {wanted} is not in quoted-printable"
        yield from _quoted(text, wanted)


def _quoted(text: bytes, which: str) -> Iterator[str]:
    if max(len(line) for line in text.split(b"\r\n")) > 76:
        yield f"RFC 2045 6.7 (5): a line of {which} is longer than 76 characters"
    if re.search(rb"=(?![0-9A-F]{2}|\r\n)", text):
        yield f"RFC 2045 6.7 (1): a loose = in {which}"
    if re.search(rb"[ \t]\r\n", text):
        yield f"RFC 2045 6.7 (3): a blank at the end of a line of {which}"
    if not text.strip():
        yield f"RFC 2046 5.1.4: {which} says nothing"


def mailbox(value: str) -> tuple[str, str] | None:
    """Name and address of a header that holds one mailbox, None if it holds anything else."""
    found = _MAILBOX.fullmatch(value.replace("\r\n", ""))
    if found is None:
        return None
    name = found.group("name") or ""
    if _QUOTED.fullmatch(name):
        return re.sub(r"\\(.)", r"\1", name[1:-1]), found.group("spec")
    if not _PHRASE.fullmatch(name) and name:
        return None
    return words(name), found.group("spec")


def words(value: str) -> str:
    """A subject or a name as its reader sees it."""
    return "".join(
        part.decode(charset or "ascii") if isinstance(part, bytes) else part
        for part, charset in decode_header(value)
    )
