"""The mailbox of this machine: takes every mail that Sluice sends, delivers none, shows them.

A small SMTP server on loopback that keeps what it gets in a Maildir in the data folder, which any
mail program can open too. For trying things out; production has a real relay instead.
"""

import asyncio
import mailbox as maildir
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from domain.refusal import NotFound, Refused

FOLDER: Final = "mailbox"

LOOPBACK: Final = "127.0.0.1"

LARGEST: Final = 33_554_432
"""The longest mail that is taken, in bytes."""

_KEY: Final = re.compile(r"[\w.,=:+-]{1,255}")


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail in the mailbox. `at` is wall time."""

    key: str
    message_id: str
    at: datetime
    sender: str
    recipient: str
    subject: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A mail with everything in it; `html` is None when it has no such part."""

    mail: Arrived
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str | None
    raw: bytes


def arrived(data_dir: Path, limit: int = 200) -> list[Arrived]:
    """The newest mails, the newest first."""
    files = sorted(_files(data_dir), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    return [_summary(file) for file in files[:limit]]


def read(data_dir: Path, key: str) -> Opened:
    """One mail. Raises NotFound."""
    found = [file for file in _files(data_dir) if file.name == key] if _KEY.fullmatch(key) else []
    if not found:
        raise NotFound(f"there is no mail {key[:40]} in the mailbox")
    raw = found[0].read_bytes()
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
    html = message.get_body(("html",))
    text = message.get_body(("plain",))
    return Opened(
        mail=_summary(found[0]),
        headers=tuple((name, str(value)) for name, value in message.items()),
        text=text.get_content() if text is not None else "",
        html=html.get_content() if html is not None else None,
        raw=raw,
    )


def erase(data_dir: Path, which: Callable[[bytes], bool], dry_run: bool = False) -> int:
    """Delete the mails of which `which` says so, given their bytes; says how many there were."""
    found = [file for file in _files(data_dir) if which(file.read_bytes())]
    for file in [] if dry_run else found:
        file.unlink(missing_ok=True)
    return len(found)


@asynccontextmanager
async def serving(data_dir: Path, port: int) -> AsyncIterator[int]:
    """Take mail on loopback as long as the block runs; gives the port (0 asks for a free one).

    Raises Refused when the port is taken or the `local` extra is not installed.
    """
    try:
        from aiosmtpd.smtp import SMTP
    except ImportError:
        raise Refused("not_installed", "the mailbox is not installed; run: make setup") from None
    keeper = Keeper(data_dir)

    def conversation() -> Any:
        return SMTP(keeper, hostname="localhost", ident="Sluice mailbox", data_size_limit=LARGEST)

    try:
        server = await asyncio.get_running_loop().create_server(conversation, LOOPBACK, port)
    except OSError as error:
        raise Refused("port_in_use", f"port {port} cannot be used: {error.strerror}") from error
    async with server:
        yield server.sockets[0].getsockname()[1]


class Keeper:
    """Puts each mail into the Maildir before the relay's promise to keep it is given."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self.folder = maildir.Maildir(data_dir / FOLDER, create=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep one mail; named and called by the SMTP server."""
        recipients = ", ".join(envelope.rcpt_tos)
        trace = f"Return-Path: <{envelope.mail_from}>\r\nDelivered-To: {recipients}\r\n"
        content = trace.encode("utf-8", "surrogateescape") + envelope.original_content
        key = await asyncio.to_thread(self.folder.add, content.replace(b"\r\n", b"\n"))
        return f"250 kept as {key}"


def _files(data_dir: Path) -> list[Path]:
    folders = (data_dir / FOLDER / "new", data_dir / FOLDER / "cur")
    return [file for folder in folders if folder.is_dir() for file in folder.iterdir()]


@lru_cache(maxsize=4_000)
def _summary(file: Path) -> Arrived:
    """What the list shows of a mail. A file in a Maildir never changes, so each is read once."""
    with file.open("rb") as content:
        head = BytesHeaderParser(EmailMessage, policy=policy.default).parse(content)
    return Arrived(
        key=file.name,
        message_id=str(head.get("Message-ID", "")),
        at=datetime.fromtimestamp(file.stat().st_mtime, UTC),
        sender=_shown(head.get("From")),
        recipient=str(head.get("Delivered-To", "")),
        subject=str(head.get("Subject", "")),
    )


def _shown(header: Any) -> str:
    """A name where there is one, the address otherwise."""
    addresses: tuple[Address, ...] = getattr(header, "addresses", ())
    if not addresses:
        return str(header or "")
    return addresses[0].display_name or addresses[0].addr_spec
