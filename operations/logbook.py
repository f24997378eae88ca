"""Entering into the audit log what was asked, by whom, and what became of it.

What was done is entered in the transaction that does it, so that neither is without the other.
What was refused changes nothing, and its transaction is undone: its entry is made afterwards, by
`reaching`, in one of its own. Only ids and words of ours are entered, never what people typed.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

from domain.refusal import Refused
from operations.house import House
from store.access import audit
from store.access.audit import Entry
from store.database import Tx
from store.errors import Unreachable

Outcome = Literal["done", "refused", "forbidden"]

_WAITING: Final = "not_logged_yet"

log = logging.getLogger("sluice.audit")


def note(
    tx: Tx,
    house: House,
    what: str,
    *,
    actor: str,
    outcome: Outcome = "done",
    stream: str | None = None,
    command_id: str | None = None,
    code: str | None = None,
) -> None:
    """Enter something, in the transaction that did it."""
    entry = Entry(
        at=house.time.wall(),
        actor=actor,
        what=what,
        outcome=outcome,
        stream=stream,
        command_id=command_id,
        code=code,
    )
    audit.add(tx, entry)


@contextmanager
def remembering(
    house: House, what: str, *, actor: str, stream: str, command_id: str | None = None
) -> Iterator[None]:
    """Have what is refused in this block entered once its transaction is undone."""
    try:
        yield
    except Refused as no:
        entry = Entry(
            at=house.time.wall(),
            actor=actor,
            what=what,
            outcome="refused",
            stream=stream,
            command_id=command_id,
            code=no.code,
        )
        vars(no).setdefault(_WAITING, (house, entry))
        raise


def enter_refusal(no: Refused) -> None:
    """Enter what was remembered with a refusal, if anything was; once."""
    house, entry = vars(no).pop(_WAITING, (None, None))
    if house is None:
        return
    try:
        with house.store.write() as tx:
            audit.add(tx, entry)
    except Unreachable as down:
        # The refusal stands and nothing was changed; only its trace is lost.
        log.error("a refusal of %s was not entered: %s", entry.what, down.reason)
