"""The feed: every event of the house in the order of the commits, from any position on.

It carries ids and kinds alone, so it may go to other programs; names are asked for by id.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from domain.events import KINDS
from domain.playbooks.words import suggestion
from domain.refusal import Malformed
from domain.sentences import sentence
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from store import ledger
from store.ledger import Recorded

LOOKED_AT: Final = 2_000
"""Positions that one page looks at, so that a rare kind never reads the whole ledger."""


class FeedEvent(View):
    """One event. `text` is its sentence with ids in the place of names; `data` is its body."""

    position: int
    stream: str
    version: int
    kind: str
    at: datetime
    recorded_at: datetime
    actor: str
    cause: str | None
    command_id: str | None
    playbook_version: str | None
    text: str
    data: dict[str, Any]


class FeedPage(View):
    """Some events, the position to go on behind (`next`), and the newest of all (`last`).

    `next` moves on also where no event fits; the reader has everything once it equals `last`.
    """

    events: tuple[FeedEvent, ...]
    next: int
    last: int


def page(
    house: House,
    *,
    after: int = 0,
    limit: int = 100,
    kinds: Sequence[str] = (),
    stream: str | None = None,
) -> FeedPage:
    """The events behind a position, of some kinds or one stream alone. Raises Malformed."""
    for kind in kinds:
        if kind not in KINDS:
            hint = suggestion(kind, KINDS)
            raise Malformed(f'"{kind[:60]}" is no kind of event{hint}', "kind")
    with reaching("the database"), house.store.read() as tx:
        last = ledger.last_position(tx)
        # One stream is short and has an index of its own; all of it can be looked at.
        until = last if stream is not None else min(after + LOOKED_AT, last)
        found = ledger.feed(tx, after, limit, until=until, kinds=kinds, stream=stream)
    following = found[-1].position if len(found) == limit else max(until, after)
    return FeedPage(events=tuple(map(_event, found)), next=following, last=last)


def last(house: House) -> int:
    """The position of the newest event, 0 in an empty ledger."""
    with reaching("the database"), house.store.read() as tx:
        return ledger.last_position(tx)


def _event(one: Recorded) -> FeedEvent:
    return FeedEvent(
        position=one.position,
        stream=one.stream,
        version=one.version,
        kind=one.kind,
        at=one.happened_at,
        recorded_at=one.origin.recorded_at,
        actor=one.origin.actor,
        cause=one.origin.cause,
        command_id=one.origin.command_id,
        playbook_version=one.origin.playbook_version,
        text=sentence(one.event),
        data=one.event.model_dump(mode="json", exclude={"kind", "at"}),
    )
