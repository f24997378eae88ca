"""The address of the relay, and how a connection to it is opened: by TLS, or on loopback."""

import ipaddress
import ssl
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP

from domain.refusal import Malformed

ANSWER_WITHIN = 60.0  # seconds for every reply but the one to the final dot


@dataclass(frozen=True)
class Relay:
    """Where mail is handed over.

    `smtps://` is TLS from the first byte; `smtp://` demands STARTTLS, except on loopback;
    `smtp+plain://` is for a mailbox within the same closed network, and takes no password.
    """

    host: str
    port: int
    implicit_tls: bool
    plain_by_choice: bool = False
    username: str | None = None
    password: str | None = None

    @staticmethod
    def at(url: str) -> "Relay":
        """Read `smtp[s]://[user:password@]host[:port]`. Raises `Malformed`; shows no password."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Malformed("the port is not a number", "SLUICE_SMTP_URL") from None
        if parts.scheme not in {"smtp", "smtps", "smtp+plain"} or not parts.hostname:
            raise Malformed("write smtp://host:port or smtps://host:port", "SLUICE_SMTP_URL")
        if parts.scheme == "smtp+plain" and parts.username:
            raise Malformed("smtp+plain:// never carries a password", "SLUICE_SMTP_URL")
        return Relay(
            host=parts.hostname,
            port=port or (465 if parts.scheme == "smtps" else 587),
            implicit_tls=parts.scheme == "smtps",
            plain_by_choice=parts.scheme == "smtp+plain",
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )

    @property
    def on_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def plain(self) -> bool:
        """Without TLS only on loopback or by an explicit choice, and never with a password."""
        if self.implicit_tls or self.username is not None:
            return False
        return self.on_loopback or self.plain_by_choice

    def client(self, context: ssl.SSLContext | None, timeout: float = ANSWER_WITHIN) -> SMTP:
        """A client that connects in the one allowed way and falls back to no other."""
        return SMTP(
            hostname=self.host,
            port=self.port,
            username=self.username,
            password=self.password,
            use_tls=self.implicit_tls,
            start_tls=not self.implicit_tls and not self.plain,
            tls_context=context,
            validate_certs=True,
            timeout=timeout,
            local_hostname="localhost" if self.on_loopback else None,
        )

    def __repr__(self) -> str:
        return f"Relay({self.host}:{self.port})"
