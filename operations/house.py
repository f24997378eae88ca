"""The house as its doors hold it: the store, the clock, Temporal and a few facts of the company."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from temporalio.client import Client

from activities.timekeeping import Timekeeper
from domain.limits import MailLimits
from domain.times.clock import Clock
from mail.outbox import Outbox, Outgoing
from operations.connecting import connect
from store.database import Store
from store.errors import Unreachable

if TYPE_CHECKING:
    from activities.material import Sender
    from activities.wording import Wording
    from mail.kitchen import Kitchen
    from mail.written import Written


@dataclass(frozen=True)
class Company:
    """Who writes: shown in every mail."""

    name: str = "Sluice"
    postal_address: str = "1 Lock Lane, Canalside"
    sender: str = "sales@sluice.example"
    website: str | None = None


@dataclass(frozen=True)
class Arriving:
    """Where mail comes in from; whatever is not set is shut.

    `mailboxes` are addresses of IMAP servers. `domain` is where addresses with our tokens are
    received. `webhook_secrets` sign the standard webhooks (several while they are changed), and
    `postmark` is the `user:password` that Postmark is given. Mail that concerned nobody is
    remembered for `keep_ignored`.
    """

    mailboxes: tuple[str, ...] = field(default=(), repr=False)
    domain: str | None = None
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    postmark: str | None = field(default=None, repr=False)
    keep_ignored: timedelta = timedelta(days=90)


READ_WITHIN = 10.0
"""Seconds that somebody who wants to read a mail waits for its words."""


@dataclass(frozen=True)
class Config:
    """What a house is opened with; the doors fill it from the settings."""

    database_url: str
    secret: bytes
    data_dir: Path
    temporal_address: str = "127.0.0.1:7233"
    temporal_namespace: str = "default"
    smtp_url: str = "smtp://127.0.0.1:2525"
    public_url: str = "http://127.0.0.1:8000"
    default_playbook: str = "simple"
    company: Company = field(default_factory=Company)
    playbooks: Path = Path("playbooks")
    templates: Path = Path("templates")
    arriving: Arriving = field(default_factory=Arriving)
    limits: MailLimits = field(default_factory=MailLimits)
    outboxes: tuple[Outbox, ...] = ()
    auto_submitted: bool = True
    track_links: bool = False
    webhook_loopback: bool = False
    engine_metrics: str | None = None
    engine_quiet: bool = False
    clock: Callable[[], Clock] = Clock.real


class EngineUnreachable(Exception):
    """Temporal, the database or the mail server cannot be reached (exit 5, HTTP 503)."""

    def __init__(self, engine: str, reason: str) -> None:
        super().__init__(f"{engine}: {reason}")
        self.engine = engine
        self.reason = reason


class House:
    """Opened once at a door and passed to every operation."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.store = Store.open(config.database_url)
        self.time = Timekeeper(config.clock)
        self._client: Client | None = None

    @property
    def mails(self) -> Path:
        """The folder with the words of mails."""
        return self.config.templates / "mail"

    @cached_property
    def kitchen(self) -> "Kitchen":
        """Where a mail is written that somebody wants to read before it goes."""
        # Imported here: most commands write no mail, and the libraries take a second to load.
        from mail.kitchen import Kitchen

        return Kitchen(self.mails, within=READ_WITHIN, written=self.written)

    @cached_property
    def wording(self) -> "Wording":
        """The words of mails that were published here, and hold instead of files."""
        from activities.wording import Wording

        return Wording(self.store)

    def written(self) -> "Written":
        """The same as it is now. Raises EngineUnreachable."""
        try:
            return self.wording()
        except Unreachable as error:
            raise EngineUnreachable("the database", error.reason) from error

    @property
    def sender(self) -> "Sender":
        """Who writes our mails, as they say it themselves."""
        from activities.material import Sender
        from mail.context import Company as Writer
        from mail.sayings import Sayings

        ours = self.config.company
        writer = Writer(
            name=ours.name,
            postal_address=ours.postal_address,
            sender=ours.sender,
            website=ours.website,
        )
        return Sender(writer, self.config.public_url, Sayings(self.mails))

    @property
    def outgoing(self) -> Outgoing:
        """How mail to contacts goes out."""
        own = self.config
        return Outgoing(own.outboxes, own.arriving.domain, own.auto_submitted, own.track_links)

    async def temporal(self) -> Client:
        """The connection to Temporal, made at the first use. Raises EngineUnreachable."""
        if self._client is None:
            try:
                own = self.config
                self._client = await connect(
                    own.temporal_address,
                    own.temporal_namespace,
                    own.engine_metrics,
                    own.engine_quiet,
                )
            except RuntimeError as error:
                where = self.config.temporal_address
                raise EngineUnreachable("Temporal", f"no answer at {where}") from error
        return self._client

    def use(self, client: Client) -> None:
        """Use a connection that exists already (tests, the worker's own)."""
        self._client = client

    def close(self) -> None:
        """Let go of the database, and of whatever still renders."""
        if "kitchen" in self.__dict__:
            self.kitchen.close()
        self.store.close()

    def __enter__(self) -> "House":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
