"""Commands by their id: what was asked, by whom, and what became of it."""

from datetime import datetime
from typing import Any

from domain.refusal import NotFound
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from store import commands


class CommandView(View):
    """A command and its receipt. `status` is done, refused or waiting (not yet recorded)."""

    command_id: str
    kind: str
    stream: str
    deal_id: str | None
    actor: str
    kept_at: datetime
    answered_at: datetime | None
    status: str
    version: int | None = None
    code: str | None = None
    message: str | None = None
    where: str | None = None
    receipt: dict[str, Any] | None = None


def show(house: House, command_id: str) -> CommandView:
    """What became of a command. Raises NotFound for an id that was never used."""
    with reaching("the database"), house.store.read() as tx:
        kept = commands.load(tx, command_id)
    if kept is None:
        raise NotFound(f"there is no command {command_id[:80]}", "command_id")
    receipt = dict(kept.receipt) if kept.receipt is not None else None
    kind, _, its_id = kept.stream.partition("/")
    told = receipt or {}
    return CommandView(
        command_id=kept.command_id,
        kind=kept.kind,
        stream=kept.stream,
        deal_id=its_id if kind == "deal" else None,
        actor=kept.actor,
        kept_at=kept.kept_at,
        answered_at=kept.answered_at,
        status=_status(receipt),
        version=told.get("version"),
        code=told.get("code"),
        message=told.get("message"),
        where=told.get("where"),
        receipt=receipt,
    )


def _status(receipt: dict[str, Any] | None) -> str:
    if receipt is None:
        return "waiting"
    return "refused" if receipt.get("status") == "refused" else "done"
