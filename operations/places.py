"""Where a page of a list ended: a moment and an id, written so that it can be handed back."""

from datetime import datetime

from domain.refusal import Malformed

Place = tuple[datetime, str]


def written(place: Place | None) -> str | None:
    """The place as text; None stays None: there is no more."""
    return f"{place[0].isoformat()}~{place[1]}" if place else None


def read(text: str | None, where: str = "cursor") -> Place | None:
    """The place that was written. Raises Malformed, naming `where`, for what is none."""
    if text is None:
        return None
    moment, _, its_id = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        # A moment without an offset is nobody's cursor.
        if at.tzinfo is None or not its_id:
            raise ValueError
    except ValueError:
        raise Malformed(f"the {where} is none that a page gave", where) from None
    return at, its_id
