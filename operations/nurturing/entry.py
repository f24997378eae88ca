"""Letting contacts into a nurture: who enters, who is left out and why, and writing it down."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from activities.contract import Label
from activities.labels import label_of
from domain.ahead import due_of
from domain.entering import REASONS, Before, Entry, entered, left_out
from domain.facts import Facts
from domain.nurture import NurtureRun
from operations.house import House
from operations.nurturing.names import Named
from store import contacts, nurtures, situation
from store.database import Tx
from store.ledger import Origin
from store.nurtures import NurtureRow


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A contact that does not enter, and why (a stable word)."""

    contact_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that begins: when its first touch is due, in business time."""

    entry: Entry
    contact_id: str
    due: datetime | None
    label: Label


@dataclass(frozen=True, slots=True)
class Screened:
    """A batch of contacts, each in one of two lists."""

    begun: tuple[Begun, ...]
    left_out: tuple[LeftOut, ...]


def sort_out(
    tx: Tx, house: House, named: Named, contact_ids: Sequence[str], because: str
) -> Screened:
    """Who of these contacts would enter now, and who would not and why. Writes nothing."""
    facts = facts_of(tx, house, named, contact_ids)
    earlier = nurtures.last_starts(tx, named.playbook, named.part, contact_ids)
    begun: list[Begun] = []
    out: list[LeftOut] = []
    for contact_id in contact_ids:
        row = earlier.get(contact_id)
        before = _before(row) if row is not None else None
        reason = left_out(named.nurture, facts.contacts.get(contact_id), before, facts)
        if reason:
            out.append(LeftOut(contact_id, reason))
            continue
        entry = entered(named.part, contact_id, because, before, facts)
        due = due_of(entry.run, facts).at
        begun.append(Begun(entry, contact_id, due, label_of(entry.run, facts)))
    return Screened(tuple(begun), tuple(out))


def record(tx: Tx, house: House, named: Named, begun: Sequence[Begun], actor: str) -> None:
    """Write the new runs down, in one go."""
    origin = Origin(
        actor=actor,
        recorded_at=house.time.wall(),
        cause="enroll_contact",
        playbook_version=f"{named.playbook}/{named.part}@{named.version}",
    )
    nurtures.record_new(tx, [(b.entry.run, b.entry.events, origin, b.due) for b in begun])


def facts_of(tx: Tx, house: House, named: Named, contact_ids: Sequence[str]) -> Facts:
    """What decides about these contacts, under the newest rules of the nurture."""
    now = house.time.now()
    rules = situation.rules_for(tx, NurtureRun(enrollment_id=""), named.playbook)
    return Facts(
        now=now,
        rules=rules,
        contacts=contacts.facts(tx, contact_ids, now),
        grace=house.time.grace(),
    )


def counted(out: Sequence[LeftOut]) -> dict[str, int]:
    """How many are left out for each reason, the most frequent first."""
    return dict(Counter(one.reason for one in out).most_common())


def in_words(reason: str) -> str:
    """A reason as people read it."""
    return REASONS.get(reason) or f"the address is suppressed: {reason.replace('_', ' ')}"


def _before(row: NurtureRow) -> Before:
    return Before(row.enrollment_id, row.started_at, row.status == "active")


def busiest_minute(begun: Sequence[Begun]) -> int:
    """The most first touches that fall into one minute."""
    minute = timedelta(minutes=1)
    seen: Mapping[int, int] = Counter(
        int(one.due.timestamp() // minute.total_seconds()) for one in begun if one.due is not None
    )
    return max(seen.values(), default=0)
