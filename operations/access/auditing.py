"""The audit log as it is read: everything that was asked, by whom, and what became of it."""

from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.refusal import Malformed
from operations.desk import reaching
from operations.house import House
from operations.logbook import note
from store.access import audit

LIMIT_MAX: Final = 500


class Line(BaseModel):
    """An entry as the doors show it; `what` is the kind of command, or of what was done."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    entry_id: int
    at: AwareDatetime
    actor: str
    key_id: str | None
    what: str
    stream: str | None
    command_id: str | None
    outcome: str
    code: str | None


class LogPage(BaseModel):
    """Some entries, the newest first; `cursor` leads on to older ones."""

    entries: tuple[Line, ...]
    cursor: str | None


def forbidden(house: House, actor: str, what: str, permission: str) -> None:
    """Enter that somebody asked for what they may not do. Raises EngineUnreachable."""
    with reaching("the database"), house.store.write() as tx:
        note(tx, house, what, actor=actor, outcome="forbidden", code=permission)


def list_page(
    house: House,
    *,
    actor: str | None = None,
    stream: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> LogPage:
    """The log, the newest first. Raises Malformed for a cursor that no page gave."""
    if cursor is not None and not (cursor.isdecimal() and len(cursor) < 19):
        raise Malformed("this cursor was given by no page", "cursor")
    limit = max(1, min(limit, LIMIT_MAX))
    before = int(cursor) if cursor is not None else None
    with reaching("the database"), house.store.read() as tx:
        found = audit.page(tx, before=before, actor=actor, stream=stream, limit=limit + 1)
    shown = found[:limit]
    more = str(shown[-1].entry_id) if len(found) > limit else None
    return LogPage(entries=tuple(Line.model_validate(one) for one in shown), cursor=more)
