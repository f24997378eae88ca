"""When things are due again, computed anew for many: after changed limits, and for a rebuild."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from activities.contract import deal_workflow_id
from domain.agenda import Aggregate
from domain.ahead import NOTHING, Due, due_of
from domain.deal import Deal
from domain.nurture import NurtureRun
from operations.house import House
from store import board, deals, nudges, sends, situation
from store.database import Tx

BATCH = 200
"""Deals in one transaction; between two of them the house goes on working."""

Progress = Callable[[int], None]
"""Called with how many more deals were looked at."""


def reschedule(
    house: House, playbook: str, progress: Progress = lambda done: None
) -> tuple[int, int]:
    """Compute anew when each open deal of a playbook is due; gives how many moved and were woken.

    A deal is woken only when its moment moved to before what its workflow sleeps for: the rest
    find the new moment when they wake by themselves. May be repeated at any time.
    """
    moved = woken = 0
    for ids in _batches(house, playbook):
        with house.store.write() as tx:
            for deal_id in ids:
                deals.lock(tx, deal_id)
            changed, shifted, early = _moved(tx, house, ids)
            deals.set_due(tx, changed)
            nudges.add(tx, [deal_workflow_id(one) for one in early], "limits", house.time.wall())
        moved, woken = moved + shifted, woken + len(early)
        progress(len(ids))
    return moved, woken


def dues(tx: Tx, house: House, some: Sequence[Aggregate]) -> Mapping[str, Due]:
    """What is due next for each of these deals or nurture runs, by its id."""
    found = dict.fromkeys(map(_id, some), NOTHING)
    unsent = sends.open_of_many(tx, [one.stream for one in some])
    asked = [one for one in some if _can_be_due(one) or one.stream in unsent]
    facts = situation.facts_for_many(tx, asked, house.time.now(), house.time.grace())
    found |= {_id(one): due_of(one, facts[one.stream]) for one in asked}
    return found


def _id(one: Aggregate) -> str:
    return one.deal_id if isinstance(one, Deal) else one.enrollment_id


def _can_be_due(one: Aggregate) -> bool:
    """Closed deals of an import, most of all there are, need no further question."""
    if isinstance(one, NurtureRun):
        return bool(one.active_enrollments or one.tasks)
    return bool(one.open or one.active_enrollments or one.tasks or one.paused_until)


def _moved(
    tx: Tx, house: House, ids: Sequence[str]
) -> tuple[list[tuple[str, Due]], int, list[str]]:
    """What is due anew, of how many the moment changed, and whose workflow would wake too late."""
    some = deals.load_many(tx, ids)
    fresh = dues(tx, house, [deal for deal in some.values() if deal.open])
    before = deals.dues(tx, list(fresh))
    changed = [(deal_id, due) for deal_id, due in fresh.items() if due != before[deal_id][0]]
    moved, early = 0, list[str]()
    for deal_id, its in changed:
        (kept, armed), at = before[deal_id], its.at
        due = kept.at
        if due == at:
            continue
        moved += 1
        # A command moves `next_due` and answers its workflow; only a wake-up keeps `armed_until`.
        asleep = max((one for one in (due, armed) if one), default=None)
        if at is not None and (due is None or asleep is None or at < asleep):
            early.append(deal_id)
    return changed, moved, early


def _batches(house: House, playbook: str) -> Iterator[list[str]]:
    last = ""
    while True:
        with house.store.read() as tx:
            ids = board.ids(tx, last, BATCH, playbook)
        if not ids:
            return
        yield ids
        last = ids[-1]
