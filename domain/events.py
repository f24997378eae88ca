"""All kinds of events, and how a stored one is read back."""

from collections.abc import Mapping
from typing import Any, cast

from domain import deal_events, house_events, touch_events
from domain.event import Happened


def _kinds() -> dict[str, type[Happened]]:
    found: dict[str, type[Happened]] = {}
    for module in (deal_events, touch_events, house_events):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Happened):
                field = value.model_fields.get("kind")
                if field is not None:
                    found[cast(str, field.default)] = value
    return found


KINDS: Mapping[str, type[Happened]] = _kinds()


def kind_of(event: Happened) -> str:
    """The stable name of the event's kind, as the ledger stores it."""
    return cast(str, type(event).model_fields["kind"].default)


def decode(kind: str, data: Mapping[str, Any]) -> Happened:
    """The event of this kind from its stored form. Raises KeyError for an unknown kind."""
    return KINDS[kind].model_validate(data)
