"""A letter becomes the bytes that go on the wire, the same bytes on every try.

Two facts rule this file. A structured header (Message-ID, References, List-Unsubscribe …) must
never hold an encoded-word, so those lines are never folded. An encoded-word must not be longer
than 75 characters (RFC 2047 section 2), so Subject and display names are folded by hand.
"""

import hashlib
import re
from binascii import b2a_qp
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.refusal import Malformed
from mail.address import display_name, normalise

LARGEST_BODY = 1_000_000  # bytes of text and HTML together
LONGEST_SUBJECT = 250  # characters
LONGEST_LINE = 998  # RFC 5322 section 2.1.1
CHAIN = 10  # references kept: the first and the newest

_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._+=-]{1,100}@[A-Za-z0-9.-]{1,150}>")
_FOREIGN_ID = re.compile(r"<(?!\S*=\?)[\x21-\x3b\x3d\x3f-\x7e]{1,300}>")
_URL = re.compile(r"https?://[\x21\x23-\x2b\x2d-\x3b\x3d\x3f-\x7e]{1,300}")
_LIST_ID = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,12}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_END = re.compile("\r\n|\r|\n|\x85|\u2028|\u2029")
_HALF = re.compile("[\ud800-\udfff]")  # half a character, which no encoding of mail can carry

Purpose = Literal["sales", "service", "marketing", "internal"]


class Letter(BaseModel):
    """One mail to one person. Ids and references are header values, brackets included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    message_id: str
    purpose: Purpose
    sender_name: str
    sender: str
    to_name: str | None = None
    to: str
    reply_to: str | None = None
    return_path: str | None = None  # the envelope's sender; `sender` when None
    subject: str
    html: str
    text: str
    date: AwareDatetime
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    unsubscribe_url: str | None = None
    unsubscribe_mailto: str | None = None
    list_id: str | None = None  # of a series: `label.label.domain`, by which readers may sort
    auto_submitted: bool = True

    @property
    def envelope_sender(self) -> str:
        return normalise(self.return_path or self.sender)

    @property
    def envelope_recipient(self) -> str:
        return normalise(self.to)


def compose(letter: Letter) -> bytes:
    """The whole message, lines ended by CRLF, 7-bit clean; equal letters give equal bytes.

    Raises `Malformed` naming the part that mail cannot carry.
    """
    for body in (letter.html, letter.text):
        if _HALF.search(body):
            raise Malformed("the body has half a character (a lone surrogate)", "body")
    size = len(letter.html.encode()) + len(letter.text.encode())
    if size > LARGEST_BODY:
        raise Malformed(
            f"the body is {size:,} bytes; the largest allowed is {LARGEST_BODY:,}", "body"
        )
    message = EmailMessage(policy=WIRE)
    for name, value in [*_headers(letter), ("MIME-Version", "1.0")]:
        message[name] = value
    # "=_" cannot appear in quoted-printable text, so no body can hold the boundary.
    mark = hashlib.sha256(letter.message_id.encode()).hexdigest()[:32]
    message.make_alternative(boundary=f"=_{mark}")
    message.attach(_part("plain", letter.text))
    message.attach(_part("html", letter.html))
    return message.as_bytes()


def message_id(touch: str, domain: str) -> str:
    """The `Message-ID` of a touch: a business key, so a duplicate could be recognised."""
    value = f"<{touch}@{domain}>"
    return _matching(_MESSAGE_ID, value, "Message-ID")


def reply_subject(first: str) -> str:
    """The subject of an answer within the thread that `first` began: one "Re: ", never two."""
    bare = re.sub(r"^(?:\s*re\s*:\s*)+", "", first, flags=re.IGNORECASE)
    return f"Re: {bare}"


def _headers(letter: Letter) -> list[tuple[str, Any]]:
    headers: list[tuple[str, Any]] = [
        ("From", _mailbox(letter.sender_name, letter.sender, "From")),
        ("To", _mailbox(letter.to_name, letter.to, "To")),
    ]
    if letter.reply_to:
        headers.append(("Reply-To", _mailbox(None, letter.reply_to, "Reply-To")))
    headers += [
        ("Subject", _subject(letter.subject)),
        ("Date", format_datetime(letter.date)),
        ("Message-ID", _matching(_MESSAGE_ID, letter.message_id, "Message-ID")),
    ]
    if letter.in_reply_to:
        headers += [
            ("In-Reply-To", _matching(_FOREIGN_ID, letter.in_reply_to, "In-Reply-To")),
            ("References", _chain(letter)),
        ]
    headers += _list_headers(letter)
    if letter.auto_submitted:
        headers.append(("Auto-Submitted", "auto-generated"))
    return headers


def _chain(letter: Letter) -> str:
    """The thread so far, the first kept when it grows long (RFC 5322 section 3.6.4)."""
    ids = [_matching(_FOREIGN_ID, value, "References") for value in letter.references]
    if letter.in_reply_to and letter.in_reply_to not in ids:
        ids.append(letter.in_reply_to)
    if len(ids) > CHAIN:
        ids = [ids[0], *ids[-(CHAIN - 1) :]]
    while len(" ".join(ids)) > LONGEST_LINE - len("References: ") and len(ids) > 2:
        del ids[1]
    return " ".join(ids)


def _list_headers(letter: Letter) -> list[tuple[str, str]]:
    """One-click unsubscribing as RFC 2369 and RFC 8058 ask for it."""
    if letter.purpose == "internal":
        return []
    if letter.unsubscribe_url is None:
        if letter.purpose == "service":
            return []
        raise Malformed(f"a {letter.purpose} mail needs an unsubscribe link", "unsubscribe_url")
    ways = [f"<{_matching(_URL, letter.unsubscribe_url, 'List-Unsubscribe')}>"]
    if letter.unsubscribe_mailto:
        ways.append(f"<mailto:{normalise(letter.unsubscribe_mailto)}?subject=unsubscribe>")
    found = [
        ("List-Unsubscribe", ", ".join(ways)),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]
    if letter.list_id:
        found.append(("List-Id", f"<{_matching(_LIST_ID, letter.list_id, 'List-Id')}>"))
    return found


def _mailbox(name: str | None, email: str, where: str) -> Address:
    try:
        shown = display_name(name) if name else ""
        return Address(shown, addr_spec=normalise(email))
    except Malformed as error:
        raise Malformed(error.message, where) from None


def _subject(text: str) -> str:
    if len(text) > LONGEST_SUBJECT:
        raise Malformed(
            f"the subject is {len(text)} characters long; at most {LONGEST_SUBJECT}", "Subject"
        )
    if _CONTROL.search(text) or _LINE_END.search(text) or _HALF.search(text):
        raise Malformed("the subject has a control character", "Subject")
    if not text.strip():
        raise Malformed("the subject is empty", "Subject")
    return text.strip()


def _matching(grammar: re.Pattern[str], value: str, where: str) -> str:
    if not grammar.fullmatch(value):
        raise Malformed(f"{value[:80]!r} cannot stand in a header", where)
    return value


def _part(subtype: str, text: str) -> EmailMessage:
    """A text part in quoted-printable, its lines at most 76 characters (RFC 2045 section 6.7)."""
    part = EmailMessage(policy=WIRE)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "quoted-printable"
    # binascii is thirty times quicker than the encoder that `set_content` would use.
    part.set_payload(b2a_qp(_body(text).encode(), istext=True).decode("ascii"))
    return part


def _body(text: str) -> str:
    """Plain line ends, no control characters (a NUL would reach the wire as it is)."""
    return _CONTROL.sub("", _LINE_END.sub("\n", text)).rstrip("\n") + "\n"


class _Wire(EmailPolicy):
    """The SMTP policy, but structured headers stay whole and words fold where readers expect."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """Keep a text as it is. Parsed, an encoded-word in it would be decoded, and the line
        ends that it hides would begin headers of their own."""
        if isinstance(value, str) and not name.lower().startswith(("content-", "mime-")):
            return name, value
        return super().header_store_parse(name, value)

    def fold(self, name: str, value: Any) -> str:
        lower = name.lower()
        if lower == "subject":
            return f"{name}: {_words(str(value), len(name) + 2)}\r\n"
        if lower in {"from", "to", "reply-to"}:
            return f"{name}: {_addressed(value.addresses[0], len(name) + 2)}\r\n"
        if type(value) is str:
            return f"{name}: {value}\r\n"
        return str(_WHOLE.fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("ascii")


WIRE = _Wire(linesep="\r\n")
_WHOLE = SMTP.clone(max_line_length=LONGEST_LINE)


def _addressed(address: Address, indent: int) -> str:
    """`Name <mailbox>`; only the name is ever encoded."""
    name = address.display_name
    if not name:
        return address.addr_spec
    if name.isascii() and "=?" not in name:
        return str(address)
    return f"{_words(name, indent)}\r\n <{address.addr_spec}>"


def _words(text: str, indent: int) -> str:
    """Text as it is when it is plain ASCII, else encoded-words of at most 75 characters."""
    if text.isascii() and "=?" not in text:
        return text
    folded = Header(text, "utf-8", header_name="x" * max(indent - 2, 0), maxlinelen=75)
    return folded.encode(linesep="\r\n")
