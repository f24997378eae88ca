"""A mailbox read over IMAP, and never changed: folders are examined, mails are peeked at.

TLS always, with the server's certificate checked; without it only on loopback. imap-tools does
the talking; a mail is fetched as the bytes that it is, for our own reader is made for them.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from ipaddress import ip_address
from time import mktime
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from imap_tools import AND, BaseMailBox, H, MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from domain.refusal import Malformed
from mail.inbound.message import LARGEST

WHERE: Final = "SLUICE_IMAP_URL"

ANSWERS_WITHIN: Final = 30.0
"""Seconds that a server may take for one answer."""

_WRITE: Final = "write imaps://user:password@host[:port][?folders=INBOX&sent=Sent&owner=person]"


class MailboxFailed(Exception):
    """A mailbox cannot be read; `reason` says why and shows neither address nor password."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Mailbox:
    """Where mail is read: `folders` hold what came in, `sent` what people of ours sent by hand.

    `imaps://` is TLS from the first byte; `imap://` demands STARTTLS, except on loopback.
    `private` says that it is one person's own: what concerns no deal there is nobody's business.
    """

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    implicit_tls: bool = True
    folders: tuple[str, ...] = ("INBOX",)
    sent: tuple[str, ...] = ()
    private: bool = False

    @staticmethod
    def at(url: str) -> "Mailbox":
        """Read `imap[s]://user:password@host[:port]?folders=…&sent=…`. Raises `Malformed`."""
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError:
            raise Malformed("the port is not a number", WHERE) from None
        if parts.scheme not in {"imap", "imaps"} or not parts.hostname:
            raise Malformed(_WRITE, WHERE)
        if not parts.username or not parts.password:
            raise Malformed(f"a mailbox needs a user and a password: {_WRITE}", WHERE)
        asked = parse_qs(parts.query, keep_blank_values=True)
        unknown = asked.keys() - {"folders", "sent", "owner"}
        owner = asked.get("owner", ["team"])[-1]
        if unknown or parts.path not in ("", "/") or owner not in ("team", "person"):
            raise Malformed(_WRITE, WHERE)
        return Mailbox(
            host=parts.hostname,
            port=port or (993 if parts.scheme == "imaps" else 143),
            username=unquote(parts.username),
            password=unquote(parts.password),
            implicit_tls=parts.scheme == "imaps",
            folders=_names(asked.get("folders", ["INBOX"])),
            sent=_names(asked.get("sent", [])),
            private=owner == "person",
        )

    @property
    def name(self) -> str:
        """What it is called where people see it."""
        return f"{self.username}@{self.host}"

    @property
    def on_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Look:
    """What a folder holds behind a UID, oldest first. `next_uid` is what the next mail will get.

    `more` says that there are others behind these.
    """

    uid_validity: int
    uids: tuple[int, ...]
    next_uid: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail as the server has it. `came_at` is when it came there (wall time)."""

    uid: int
    raw: bytes
    came_at: datetime | None


class Reading:
    """One connection to a mailbox, made by `reading`. Raises MailboxFailed."""

    def __init__(self, box: BaseMailBox) -> None:
        self._box = box

    def look(self, folder: str, known: tuple[int, int] | None, since: date, most: int) -> Look:
        """What came behind `known` (UIDVALIDITY, UID); since a day, where that does not hold.

        UIDs mean nothing any more when the UIDVALIDITY is another one (RFC 9051 section
        2.3.1.1): then the folder is looked at as one that is new.
        """
        with _plainly(folder):
            self._box.folder.set(folder, readonly=True)
            validity = self._number("UIDVALIDITY")
            goes_on = known is not None and known[0] == validity
            last = known[1] if known is not None and goes_on else 0
            wanted = f"UID {last + 1}:*" if goes_on else AND(date_gte=since)
            # "n:*" is never empty: the server gives the last mail where none is newer.
            found = sorted(uid for uid in map(int, self._box.uids(wanted)) if uid > last)
            next_uid = self._next(found, last)
        return Look(validity, tuple(found[:most]), next_uid, len(found) > most)

    def exists(self, folder: str) -> None:
        """Look into a folder. Raises MailboxFailed when it cannot be read."""
        with _plainly(folder):
            self._box.folder.set(folder, readonly=True)

    def fetch(self, uid: int) -> Fetched | None:
        """One mail of the folder looked at last; None when it is gone meanwhile."""
        wanted = f"(UID INTERNALDATE BODY.PEEK[]<0.{LARGEST}>)"
        with _plainly("the folder"):
            status, answer = self._box.client.uid("FETCH", str(uid), wanted)
        if status != "OK":
            raise MailboxFailed(f"the server refused to give a mail: {status}")
        for part in answer:
            if isinstance(part, tuple) and len(part) == 2:
                return Fetched(uid, bytes(part[1]), _came_at(answer))
        return None

    def holds(self, folder: str, message_id: str) -> bool:
        """Whether a mail of that Message-ID (brackets included) lies in the folder."""
        with _plainly(folder):
            self._box.folder.set(folder, readonly=True)
            return bool(self._box.uids(AND(header=H("Message-ID", message_id))))

    def _number(self, name: str) -> int:
        _, told = self._box.client.response(name)
        value = told[0] if told else None
        if value is None:
            raise MailboxFailed(f"the server tells no {name}")
        return int(value)

    def _next(self, found: list[int], last: int) -> int:
        try:
            return self._number("UIDNEXT")
        except MailboxFailed:
            everything = found or [int(uid) for uid in self._box.uids("ALL")]
            return max([last, *everything]) + 1


@contextmanager
def reading(mailbox: Mailbox, answers_within: float = ANSWERS_WITHIN) -> Iterator[Reading]:
    """Connect and log in, for as long as the block runs. Raises MailboxFailed."""
    with _plainly("the mailbox"):
        box = _connected(mailbox, answers_within)
    try:
        with _plainly("the mailbox"):
            box.login(mailbox.username, mailbox.password, initial_folder=None)
        yield Reading(box)
    finally:
        # Whatever a server says at the end, the mails are read.
        with suppress(imaplib.IMAP4.error, ImapToolsError, OSError):
            box.logout()
        with suppress(OSError):
            box.client.shutdown()


def _connected(mailbox: Mailbox, timeout: float) -> BaseMailBox:
    host, port = mailbox.host, mailbox.port
    context = ssl.create_default_context()
    if mailbox.implicit_tls:
        return MailBox(host, port, timeout, ssl_context=context)
    box = MailBoxUnencrypted(host, port, timeout)
    if mailbox.on_loopback:
        return box
    try:
        # Not imap-tools' own class, which leaves the connection open where the server refuses.
        box.client.starttls(context)
    except BaseException:
        box.client.shutdown()
        raise
    return box


@contextmanager
def _plainly(what: str) -> Iterator[None]:
    """Turn what can go wrong on the way into words without an address or a password."""
    try:
        yield
    except MailboxLoginError:
        raise MailboxFailed("the server refuses the user or the password") from None
    except MailboxFolderSelectError:
        raise MailboxFailed(f"there is no folder {what}, or it may not be read") from None
    except ssl.SSLCertVerificationError as error:
        raise MailboxFailed(f"its certificate is not to be trusted: {error.reason}") from None
    except ssl.SSLError as error:
        raise MailboxFailed(f"no TLS: {error.reason}") from None
    except TimeoutError:
        raise MailboxFailed("no answer in time") from None
    except OSError as error:
        raise MailboxFailed(
            f"cannot be reached: {error.strerror or type(error).__name__}"
        ) from None
    except (imaplib.IMAP4.error, ImapToolsError, ValueError) as error:
        raise MailboxFailed(f"{what} cannot be read: {type(error).__name__}") from None


def _came_at(answer: list[Any]) -> datetime | None:
    """The end of the second that the server tells: what it knows came before, came before."""
    parts = [part[0] if isinstance(part, tuple) else part for part in answer]
    head = b" ".join(part for part in parts if isinstance(part, bytes))
    found = re.search(rb'INTERNALDATE "[^"]{1,40}"', head)
    told = imaplib.Internaldate2tuple(found.group()) if found else None
    return datetime.fromtimestamp(mktime(told) + 1, UTC) if told else None


def _names(said: list[str]) -> tuple[str, ...]:
    return tuple(name.strip() for part in said for name in part.split(",") if name.strip())
