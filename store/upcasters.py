"""How a stored event becomes an event again, whatever shape it had when it was stored."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.event import Happened
from domain.events import KINDS, decode, kind_of

Data = dict[str, Any]

UPCASTERS: Final[dict[tuple[str, int], Callable[[Data], Data]]] = {}
"""From (kind, schema number n) to a pure function that gives the data of schema n + 1.

A released function is never changed and never removed: the ledger keeps every shape it ever
had. Raise the model's `schema_number`, add the function here and a sample of the old shape to
the tests, all in one commit.
"""


def stored(event: Happened) -> tuple[str, int, Data]:
    """The kind, the schema number and the data of the event, as the ledger keeps them.

    The kind and the moment have columns of their own and are not repeated in the data.
    """
    data = event.model_dump(mode="json", exclude={"kind", "at"})
    return kind_of(event), event.schema_number, data


def revive(kind: str, schema: int, data: Mapping[str, Any], at: object) -> Happened:
    """The event that was stored. Raises KeyError for a kind or a shape that nobody knows."""
    lifted = dict(data)
    for number in range(schema, KINDS[kind].schema_number):
        lifted = UPCASTERS[kind, number](lifted)
    return decode(kind, lifted | {"at": at})
