"""Who is in flight under which version of a playbook's parts, counted from indexes alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from store.database import Tx
from store.tables import deals, enrollments
from store.tables.selling import DEAL_IS_OPEN, ENROLLMENT_IS_ACTIVE


@dataclass(frozen=True, slots=True)
class Pinned:
    """So many open deals (`stage` says where), or enrollments (None), under a part's version."""

    playbook: str
    part: str
    version: int
    stage: str | None
    count: int


def counted(tx: Tx, playbooks: Sequence[str]) -> list[Pinned]:
    """Everything in flight under these playbooks: two questions however many there are.

    Limits are pinned by nobody: the newest always hold.
    """
    return [*_of_deals(tx, playbooks), *_of_enrollments(tx, playbooks)]


def _of_deals(tx: Tx, playbooks: Sequence[str]) -> list[Pinned]:
    keys = (deals.c.playbook, deals.c.pinned_pipeline, deals.c.pinned_calendar, deals.c.stage)
    query = select(*keys, func.count()).where(DEAL_IS_OPEN, deals.c.playbook.in_(playbooks))
    sums: dict[tuple[str, str, int, str], int] = {}
    for name, pipeline, calendar, stage, count in tx.execute(query.group_by(*keys)):
        for part, version in (("pipeline", pipeline), ("calendar", calendar)):
            if version is not None:
                key = (name, part, version, stage)
                sums[key] = sums.get(key, 0) + count
    return [Pinned(*key, count) for key, count in sorted(sums.items())]


def _of_enrollments(tx: Tx, playbooks: Sequence[str]) -> list[Pinned]:
    keys = (enrollments.c.playbook, enrollments.c.part, enrollments.c.version)
    query = select(*keys, func.count()).where(
        ENROLLMENT_IS_ACTIVE, enrollments.c.playbook.in_(playbooks)
    )
    found = tx.execute(query.group_by(*keys).order_by(*keys))
    return [Pinned(name, part, version, None, count) for name, part, version, count in found]
