"""What is due next, and what lists say of it: kept with a deal, so that no list computes it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from domain.agenda import Aggregate, by_moment, earliest, items
from domain.course import Item
from domain.deal import Deal
from domain.facts import Facts


class Ahead(BaseModel):
    """A thing to come, as far as its words need it: ids, names of a playbook, no personal data.

    `what`, `name` and `why` are those of the item; the rest belongs to one sort each: the `part`
    that ends (`patient`: after waiting for an answer), the `verb` and name of a task or a rung,
    whom a rung tells and how long `after` the one before, the day on which a promise is `due`
    where it was made. `dated` is False for what waits until something changes.
    """

    model_config = ConfigDict(frozen=True)

    what: str
    name: str
    why: str
    dated: bool = True
    part: str | None = None
    patient: bool = False
    verb: str | None = None
    tells: str | None = None
    after: str | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """When something is to be done next (None: never), and the first thing that has its date.

    There may be a moment without a thing: a notice to one of ours that is still to go.
    """

    at: datetime | None = None
    ahead: Ahead | None = None


NOTHING: Final = Due()
"""Nothing is due."""


def due_of(state: Aggregate, facts: Facts) -> Due:
    """When the deal or nurture is due next, and what comes first."""
    found = list(items(state, facts))
    dated = [item for item in found if item.at is not None]
    first = min(dated, key=by_moment, default=None)
    ahead = ahead_of(first, state, facts) if first is not None else None
    return Due(earliest(found, state, facts), ahead)


def ahead_of(item: Item, state: Aggregate, facts: Facts) -> Ahead:
    """What is to be known of an item to put it into words."""
    told = Ahead(what=item.what, name=item.name, why=item.why, dated=item.at is not None)
    more: dict[str, object] = {}
    match item.what:
        case "end":
            more = _end(item, state)
        case "task_due":
            task = next((one for one in state.tasks if one.task_id == item.name), None)
            more = {"verb": task.verb, "name": task.name} if task is not None else {}
        case "rung":
            more = _rung(state, facts)
        case "promise_soon" | "promise_overdue":
            more = _promise(item, state, facts)
    return told.model_copy(update=more) if more else told


def _end(item: Item, state: Aggregate) -> dict[str, object]:
    found = (one for one in state.enrollments if one.enrollment_id == item.enrollment_id)
    one = next(found, None)
    if one is None:
        return {}
    patient = one.part.startswith("cadence:") and item.at != one.anchor_at
    return {"part": one.part, "patient": patient}


def _rung(state: Aggregate, facts: Facts) -> dict[str, object]:
    """A step of the ladder that a stagnant deal climbs."""
    limits = facts.rules.limits
    if not isinstance(state, Deal) or limits is None or state.rung >= len(limits.then):
        return {}
    step = limits.then[state.rung]
    after = str(step.after.low) if step.after else None
    return {"verb": step.verb, "name": step.name, "tells": step.notify, "after": after}


def _promise(item: Item, state: Aggregate, facts: Facts) -> dict[str, object]:
    promises = state.promises if isinstance(state, Deal) else ()
    one = next((one for one in promises if one.promise_id == item.name), None)
    if one is None:
        return {}
    zone = facts.person_hours(one.owner_id or getattr(state, "owner_id", None)).zone
    return {"due": one.due_at.astimezone(zone).date()}
