"""The Temporal server that comes with the `local` extra: where it is and how it is started."""

import shutil
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SEARCH_ATTRIBUTES: Final = {
    "SluiceStage": "Keyword",
    "SluiceOwner": "Keyword",
    "SluicePlaybook": "Keyword",
    "SluiceStagnant": "Bool",
}
"""What admins filter by in Temporal; a namespace must know them before the first deal."""

DYNAMIC: Final = {
    # A queue of one or two workers needs one partition; with the default of four, first tasks
    # of new workflows land where nobody polls and wait for seconds.
    "matching.numTaskqueueReadPartitions": "1",
    "matching.numTaskqueueWritePartitions": "1",
}

PRAGMAS: Final = {
    # Level with a server in memory, and about twice as fast as without.
    "journal_mode": "wal",
    "synchronous": "normal",
}


def asks_for_tls(environment: Mapping[str, str]) -> bool:
    """Whether Temporal's own settings ask for TLS, which this server does not speak.

    A key or a certificate alone does not: without `TEMPORAL_TLS` none is shown to a server of
    this machine (`operations.connecting`).
    """
    return environment.get("TEMPORAL_TLS", "").lower() not in ("", "false", "0")


def binary() -> Path:
    """The server's program. Raises EngineUnreachable saying how to get it."""
    beside = Path(sysconfig.get_path("scripts")) / "temporal"
    found = str(beside) if beside.is_file() else shutil.which("temporal")
    if found is None:
        # Imported here: `sluice up` starts the server before it loads a client for it.
        from operations.house import EngineUnreachable

        raise EngineUnreachable("Temporal", "its server is not installed; run: make setup")
    return Path(found)


def command(
    port: int,
    ui_port: int | None,
    file: Path | None = None,
    dynamic: dict[str, str] | None = None,
    namespaces: tuple[str, ...] = (),
) -> list[str]:
    """The command line of a server on loopback; without a file it forgets everything at its end.

    Raises EngineUnreachable when the program is not there.
    """
    words = [str(binary()), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port)]
    words += ["--headless"] if ui_port is None else ["--ui-port", str(ui_port)]
    words += ["--ui-disable-news-fetch", "--log-level", "warn"]
    if file is not None:
        words += ["--db-filename", str(file)]
        words += [f"--sqlite-pragma={name}={value}" for name, value in PRAGMAS.items()]
    for name, value in (DYNAMIC | (dynamic or {})).items():
        words += ["--dynamic-config-value", f"{name}={value}"]
    for name, kind in SEARCH_ATTRIBUTES.items():
        words += ["--search-attribute", f"{name}={kind}"]
    for name in namespaces:
        words += ["--namespace", name]
    return words
