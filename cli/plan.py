"""What `sluice up` starts: the addresses it takes and the programs behind them."""

import os
import secrets
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.children import Child
from cli.ports import LOOPBACK, Ports
from domain.refusal import Refused
from operations import embedded
from settings import Settings

OWN = "the environment"


@dataclass(frozen=True)
class Plan:
    """Addresses of one start, and the settings that its programs are given."""

    settings: Settings
    data_dir: Path
    console_port: int
    temporal_port: int
    ui_port: int
    mail_port: int | None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def console(self) -> str:
        """Where the console is, without the link's token."""
        return f"http://{LOOPBACK}:{self.console_port}"

    @property
    def link(self) -> str:
        """The address that lets one in, or where people sign in."""
        if self.settings.sign_in == "password":
            return f"{self.console}/signin"
        return f"{self.console}/?key={self.token}"

    @property
    def mailbox(self) -> str | None:
        """Where the mailbox is shown; None when mail goes to a relay."""
        return f"{self.console}/mailbox" if self.mail_port is not None else None

    @property
    def temporal_ui(self) -> str:
        """Where Temporal's own pages are."""
        return f"http://{LOOPBACK}:{self.ui_port}"

    def shared(self) -> dict[str, str]:
        """The settings that this start decides, by their names; other commands find them too."""
        told = {
            "temporal_address": f"{LOOPBACK}:{self.temporal_port}",
            "temporal_namespace": "default",
        }
        if self.mail_port is not None:
            told["smtp_url"] = f"smtp://{LOOPBACK}:{self.mail_port}"
        if self.settings.origin("public_url") == "default":
            told["public_url"] = self.console
        return told

    def environment(self) -> dict[str, str]:
        """The same for the programs, as variables."""
        told = {f"SLUICE_{name.upper()}": value for name, value in self.shared().items()}
        told |= {"SLUICE_DATA_DIR": str(self.data_dir), "SLUICE_TEMPORAL_UI": self.temporal_ui}
        told["SLUICE_SHOW_MAILBOX"] = str(self.mail_port is not None)
        return {**told, "PYTHONUNBUFFERED": "1"}

    def addresses(self, pids: dict[str, int | None], clock: dict[str, Any]) -> dict[str, Any]:
        """What is written into the data folder once everything answers."""
        return {
            "console": self.console,
            "link": self.link,
            "mailbox": self.mailbox,
            "temporal_ui": self.temporal_ui,
            "settings": self.shared(),
            "pids": pids,
            "clock": clock,
        }


def plan(settings: Settings, port: int | None, before: dict[str, Any], ports: Ports) -> Plan:
    """Choose the addresses: those of the last start where they are free, else others.

    Raises Refused for a `port` in use, and when the settings ask for another Temporal.
    """
    _only_its_own_temporal(settings)
    own_relay = settings.origin("smtp_url") != "default"
    return Plan(
        settings=settings,
        data_dir=settings.data_dir.absolute(),
        console_port=ports.pick(settings.port) if port is None else ports.claim(port, "--port"),
        temporal_port=ports.pick(before.get("temporal", 7233)),
        ui_port=ports.pick(before.get("ui", 8233)),
        mail_port=None if own_relay else ports.pick(before.get("mail", 2525)),
    )


def _only_its_own_temporal(settings: Settings) -> None:
    """Refuse what the Temporal that `up` brings would quietly set aside, or could not answer."""
    asked = {
        "SLUICE_TEMPORAL_ADDRESS": settings.origin("temporal_address") != "default",
        "SLUICE_TEMPORAL_NAMESPACE": settings.origin("temporal_namespace") != "default",
        "TEMPORAL_TLS": embedded.asks_for_tls(os.environ),
    }
    for name, is_set in asked.items():
        if is_set:
            told = f"`up` brings a Temporal of its own, without TLS, but {name} asks for another"
            advice = "unset it, or start the parts with `sluice worker` and `sluice serve`"
            raise Refused("temporal_is_set", f"{told}; {advice}", name)


def children(plan: Plan, server: list[str]) -> dict[str, Child]:
    """The programs in the order in which they are stopped."""
    logs = plan.data_dir / "logs"
    sluice = [sys.executable, "-m", "cli.main"]
    environment = plan.environment()
    serving = [*sluice, "serve", "--port", str(plan.console_port)]
    link = {"SLUICE_LINK_TOKEN": plan.token}
    worker = [sys.executable, "-m", "worker"]
    found = [
        Child("worker", worker, logs / "worker.log", environment, patience_s=40),
        Child("console", serving, logs / "console.log", {**environment, **link}),
    ]
    if plan.mail_port is not None:
        catching = [*sluice, "mailbox", "--port", str(plan.mail_port)]
        found.append(Child("mailbox", catching, logs / "mailbox.log", environment))
    found.append(Child("Temporal server", server, logs / "temporal.log"))
    return {child.name: child for child in found}
