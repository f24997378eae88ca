"""What a decision may look at beside the deal: the hour, the rules, the people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.ids import spread
from domain.playbooks.parts import LimitsPart, PipelinePart
from domain.playbooks.sequence import Sequence
from domain.refusal import NotFound, Refused
from domain.times.calendar import Calendar, Hours

FUTURE_SLACK = timedelta(minutes=5)
"""How far ahead of our clock a reported moment may lie."""


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What a rule may know of a contact: no name, no address."""

    contact_id: str
    zone: str | None = None
    country: str | None = None
    has_address: bool = True
    suppressed: str | None = None
    opted_out: frozenset[str] = frozenset()
    consents: frozenset[str] = frozenset()
    mailed_at: datetime | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    in_cadence: bool = False


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What a rule may know of a user of Sluice."""

    person_id: str
    zone: str | None = None
    country: str | None = None
    manager_id: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The parts of one playbook that hold for a deal: pinned ones and the newest.

    `sequences` maps (part, version) to a cadence or nurture; `newest` gives the version that
    an enrollment made now would be pinned to.
    """

    playbook: str
    pins: Mapping[str, int]
    calendar: Calendar
    pipeline: PipelinePart | None = None
    limits: LimitsPart | None = None
    limits_version: int = 0
    sequences: Mapping[tuple[str, int], Sequence] = field(default_factory=dict)
    newest: Mapping[str, int] = field(default_factory=dict)

    def sequence(self, part: str, version: int) -> Sequence:
        """The cadence or nurture of that version. Raises NotFound."""
        found = self.sequences.get((part, version))
        if found is None:
            raise NotFound(f"there is no {part} version {version} in {self.playbook}")
        return found

    def label(self, part: str, version: int) -> str:
        """How an event names the version it came from: `simple/cadence:new-lead@2`."""
        return f"{self.playbook}/{part}@{version}"

    @property
    def pinned(self) -> PipelinePart:
        """The deal's pipeline. Raises NotFound for a playbook without one."""
        if self.pipeline is None:
            raise NotFound(f"the playbook {self.playbook} has no pipeline")
        return self.pipeline


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a pure decision may look at, as of `now` (business time).

    `open_sends` maps touches already in the send ledger to the moment of their next try, and
    `waits_for` some of them to the stable word for what they wait for.
    `grace` is how much later than its slot a touch may go because its timer was already due
    (three seconds of wall time).
    """

    now: datetime
    rules: Rules
    contacts: Mapping[str, ContactFacts] = field(default_factory=dict)
    people: Mapping[str, PersonFacts] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    open_sends: Mapping[str, datetime] = field(default_factory=dict)
    waits_for: Mapping[str, str] = field(default_factory=dict)
    grace: timedelta = timedelta(seconds=3)

    def contact_hours(self, contact_id: str | None) -> Hours:
        """When a contact may be reached; the calendar stands in for what is unknown of it."""
        return self._hours(self.contacts.get(contact_id or ""))

    def person_hours(self, person_id: str | None) -> Hours:
        """The working hours of one of ours."""
        return self._hours(self.people.get(person_id or ""))

    def reported(self, at: datetime | None) -> datetime:
        """When something is said to have happened, now if nothing is said.

        Raises Refused for a moment that lies ahead.
        """
        if at is None:
            return self.now
        if at > self.now + FUTURE_SLACK:
            raise Refused("in_the_future", "that moment still lies ahead", "at")
        return min(at, self.now)

    def _hours(self, one: ContactFacts | PersonFacts | None) -> Hours:
        if one is None:
            return Hours.of(self.rules.calendar)
        return Hours.of(self.rules.calendar, one.zone, one.country)

    def holder(self, role: str, owner_id: str | None, key: str) -> str | None:
        """Who plays a role for a deal: its owner, the owner's manager, or one of a group.

        The member of a group follows from `key`, so a repeated decision names the same person.
        """
        if role == "owner":
            return owner_id
        if role == "manager":
            owner = self.people.get(owner_id or "")
            return owner.manager_id if owner else None
        group = self.rules.pipeline.roles.get(role, role) if self.rules.pipeline else role
        members = self.groups.get(group, ())
        return members[int(spread(key, group) * len(members))] if members else None
