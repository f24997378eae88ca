"""A question that was asked in this snapshot already has its answer: it is not asked twice.

A page is put together from pieces that know nothing of each other, and several of them want the
same people, contacts and rules. Only a reading transaction remembers: what it sees is of one
moment, while a writing one sees what it changes itself.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, TypeVar

from store.database import SEEN, Tx

K = TypeVar("K")
V = TypeVar("V")

KEPT_MAX: Final = 2_000
"""Answers of one kind that are remembered: a snapshot may be held for a walk through everything."""


def once(
    tx: Tx, kind: str, keys: Iterable[K], ask: Callable[[Tx, Collection[K]], dict[K, V]]
) -> dict[K, V]:
    """What `ask` answers for these keys, asked for those alone that this snapshot has not seen.

    A key that `ask` leaves out stays unknown for the whole snapshot. Nothing that is answered
    may be changed: the next one who asks gets it too.
    """
    wanted = list(keys)
    seen: dict[str, dict[Any, Any]] | None = tx.get_execution_options().get(SEEN)
    if seen is None:
        return ask(tx, wanted) if wanted else {}
    known = seen.setdefault(kind, {})
    missing = [key for key in wanted if key not in known]
    if missing:
        if len(known) + len(missing) > KEPT_MAX:
            known.clear()
            missing = wanted
        found = ask(tx, missing)
        known.update((key, found.get(key)) for key in missing)
    return {key: one for key in wanted if (one := known[key]) is not None}


def known(tx: Tx, question: tuple[object, ...], ask: Callable[[Tx], V]) -> V:
    """The same for a question that is asked as a whole; `question` is what tells it from others."""
    return once(tx, "questions", [question], lambda tx, _: {question: ask(tx)})[question]
