"""Stagnant deals: grouped by owner or by stage, the ones that cost most first, and what to do."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Final

from domain.refusal import Malformed, NotFound
from operations.board import Card, cards_of
from operations.desk import reaching
from operations.house import House
from store import board, people, playbooks, totals
from store.database import Tx
from store.quiet import UNITS, By, Quiet, quietest

LOOK: Final = 2_000
"""Deals that are ranked at most: those that have been quiet longest."""

BEST: Final = 10
"""Deals that a group shows before it leads on."""

GROUPS: Final = 8
"""Groups that are shown with their deals; the others are named with their numbers."""

PAGE: Final = 50
"""Deals on one page of a single group."""

NOBODY: Final = "nobody"
"""The group of the deals that nobody owns."""

NEXT: Final = {
    "our_turn": "Answer them: they wrote last",
    "wait_overdue": "Get in touch: the day that was agreed has passed",
    "decide_within": "Ask for a yes or a no, or lose it with its reason",
    "silence": "Call, or write by hand; agree a day to wait for, or lose it",
    "in_stage": "Move it on, or lose it with its reason",
}
"""What a person can do about a reason; the most pressing first."""


@dataclass(frozen=True, slots=True)
class QuietLine:
    """A stagnant deal: how many days it is over its first limit, and what to do next.

    The card's `stagnant` has the reasons, each with since when it was quiet.
    """

    card: Card
    days_over: int
    todo: str


@dataclass(frozen=True, slots=True)
class QuietGroup:
    """The stagnant deals of an owner or of a stage (the other is None): the first are shown."""

    key: str
    owner: str | None
    stage: str | None
    deals: int
    worth: tuple[tuple[str, Decimal], ...]
    lines: tuple[QuietLine, ...]
    page: int = 1
    pages: int = 1


@dataclass(frozen=True, slots=True)
class Stagnant:
    """All groups, the costliest first; `others` are those without their deals.

    `deals` are all that are stagnant, `ranked` those that were looked at. `mixed`: there is more
    than one currency. `zone` is the viewer's own, None where they have none.
    """

    by: By
    group: str | None
    deals: int
    ranked: int
    mixed: bool
    groups: tuple[QuietGroup, ...]
    others: tuple[QuietGroup, ...]
    zone: str | None
    now: datetime


def show(
    house: House,
    by: str = "owner",
    *,
    group: str | None = None,
    page: int = 1,
    viewer_id: str | None = None,
) -> Stagnant:
    """What has gone quiet, by owner or by stage, or a page of one group's deals.

    The rank of a deal is its amount times the days over its limit; where there are several
    currencies an amount counts by the average of its own, as nobody here knows rates. Raises
    Malformed for what it cannot be grouped by, NotFound for a group that is not there (any more).
    """
    if by not in ("owner", "stage"):
        raise Malformed("stagnant deals are grouped by owner or by stage", "by")
    apart: By = "owner" if by == "owner" else "stage"
    with reaching("the database"), house.store.read() as tx:
        now = house.time.now()
        rows = quietest(tx, LOOK, apart)
        found = ranked(rows, now)
        staff = {one.person_id: one for one in people.all_of(tx, active=False)}
        names = _Names(apart, staff, several=len(playbooks.all_of(tx)) > 1)
        sorted_in = _groups(found)
        if group is None:
            keys, others = list(sorted_in)[:GROUPS], list(sorted_in)[GROUPS:]
            span = slice(0, BEST)
        elif group in sorted_in:
            keys, others = [group], []
            span = slice((page - 1) * PAGE, page * PAGE)
        else:
            raise NotFound("no deal of that group is stagnant", "group")
        lines = _lines(tx, house, [one for key in keys for one in sorted_in[key][span]], staff, now)
        count = totals.stagnant(tx) if len(rows) == LOOK else len(rows)
    shown = [_group(names, key, sorted_in[key], lines, span, page) for key in keys]
    viewer = staff.get(viewer_id or "")
    return Stagnant(
        by=apart,
        group=group,
        deals=count,
        ranked=len(rows),
        mixed=len({one.currency for one in rows if one.currency}) > 1,
        groups=tuple(shown),
        others=tuple(_group(names, key, sorted_in[key], {}, slice(0), 1) for key in others),
        zone=viewer.zone if viewer else None,
        now=now,
    )


def ranked(rows: Sequence[Quiet], now: datetime) -> list[tuple[float, Quiet]]:
    """Each deal with its rank, the costliest first; equal ones stay in the order they come in.

    That is the order of `store.quiet`: who is flagged longest first.
    """
    means = _means(rows)
    scored = [(_cost(one, means, now), one) for one in rows]
    scored.sort(key=itemgetter(0), reverse=True)
    return scored


def _cost(one: Quiet, means: Mapping[str | None, float], now: datetime) -> float:
    over = (now - one.stagnant_since).total_seconds()
    return (one.units or 0) / means.get(one.currency, 1.0) * max(over, 0.0)


def _means(rows: Iterable[Quiet]) -> dict[str | None, float]:
    """The average amount of each currency; nothing where all are in one."""
    amounts: defaultdict[str | None, list[int]] = defaultdict(list)
    for one in rows:
        if one.units:
            amounts[one.currency].append(one.units)
    if len(amounts) < 2:
        return {}
    return {currency: sum(some) / len(some) for currency, some in amounts.items()}


@dataclass(frozen=True, slots=True)
class _Names:
    """How groups are told apart, and what they are called."""

    by: By
    staff: Mapping[str, people.Person]
    several: bool

    def owner(self, key: str) -> str | None:
        """Whose deals they are, where they are told apart by that."""
        if self.by != "owner" or key == NOBODY:
            return NOBODY if self.by == "owner" else None
        known = self.staff.get(key)
        return known.name if known else key

    def stage(self, key: str) -> str | None:
        """Where they stand, where they are told apart by that; with the pipeline if needed."""
        if self.by != "stage":
            return None
        playbook, _, stage = key.partition(":")
        return f"{stage} ({playbook})" if self.several else stage


def _groups(scored: Sequence[tuple[float, Quiet]]) -> dict[str, list[Quiet]]:
    """The deals of each group in their order, and the groups in the order of their sums."""
    found: defaultdict[str, list[Quiet]] = defaultdict(list)
    costs: defaultdict[str, float] = defaultdict(float)
    for cost, one in scored:
        key = one.place or NOBODY
        found[key].append(one)
        costs[key] += cost
    return {key: found[key] for key in sorted(found, key=lambda key: (-costs[key], key))}


def _group(
    names: _Names,
    key: str,
    rows: Sequence[Quiet],
    lines: Mapping[str, QuietLine],
    span: slice,
    page: int,
) -> QuietGroup:
    units: defaultdict[str, int] = defaultdict(int)
    for one in rows:
        if one.currency is not None and one.units is not None:
            units[one.currency] += one.units
    worth = {currency: Decimal(sum_of) / UNITS for currency, sum_of in units.items()}
    return QuietGroup(
        key=key,
        owner=names.owner(key),
        stage=names.stage(key),
        deals=len(rows),
        worth=tuple(sorted(worth.items(), key=lambda one: (-one[1], one[0]))),
        lines=tuple(lines[one.deal_id] for one in rows[span] if one.deal_id in lines),
        page=page,
        pages=-(-len(rows) // PAGE),
    )


def _lines(
    tx: Tx,
    house: House,
    chosen: Sequence[Quiet],
    staff: Mapping[str, people.Person],
    now: datetime,
) -> dict[str, QuietLine]:
    rows = list(board.of_ids(tx, [one.deal_id for one in chosen]).values())
    since = {one.deal_id: one.stagnant_since for one in chosen}
    return {
        card.deal_id: QuietLine(
            card=card,
            days_over=max(0, (now - since[card.deal_id]).days),
            todo=todo_of(card),
        )
        for card in cards_of(tx, house, rows, staff)
    }


def todo_of(card: Card) -> str:
    """What to do about the most pressing reason."""
    reasons = {name for name, _ in card.stagnant}
    if card.attention:
        return "Look at its page: a fault holds its mail back"
    if card.contact is None:
        return "Link somebody to write to, or lose it"
    return next((words for name, words in NEXT.items() if name in reasons), "Look at its page")
