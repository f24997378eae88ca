"""One way to move any state on by its events."""

from collections.abc import Iterable
from typing import TypeVar, cast

from domain.deal import Deal, evolve
from domain.event import Happened
from domain.nurture import NurtureRun, evolve_nurture

State = TypeVar("State", bound=Deal | NurtureRun)


def moved_on(state: State, events: Iterable[Happened]) -> State:
    """The state after the events, in order."""
    moved: Deal | NurtureRun = state
    for event in events:
        moved = evolve(moved, event) if isinstance(moved, Deal) else evolve_nurture(moved, event)
    return cast(State, moved)
