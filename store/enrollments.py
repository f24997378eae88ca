"""Who is in which sequence, and in which version of it: one row an enrollment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select

from domain.deal import Deal
from domain.enrollment import Enrollment
from store.among import IDS, among
from store.database import Tx
from store.tables import enrollments
from store.upserts import put


@dataclass(frozen=True, slots=True)
class EnrollmentRow:
    """One enrollment as lists show it; `part` is `cadence:<name>` or `nurture:<name>`."""

    enrollment_id: str
    stream: str
    deal_id: str | None
    contact_id: str | None
    playbook: str
    part: str
    version: int
    status: str
    reason: str | None
    started_at: datetime


def save(tx: Tx, of: Iterable[Deal], before: Deal | None = None) -> None:
    """Keep the enrollments of deals as they stand now, but for those that were so `before`."""
    same = rows_of(before) if before is not None else []
    put(tx, enrollments, [row for deal in of for row in rows_of(deal) if row not in same])


def rows_of(deal: Deal) -> list[dict[str, Any]]:
    """The rows that stand for the enrollments of a deal."""
    return [row_of(one, deal.stream, deal.deal_id, deal.playbook) for one in deal.enrollments]


def row_of(one: Enrollment, stream: str, deal_id: str | None, playbook: str) -> dict[str, Any]:
    """The row that stands for an enrollment."""
    return {
        "enrollment_id": one.enrollment_id,
        "stream": stream,
        "deal_id": deal_id,
        "contact_id": one.contact_id,
        "playbook": playbook,
        "part": one.part,
        "version": one.version,
        "status": one.status,
        "reason": one.ended_because,
        "started_at": one.started_at,
    }


def of_contact(tx: Tx, contact_id: str, *, active: bool = True) -> list[EnrollmentRow]:
    """The enrollments of a contact, in deals and apart from them, newest first."""
    query = select(enrollments).where(enrollments.c.contact_id == contact_id)
    return _rows(tx, _if_active(query, active).order_by(enrollments.c.started_at.desc()))


def of_part(
    tx: Tx, playbook: str, part: str, *, active: bool = True, after: str = "", limit: int = 500
) -> list[EnrollmentRow]:
    """The enrollments in any version of a part, by id, behind the id `after`."""
    query = select(enrollments).where(
        enrollments.c.playbook == playbook,
        enrollments.c.part == part,
        enrollments.c.enrollment_id > after,
    )
    ordered = _if_active(query, active).order_by(enrollments.c.enrollment_id)
    return _rows(tx, ordered.limit(limit))


def counts(tx: Tx, playbook: str, part: str) -> dict[tuple[int, str], int]:
    """How many enrollments there are by version and status."""
    query = (
        select(enrollments.c.version, enrollments.c.status, func.count())
        .where(enrollments.c.playbook == playbook, enrollments.c.part == part)
        .group_by(enrollments.c.version, enrollments.c.status)
    )
    return {(version, status): count for version, status, count in tx.execute(query)}


def in_cadence(tx: Tx, contact_ids: Sequence[str]) -> set[str]:
    """Those of the contacts to whom a cadence of a deal is writing now."""
    return set(tx.execute(_IN_CADENCE, {IDS: contact_ids}).scalars())


_IN_CADENCE: Final = select(enrollments.c.contact_id).where(
    among(enrollments.c.contact_id),
    enrollments.c.status == "active",
    enrollments.c.part.startswith("cadence:"),
)


def _if_active(query: Select[Any], active: bool) -> Select[Any]:
    return query.where(enrollments.c.status == "active") if active else query


def _rows(tx: Tx, query: Select[Any]) -> list[EnrollmentRow]:
    return [EnrollmentRow(**row) for row in tx.execute(query).mappings()]
