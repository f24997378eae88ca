"""A mail that came in, read as far as the rest needs it; whatever the bytes, never an error.

The reader is our own because the standard library's parser recurses into nested parts and asks
every open boundary about every line: a mail of a megabyte can hold it for minutes. This one
looks at each byte a bounded number of times, and stops at limits of size, depth and parts.
Charsets, transfer encodings, encoded words and parameters are the standard library's work.
"""

import email.message
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.utils import getaddresses, parsedate_to_datetime

from mail.inbound.decoding import decoded, words
from mail.inbound.html import text_of_html

LARGEST = 4_000_000  # bytes read of a message; text and reports stand before attachments
LONGEST_HEAD = 512_000  # bytes read of one block of headers
LONGEST_HEADER = 20_000  # characters read of one header
LONGEST_TEXT = 200_000  # characters kept of the text
LONGEST_HTML = 200_000  # characters read of HTML
DEEPEST = 8  # parts within parts
MOST_PARTS = 100
MOST_IDS = 100  # references kept: the first and the newest
MOST_ADDRESSES = 100

REPORTS = {  # parts that machines write for machines: RFC 3464, 5965, 8098, 3462
    "message/delivery-status",
    "message/global-delivery-status",
    "message/feedback-report",
    "message/disposition-notification",
}
RETURNED = {"message/rfc822", "message/global", "text/rfc822-headers", "message/partial"}

_HEADER = re.compile(r"([!-9;-~]{1,200})[ \t]*:[ \t]*(.*)", re.DOTALL)
_ID = re.compile(r"<[^<>\s]{1,300}>")
_BARE_ID = re.compile(r"^\s*([^<>\s]{1,200}@[^<>\s@]{1,200})\s*$")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]{1,100}@[^\s<>()\[\],;:\"@]{1,200}")


@dataclass(frozen=True)
class Part:
    """A report or a returned message within a mail; `text` is what stands in it, decoded."""

    type: str
    text: str


@dataclass(frozen=True)
class Message:
    """What a mail says. Addresses have their domain in lower case, ids keep their brackets.

    `return_path` is "" for the empty return path `<>` and None where no header names one.
    `headers` are all top headers, names in lower case, decoded; the first of a name counts.
    `cut` says that a limit of this module left something unread.
    """

    sender: str
    sender_name: str
    reply_to: tuple[str, ...]
    return_path: str | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    delivered_to: tuple[str, ...]
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    date: datetime | None
    text: str
    type: str
    report_type: str | None
    parts: tuple[Part, ...]
    attachments: tuple[str, ...]
    headers: dict[str, str]
    cut: bool

    def header(self, name: str) -> str | None:
        """The first header of that name, decoded and on one line; None where there is none."""
        return self.headers.get(name.lower())


@dataclass(frozen=True)
class Unreadable:
    """Bytes that are no mail. `why` names the fact and nothing of the content."""

    why: str


def read(raw: bytes) -> Message | Unreadable:
    """Read a mail of any line end, charset and size. Never raises for what the bytes hold."""
    try:
        return _read(raw)
    except (ValueError, LookupError, RecursionError, TypeError, AttributeError) as error:
        # The libraries beneath raise for input nobody thought of; that must not stop a mailbox.
        return Unreadable(f"the mail could not be read: {type(error).__name__}")


def headers_of(text: str) -> dict[str, str]:
    """Header lines as names in lower case with their decoded values; the first of a name counts.

    For reports and returned messages, whose headers stand in a part's text.
    """
    return {name: words(value) for name, value in _first(_fields(text[:LONGEST_HEAD])).items()}


def ids(value: str | None) -> tuple[str, ...]:
    """The message ids in a header, brackets included, at most 100: the first and the newest."""
    if not value:
        return ()
    found = _ID.findall(value)
    if not found:
        bare = _BARE_ID.match(value)
        found = [f"<{bare.group(1)}>"] if bare else []
    kept = list(dict.fromkeys(found))
    return tuple(kept if len(kept) <= MOST_IDS else [kept[0], *kept[-(MOST_IDS - 1) :]])


def addresses(value: str | None) -> tuple[str, ...]:
    """The addresses in a header, at most 100; what is no address is left out."""
    return tuple(address for _, address in _mailboxes(value) if address)


def address_in(text: str) -> str:
    """The first address in any text, its domain in lower case; "" where there is none."""
    found = _ADDRESS.search(text)
    if not found:
        return ""
    local, _, domain = found.group().strip(".'").rpartition("@")
    return f"{local}@{domain.lower()}" if local and domain else ""


def _read(raw: bytes) -> Message | Unreadable:
    data, cut = raw[:LARGEST], len(raw) > LARGEST
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n \t\x00")
    head, body = _split(data)
    fields = _fields(_text_of(head[:LONGEST_HEAD]))
    if not fields:
        return Unreadable("there is no header")
    top = _first(fields)
    leaves = _Leaves()
    leaves.walk(top, body, 0)
    shown = {name: words(value) for name, value in top.items() if name != "references"}
    mailbox = next(iter(_mailboxes(top.get("from"))), ("", ""))
    kind, report = _type(top)
    return Message(
        sender=mailbox[1],
        sender_name=mailbox[0],
        reply_to=addresses(top.get("reply-to")),
        return_path=_return_path(top.get("return-path")),
        to=addresses(top.get("to")),
        cc=addresses(top.get("cc")),
        delivered_to=_delivered_to(fields),
        message_id=next(iter(ids(top.get("message-id"))), None),
        in_reply_to=ids(top.get("in-reply-to")),
        references=ids(top.get("references")),
        subject=shown.get("subject", ""),
        date=_date(top.get("date")),
        text=leaves.shown(),
        type=kind,
        report_type=report,
        parts=tuple(leaves.reports),
        attachments=tuple(leaves.names),
        headers=shown,
        cut=cut or leaves.cut or len(head) > LONGEST_HEAD,
    )


class _Leaves:
    """What the walk over the parts of a mail collects."""

    def __init__(self) -> None:
        self.plain: list[str] = []
        self.html: list[str] = []
        self.reports: list[Part] = []
        self.names: list[str] = []
        self.seen = 0
        self.cut = False

    def shown(self) -> str:
        """The text of the mail: plain where there is some, else read off the HTML."""
        text = "\n".join(self.plain)
        if not text.strip() and self.html:
            text = text_of_html("\n".join(self.html)[:LONGEST_HTML])
        return text[:LONGEST_TEXT]

    def walk(self, head: dict[str, str], body: bytes, depth: int) -> None:
        """Look at one part; its parts in turn, as deep and as many as the limits allow."""
        self.seen += 1
        if self.seen > MOST_PARTS or depth > DEEPEST:
            self.cut = True
            return
        kind, _ = _type(head)
        boundary = _parameter(head, "boundary")
        if kind.startswith("multipart/") and boundary:
            before = self.seen
            for piece in _pieces(body, boundary, MOST_PARTS - self.seen + 1):
                if self.seen > MOST_PARTS:
                    self.cut = True
                    return
                inner, content = _split(piece)
                fields = _fields(_text_of(inner[:LONGEST_HEAD]))
                self.walk(_first(fields), content, depth + 1)
            if self.seen > before:
                return  # else its boundary never comes: what stands there is read as text
        self._leaf(kind, head, body)

    def _leaf(self, kind: str, head: dict[str, str], body: bytes) -> None:
        if kind in REPORTS or kind in RETURNED:
            self.reports.append(Part(kind, _content(head, body)))
            return
        name = _filename(head)
        attached = head.get("content-disposition", "").strip().lower().startswith("attachment")
        if name or attached or not kind.startswith(("text/", "multipart/")):
            self.names.append(name or kind)
            if not (kind.startswith("text/") and not attached):
                return
        if kind == "text/html":
            self.html.append(_content(head, body))
        elif kind.startswith(("text/plain", "multipart/")) or kind == "text/enriched":
            self.plain.append(_content(head, body))


def _split(data: bytes) -> tuple[bytes, bytes]:
    """Headers and body. A part that begins with an empty line has no headers."""
    if data.startswith(b"\n"):
        return b"", data[1:]
    blank = re.search(rb"\n[ \t]*\n", data)
    if blank is None:
        return data, b""
    return data[: blank.start()], data[blank.end() :]


def _fields(head: str) -> list[tuple[str, str]]:
    """Each header in order, unfolded; a line that is none (an mbox "From ", junk) is skipped."""
    found: list[tuple[str, list[str]]] = []
    for line in head.split("\n"):
        if line[:1] in (" ", "\t"):
            if found:
                found[-1][1].append(line.strip())
            continue
        match = _HEADER.match(line)
        if match:
            found.append((match.group(1).lower(), [match.group(2).strip()]))
    return [
        (name, " ".join(lines) if name == "references" else " ".join(lines)[:LONGEST_HEADER])
        for name, lines in found
    ]


def _first(fields: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in fields:
        found.setdefault(name, value)
    return found


def _pieces(body: bytes, boundary: str, most: int) -> Iterator[bytes]:
    """What stands between the boundary lines of a multipart (RFC 2046 section 5.1)."""
    mark = b"--" + boundary.encode("utf-8", "surrogateescape")
    line = re.compile(rb"(?m)^" + re.escape(mark) + rb"(--)?[ \t]*$")
    start: int | None = None
    given = 0
    for found in line.finditer(body):
        if start is not None:
            yield body[start : max(start, found.start() - 1)]
            given += 1
            if given >= most:
                return
        start = None if found.group(1) else min(found.end() + 1, len(body))
        if found.group(1):
            return
    if start is not None:
        yield body[start:]


def _type(head: dict[str, str]) -> tuple[str, str | None]:
    """The content type in lower case, and the report type where there is one."""
    value = head.get("content-type", "")
    kind = value.partition(";")[0].strip().lower()
    if not re.fullmatch(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}", kind):
        kind = "text/plain"
    report = _parameter(head, "report-type")
    return kind, report.lower() if report else None


def _holder(head: dict[str, str]) -> email.message.Message:
    holder = email.message.Message(policy=email.policy.compat32)
    for name in ("content-type", "content-disposition"):
        if name in head:
            holder[name] = head[name][:2_000]
    return holder


def _parameter(head: dict[str, str], name: str) -> str:
    try:
        value = _holder(head).get_param(name)
    except (ValueError, LookupError, HeaderParseError):
        return ""
    if isinstance(value, tuple):
        value = value[2]
    return value.strip().rstrip() if isinstance(value, str) else ""


def _filename(head: dict[str, str]) -> str:
    try:
        name = _holder(head).get_filename()
    except (ValueError, LookupError, HeaderParseError):
        return ""
    return words(name)[:200] if name else ""


def _content(head: dict[str, str], body: bytes) -> str:
    encoding = head.get("content-transfer-encoding", "")
    return decoded(body, encoding, _parameter(head, "charset"))


def _text_of(head: bytes) -> str:
    """Header bytes as text: RFC 6532 says UTF-8, old programs send what they like."""
    head = head.replace(b"\x00", b"")
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError:
        return head.decode("latin-1")


def _mailboxes(value: str | None) -> list[tuple[str, str]]:
    if not value:
        return []
    value = value[:LONGEST_HEADER]
    try:
        # Parted on the raw value: an encoded name may hold a comma.
        pairs = getaddresses([value])
    except (RecursionError, IndexError, ValueError):
        pairs = []
    boxes = [(words(name), address_in(address)) for name, address in pairs[:MOST_ADDRESSES]]
    if any(address for _, address in boxes):
        return boxes
    return [("", address_in(words(value)))]


def _return_path(value: str | None) -> str | None:
    if value is None:
        return None
    return address_in(value)


def _delivered_to(fields: list[tuple[str, str]]) -> tuple[str, ...]:
    """Where the mail was really delivered, which To and Cc need not say."""
    names = {
        "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to",
        "x-forwarded-to", "x-rcpt-to", "resent-to",
    }  # fmt: skip
    found = [address for name, value in fields if name in names for address in addresses(value)]
    # A blind copy shows nowhere but in the trace (RFC 5321 section 4.4).
    traces = [value[:2_000] for name, value in fields if name == "received"][:20]
    for trace in traces:
        found += [address_in(one) for one in re.findall(r"\bfor <([^<>\s]{3,254})>", trace)]
    return tuple(dict.fromkeys(one for one in found if one))[:MOST_ADDRESSES]


def _date(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value[:200])
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
