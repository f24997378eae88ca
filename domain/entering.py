"""Who may enter a nurture apart from a deal, who may not and why, and how an entry begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain import touch_events as e
from domain.agenda import Aggregate
from domain.event import Happened
from domain.evolution import moved_on
from domain.facts import ContactFacts, Facts
from domain.ids import new_id
from domain.nurture import NurtureRun
from domain.permission import blocked
from domain.playbooks.condition import SCORES, holds
from domain.playbooks.sequence import Nurture
from domain.refusal import NotFound
from domain.times.calendar import Hours

ALREADY_IN: Final = "already_in"
ENTERED_BEFORE: Final = "entered_before"
TOO_SOON: Final = "too_soon"
CONDITION: Final = "condition"

REASONS: Final[Mapping[str, str]] = {
    "no_contact": "nobody knows the contact",
    "no_address": "there is no address",
    "no_consent": "no consent to marketing",
    "opt_out": "unsubscribed",
    ALREADY_IN: "already in it",
    ENTERED_BEFORE: "was in it before, and it is entered once",
    TOO_SOON: "was in it too short a time ago",
    CONDITION: "its condition does not hold",
}
"""Why somebody is left out, in words; other reasons are those of a suppressed address."""


@dataclass(frozen=True, slots=True)
class Before:
    """The contact's newest run in the same nurture."""

    enrollment_id: str
    started_at: datetime
    active: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A contact that enters: the run after its first events."""

    run: NurtureRun
    events: tuple[Happened, ...]


def left_out(
    nurture: Nurture, contact: ContactFacts | None, before: Before | None, facts: Facts
) -> str | None:
    """Why this contact does not enter the nurture now; None when it does."""
    barred = blocked(contact, nurture.purpose)
    if barred or contact is None:
        return barred
    if before is not None:
        again = _again(nurture, before, facts.contact_hours(contact.contact_id), facts.now)
        if again:
            return again
    about = {n if n in SCORES else f"contact.{n}": value for n, value in contact.about.items()}
    for name in ("country", "zone"):
        about.setdefault(f"contact.{name}", getattr(contact, name) or "")
    return None if holds(nurture.only_if, about) else CONDITION


def entered(part: str, contact_id: str, because: str, before: Before | None, facts: Facts) -> Entry:
    """The contact begins the newest version of the nurture. Raises NotFound for no such part.

    The id follows from the run before, so that entering twice at once makes one run.
    """
    playbook, version = facts.rules.playbook, facts.rules.newest.get(part)
    if version is None:
        raise NotFound(f"the playbook {playbook} has no {part.replace(':', ' ')}")
    seed = before.enrollment_id if before else ""
    its_id = new_id("E", playbook, part, contact_id, seed)
    event = e.Enrolled(
        at=facts.now,
        enrollment_id=its_id,
        playbook=playbook,
        part=part,
        version=version,
        contact_id=contact_id,
        because=because,
        anchor_at=facts.now,
    )
    return Entry(moved_on(NurtureRun(enrollment_id=its_id), [event]), (event,))


def awaits(state: Aggregate, name: str, contact_id: str, facts: Facts) -> bool:
    """Whether an enrollment of this contact waits for the event, or stops on it."""
    for one in state.active_enrollments:
        if one.contact_id not in (None, contact_id):
            continue
        sequence = facts.rules.sequence(one.part, one.version)
        ahead = sequence.steps[one.step :]
        if name in sequence.stops_on or any(step.wait_for == name for step in ahead):
            return True
    return False


def _again(nurture: Nurture, before: Before, hours: Hours, now: datetime) -> str | None:
    if before.active:
        return ALREADY_IN
    if nurture.again == "never":
        return ENTERED_BEFORE
    wait = nurture.again_after
    return TOO_SOON if wait is not None and now < hours.add(before.started_at, wait) else None
