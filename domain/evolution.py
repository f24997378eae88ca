"""One way to move any state on by its events."""

from collections.abc import Iterable
from typing import TypeVar

from domain.deal import Deal, evolve
from domain.event import Happened
from domain.nurture import NurtureRun, evolve_nurture

State = TypeVar("State", Deal, NurtureRun)


def moved_on(state: State, events: Iterable[Happened]) -> State:
    """The state after the events, in order."""
    for event in events:
        if isinstance(state, Deal):
            state = evolve(state, event)
        else:
            state = evolve_nurture(state, event)
    return state
