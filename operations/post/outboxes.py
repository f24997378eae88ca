"""The file of sending mailboxes, read once at the door.

    [[mailbox]]
    name = "north"
    from = "north@us.example"
    relay = "smtps://north@smtp.us.example"
    per_minute = 20
    per_day = 800
    owners = ["olga@us.example"]
    groups = ["north"]

The password of the relay's user stands in `SLUICE_MAILBOX_NORTH_PASSWORD`, or in the file that
`SLUICE_MAILBOX_NORTH_PASSWORD_FILE` names; never in this file.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from domain.limits import Rate
from domain.refusal import Malformed
from mail.address import normalise
from mail.outbox import MAIN, Outbox
from mail.relay import Relay

WHERE: Final = "SLUICE_MAILBOXES"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")


class _Written(BaseModel):
    """One mailbox as the file says it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    name: str
    from_: str = Field(alias="from")
    relay: str
    per_minute: Annotated[int, Field(ge=1)] | None = None
    per_day: Annotated[int, Field(ge=1)] | None = None
    owners: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name) or name == MAIN:
            raise ValueError(
                f'small letters, digits and "-", at most 31 of them, and not "{MAIN}", '
                "which is the mailbox of SLUICE_SMTP_URL"
            )
        return name

    @field_validator("from_")
    @classmethod
    def _is_an_address(cls, address: str) -> str:
        try:
            return normalise(address)
        except Malformed as wrong:
            raise ValueError(wrong.message) from None


def read(file: Path, variables: Mapping[str, str]) -> tuple[Outbox, ...]:
    """The mailboxes of a file, with their passwords from the variables of the environment.

    Raises Malformed naming the mailbox and the key.
    """
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Malformed(f"{file}: {error.strerror}", WHERE) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{file} is no TOML: {error}", WHERE) from None
    entries = found.get("mailbox")
    if found.keys() - {"mailbox"} or not isinstance(entries, list) or not entries:
        raise Malformed(f"{file}: write one [[mailbox]] for each mailbox, nothing else", WHERE)
    outboxes = tuple(
        _outbox(entry, number, file, variables) for number, entry in enumerate(entries, 1)
    )
    names = [one.name for one in outboxes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Malformed(f"{file}: two mailboxes are named {twice}", WHERE)
    return outboxes


def _outbox(entry: Any, number: int, file: Path, variables: Mapping[str, str]) -> Outbox:
    try:
        written = _Written.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "it"
        raise Malformed(f"{file}, mailbox {number}, {key}: {first['msg']}", WHERE) from None
    return Outbox(
        name=written.name,
        sender=written.from_,
        relay=_relay(written, file, variables),
        rate=Rate(written.per_minute, written.per_day),
        owners=tuple(one.lower() if "@" in one else one for one in written.owners),
        groups=written.groups,
    )


def _relay(written: _Written, file: Path, variables: Mapping[str, str]) -> str:
    """The relay's address with the password of its user, if it has one."""
    told = f"{file}, mailbox {written.name}, relay"
    try:
        relay = Relay.at(written.relay)
    except Malformed as wrong:
        raise Malformed(f"{told}: {wrong.message}", WHERE) from None
    variable = f"SLUICE_MAILBOX_{written.name.upper().replace('-', '_')}_PASSWORD"
    if relay.password is not None:
        raise Malformed(f"{told}: the password belongs into {variable}", WHERE)
    if relay.username is None:
        return written.relay
    password = _secret(variable, variables)
    if password is None:
        raise Malformed(f"{told}: {variable} (or {variable}_FILE) is not set", WHERE)
    parts = urlsplit(written.relay)
    place = parts.netloc.rpartition("@")[2]
    user = quote(relay.username, safe="")
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}").geturl()


def _secret(variable: str, variables: Mapping[str, str]) -> str | None:
    file = variables.get(f"{variable}_FILE")
    if variable in variables or file is None:
        return variables.get(variable)
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Malformed(f"{file}: {error.strerror}", f"{variable}_FILE") from None
