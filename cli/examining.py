"""`sluice doctor`: every setting with its origin, then everything the house stands on."""

import asyncio
import os
import re
from difflib import get_close_matches
from typing import Any

from pydantic import SecretStr

from cli import output
from cli.opening import config
from settings import PREFIX, Settings, load

_PASSWORD = re.compile(r"(?<=:)[^:/@]+(?=@)")

_ALSO_READ = {"SETTINGS", "DEBUG", "SAMPLE_DATA"}
"""Variables that are no setting of the house but mean something."""


def examine() -> int:
    """Tell everything; gives the exit: 0 when all works, 5 for an engine, 3 for the rest."""
    from operations import doctor
    from operations.house import House

    settings = load()
    if settings.secret is None and not settings.data_dir.is_dir():
        # Looking at a house that is not there yet must not begin to build it.
        settings = load(secret="none yet")
    with House(config(settings)) as house:
        findings = asyncio.run(doctor.examine(house))
    told, strange = [_told(settings, name) for name in type(settings).model_fields], unknown()
    checks = [
        {"name": one.name, "state": one.state, "text": one.text, "engine": one.engine}
        for one in findings
    ]
    text = "\n".join(
        [
            output.columns(("setting", "value", "from"), [list(one.values()) for one in told]),
            *(f"\n{line}" for line in strange),
            "",
            output.columns(("", "", ""), [(one.state, one.name, one.text) for one in findings])
            .lstrip("\n")
            .strip("\n"),
        ]
    )
    output.say({"settings": told, "unknown": strange, "checks": checks}, text)
    failing = [one for one in findings if one.state == "fails"]
    if not failing:
        return output.DONE
    return output.UNREACHABLE if any(one.engine for one in failing) else output.REFUSED


def unknown() -> list[str]:
    """A line for each `SLUICE_*` variable that is no setting, with the one that may be meant."""
    known = {name.upper() for name in Settings.model_fields}
    files = {f"{name}_FILE" for name in known}
    found = []
    for variable in sorted(os.environ):
        name = variable.removeprefix(PREFIX)
        if name == variable or name in known | files | _ALSO_READ:
            continue
        close = get_close_matches(name, known, n=1)
        found.append(
            f"{variable} is no setting" + (f", did you mean {PREFIX}{close[0]}?" if close else "")
        )
    return found


def _told(settings: Settings, name: str) -> dict[str, Any]:
    value = getattr(settings, name)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
        value = _PASSWORD.sub("…", value) if name.endswith("_url") else "…"
    origin = settings.origin(name)
    if value is None and name == "database_url":
        value = settings.database()
    elif value is None and name == "secret":
        value, origin = "…", f"{settings.data_dir / 'secret'}"
    return {
        "setting": f"{PREFIX}{name.upper()}",
        "value": "" if value is None else str(value),
        "origin": origin,
    }
