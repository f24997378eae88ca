"""What can be set: one frozen model, read once at the doors, from `SLUICE_*` variables.

Where a value comes from, the first that has it: the variable itself; the file that its `…_FILE`
variable names (for secrets); the file that `SLUICE_SETTINGS` names, with lines `SLUICE_X=…`; what
a running `sluice up` wrote into the data folder; the default.
"""

import json
import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from domain.refusal import Malformed

if TYPE_CHECKING:
    from domain.limits import MailLimits
    from operations.house import Arriving, Config

ROOT: Final = Path(__file__).parent
PREFIX: Final = "SLUICE_"
ADDRESSES: Final = "addresses.json"
"""Where `sluice up` writes, in the data folder, what it started: pids, addresses, clock."""


class Settings(BaseSettings):
    """Everything that can be set; a name here is `SLUICE_` and the name in capitals there."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    data_dir: Path = Path(".sluice")
    """Where everything of this machine is kept: database, clock, mailbox, logs."""
    database_url: SecretStr | None = None
    """`sqlite:///file.db` or `postgresql://…`; by default a SQLite file in the data folder."""
    temporal_address: str = "127.0.0.1:7233"
    """Where Temporal answers: `host:port`."""
    temporal_namespace: str = "default"
    """The namespace in it that belongs to Sluice."""
    smtp_url: SecretStr = SecretStr("smtp://127.0.0.1:2525")
    """The relay: `smtp[s]://[user:password@]host[:port]`."""
    imap_url: SecretStr | None = None
    """Mailboxes to read, parted by blanks: `imaps://user:password@host?folders=INBOX&sent=Sent`."""
    inbound_domain: str | None = None
    """The domain whose mail comes in here: deals then have addresses for a rep's blind copy."""
    webhook_secret: SecretStr | None = None
    """Signs mail brought to `/hooks/standard` (`whsec_…`); two, parted by a blank, to change it."""
    webhook_loopback: bool = False
    """Whether outgoing webhooks may go to this machine itself, also by http; for trying out."""
    postmark_webhook: SecretStr | None = None
    """The `user:password` with which Postmark calls `/hooks/postmark`."""
    keep_ignored_days: int = Field(default=90, ge=14, le=3650)
    """Days for which mail that concerned nobody is remembered, so as not to be taken twice."""
    soft_bounces: str = Field(default="3 in 30 days", pattern=r"^[1-9]\d? in [1-9]\d{0,2} days?$")
    """So many soft bounces in so many days count as a hard one."""
    public_url: str = "http://127.0.0.1:8000"
    """How readers of our mail reach the console; the links in mails begin with it."""
    playbooks: Path = ROOT / "playbooks"
    """The folder with the playbooks that are published at the start."""
    templates: Path = ROOT / "templates"
    """The folder with the words: `mail/` and `console/`."""
    default_playbook: str = "simple"
    """The playbook of a deal that names none."""
    company: str = "Sluice"
    """The name of the company that writes the mails."""
    postal_address: str = Field(default="1 Lock Lane, Canalside", pattern=r"\w")
    """Its postal address; stands in every mail to people outside."""
    sender: str = "sales@sluice.example"
    """The address that every mail comes from; answers go to the owner of the deal."""
    website: str | None = None
    """Its website, for mails that name it."""
    secret: SecretStr | None = None
    """Keys the hashes of suppressed addresses; made once in the data folder if not given."""
    actor: str = "cli"
    """Who is named in the events of commands typed here: a person's id."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Where the console listens; 0 for any free port."""
    sign_in: Literal["link", "password"] = "link"
    """How people come into the console: also by the link of the start, or by password only."""
    hosts: str = ""
    """Names of the console, parted by blanks, besides the public URL's and this machine's own."""
    link_token: SecretStr | None = None
    """What lets one into the console; made at each start if not given."""
    show_mailbox: bool = False
    """Whether the console shows what the mailbox of this machine has caught."""
    temporal_ui: str | None = None
    """Where Temporal's own pages are, for the console to link to."""
    metrics_open: bool = False
    """Whether programs of this machine read the console's `/metrics` without a key."""
    worker_metrics: str | None = Field(default=None, pattern=r"^[\w.:\[\]-]+:\d{1,5}$")
    """Where each worker tells its own figures, as Temporal's SDK has them: `127.0.0.1:9464`."""
    mail_rate: float | None = Field(default=None, gt=0)
    """Wake-ups a second that may send mail, over all workers; unset: no limit."""
    mailboxes: Path | None = None
    """A TOML file of further sending mailboxes; `main`, of `SLUICE_SMTP_URL`, is always there."""
    auto_submitted: bool = True
    """Whether a deal's follow-ups say that a machine sent them (RFC 3834), as series always do."""
    track_links: bool = False
    """Whether links of mails that say `track: true` lead over the console, which counts clicks."""
    mailbox_per_minute: int | None = Field(default=None, ge=1)
    """Mails that one mailbox sends in 60 seconds at most; unset: no limit."""
    mailbox_per_day: int | None = Field(default=None, ge=1)
    """Mails that one mailbox sends in 24 hours at most; unset: no limit."""
    domain_per_minute: int | None = Field(default=None, ge=1)
    """Mails that the addresses of one domain get in 60 seconds at most; unset: no limit."""
    domain_per_day: int | None = Field(default=5_000, ge=1)
    """Mails that the addresses of one domain get in 24 hours at most."""
    contact_gap: float = Field(default=1.0, ge=0)
    """Hours between any two mails that go to a contact by themselves."""
    contact_days: int = Field(default=7, ge=1, le=90)
    """Days over which the mails to one contact are counted."""
    contact_mails: int = Field(default=5, ge=1)
    """Mails that one contact gets in that time at most, over all deals and nurtures."""
    contact_marketing: int = Field(default=3, ge=1)
    """How many of them may be marketing."""
    bounce_share: float = Field(default=0.05, gt=0, le=1)
    """The share of a mailbox's last 500 mails that, bounced, halts the mailbox."""
    complaint_share: float = Field(default=0.003, gt=0, le=1)
    """The share of them that, called spam, halts its marketing mail."""
    cached_workflows: int = Field(default=500, ge=0)
    """Deals that one worker keeps in memory, at 75 to 100 kB each."""
    pollers: int = Field(default=10, ge=2)
    """Polls for workflow tasks that one worker keeps open."""

    @field_validator("playbooks", "templates")
    @classmethod
    def _is_a_folder(cls, folder: Path) -> Path:
        if not folder.is_dir():
            raise ValueError(f"{folder} is no folder")
        return folder

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What was passed in, then the sources in the order of the module's first lines."""
        return init_settings, *(source for _, source in _sources(settings_cls))

    def origin(self, name: str) -> str:
        """Where the value of a setting came from, in words."""
        for origin, source in _sources(type(self)):
            if name in source():
                return origin.replace("…", f"{PREFIX}{name.upper()}")
        return f"{self.data_dir / ADDRESSES}" if name in self.model_fields_set else "default"

    def database(self) -> str:
        """The address of the database, password and all."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.data_dir / 'sluice.db').absolute()}"

    def secret_key(self) -> bytes:
        """The secret; made and kept in the data folder, readable to its owner, when not set."""
        if self.secret is not None:
            return self.secret.get_secret_value().encode()
        return _kept_secret(self.data_dir)

    def served_as(self) -> tuple[str, ...]:
        """The names under which the console answers, besides those of this machine."""
        public = urlsplit(self.public_url).hostname
        return (*self.hosts.replace(",", " ").split(), *([public] if public else []))

    def config(self) -> "Config":
        """What a house is opened with."""
        # Imported here: whoever only reads settings need not load Temporal and a database.
        from operations.clock import ClockFile
        from operations.house import Company, Config
        from operations.post import outboxes

        return Config(
            database_url=self.database(),
            secret=self.secret_key(),
            data_dir=self.data_dir,
            temporal_address=self.temporal_address,
            temporal_namespace=self.temporal_namespace,
            smtp_url=self.smtp_url.get_secret_value(),
            public_url=self.public_url,
            default_playbook=self.default_playbook,
            company=Company(self.company, self.postal_address, self.sender, self.website),
            playbooks=self.playbooks,
            templates=self.templates,
            limits=self._limits(),
            outboxes=outboxes.read(self.mailboxes, os.environ) if self.mailboxes else (),
            auto_submitted=self.auto_submitted,
            track_links=self.track_links,
            webhook_loopback=self.webhook_loopback,
            arriving=self._arriving(),
            clock=ClockFile(self.data_dir).read,
        )

    def _arriving(self) -> "Arriving":
        from operations.house import Arriving

        secrets = _several(self.webhook_secret)
        if secrets:
            from operations.inbound.hooks import secret_key

            for secret in secrets:
                secret_key(secret)
        told = self.postmark_webhook.get_secret_value() if self.postmark_webhook else None
        if told is not None and not all(told.partition(":")):
            raise Malformed("write user:password", f"{PREFIX}POSTMARK_WEBHOOK")
        return Arriving(
            mailboxes=_several(self.imap_url),
            domain=(self.inbound_domain or "").lower() or None,
            webhook_secrets=secrets,
            postmark=told,
            keep_ignored=timedelta(days=self.keep_ignored_days),
        )

    def _limits(self) -> "MailLimits":
        from domain.limits import Breaker, ContactLimits, MailLimits, Rate, SoftBounces

        bounces, _, days, _ = self.soft_bounces.split()
        return MailLimits(
            mailbox=Rate(self.mailbox_per_minute, self.mailbox_per_day),
            domain=Rate(self.domain_per_minute, self.domain_per_day),
            contact=ContactLimits(
                gap=timedelta(hours=self.contact_gap),
                days=self.contact_days,
                any=self.contact_mails,
                marketing=self.contact_marketing,
            ),
            breaker=Breaker(bounce_share=self.bounce_share, complaint_share=self.complaint_share),
            soft_bounces=SoftBounces(int(bounces), timedelta(days=int(days))),
        )


def load(*, of_running: bool = True, **given: Any) -> Settings:
    """The settings; `given` goes before every source. Raises Malformed naming the variable.

    `of_running`: whether what a running `sluice up` wrote counts.
    """
    try:
        told = Settings(**given)
        running = addresses(told.data_dir).get("settings", {}) if of_running else {}
        fresh = {name: running[name] for name in running if name not in told.model_fields_set}
        return Settings(**given, **fresh) if fresh else told
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = PREFIX + str(first["loc"][0]).upper() if first["loc"] else PREFIX
        raise Malformed(first["msg"], name) from None


def addresses(data_dir: Path) -> dict[str, Any]:
    """What a running `sluice up` wrote into the data folder; empty when none runs."""
    try:
        found = json.loads((data_dir / ADDRESSES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


class _FromFiles(PydanticBaseSettingsSource):
    """`SLUICE_SECRET_FILE=/run/secrets/key` gives the secret that stands in that file."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        if path is None:
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except OSError as error:
            told = f"{path}: {error.strerror}"
            raise Malformed(told, f"{PREFIX}{field_name.upper()}_FILE") from None

    def __call__(self) -> dict[str, Any]:
        values = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in values.items() if value is not None}


def _sources(settings: type[BaseSettings]) -> list[tuple[str, PydanticBaseSettingsSource]]:
    """Every outer source in order, with what to call it."""
    sources: list[tuple[str, PydanticBaseSettingsSource]] = [
        ("the environment", EnvSettingsSource(settings)),
        ("the file of …_FILE", _FromFiles(settings)),
    ]
    file = os.environ.get(f"{PREFIX}SETTINGS")
    if file is not None:
        if not Path(file).is_file():
            raise Malformed(f"there is no file {file}", f"{PREFIX}SETTINGS")
        sources.append((file, DotEnvSettingsSource(settings, env_file=file)))
    return sources


def _several(told: SecretStr | None) -> tuple[str, ...]:
    """What stands in one setting, parted by blanks, line ends or commas."""
    return tuple(told.get_secret_value().replace(",", " ").split()) if told else ()


def _kept_secret(data_dir: Path) -> bytes:
    """The secret of this data folder; of two processes that make it at once one wins."""
    path = data_dir / "secret"
    if not path.is_file():
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        own = data_dir / f"secret.{os.getpid()}"
        handle = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32))
        try:
            os.link(own, path)
        except FileExistsError:
            pass
        finally:
            own.unlink()
    return path.read_bytes().strip()
