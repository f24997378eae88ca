"""What a deal is: the state that its events add up to."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain import deal_events as d
from domain import touch_events as e
from domain.commands import Party
from domain.deal_events import FieldFact
from domain.enrollment import (
    Enrollment,
    Task,
    begun,
    evolve_enrollment,
    handed_on,
    saw,
    still_to_tell,
    task_from,
    task_settled,
)
from domain.event import Happened


class Promise(BaseModel):
    """A commitment of ours with a date."""

    model_config = ConfigDict(frozen=True)

    promise_id: str
    owner_id: str | None
    made_at: datetime
    due_at: datetime
    note_id: str | None
    reminded: bool = False
    overdue: bool = False


class Flag(BaseModel):
    """One reason why the deal is stagnant, since when it was quiet, and when it was flagged."""

    model_config = ConfigDict(frozen=True)

    reason: str
    since: datetime
    flagged_at: datetime


class Deal(BaseModel):
    """One sale in progress, as of its last event. Holds ids and facts, no personal data."""

    model_config = ConfigDict(frozen=True)

    deal_id: str
    version: int = 0
    playbook: str = ""
    pins: dict[str, int] = {}
    imported_from: str | None = None

    status: Literal["none", "open", "won", "lost"] = "none"
    stage: str = ""
    came_from: str | None = None
    opened_at: datetime | None = None
    stage_entered_at: datetime | None = None
    closed_at: datetime | None = None
    lost_reason: str | None = None
    won_from: str | None = None
    gate_debt: tuple[str, ...] = ()

    amount: Decimal | None = None
    currency: str | None = None
    product: str | None = None
    source: str | None = None
    expected_close: date | None = None
    fields: dict[str, FieldFact] = {}
    account_id: str | None = None
    owner_id: str | None = None
    contacts: tuple[Party, ...] = ()

    done: dict[str, datetime] = {}
    heard_at: datetime | None = None
    active_at: datetime | None = None
    updated_at: datetime | None = None
    our_turn_since: datetime | None = None
    wait_until: datetime | None = None
    paused_at: datetime | None = None
    paused_until: datetime | None = None
    attention: str | None = None

    promises: tuple[Promise, ...] = ()
    tasks: tuple[Task, ...] = ()
    enrollments: tuple[Enrollment, ...] = ()
    flags: tuple[Flag, ...] = ()
    flagged: dict[str, datetime] = {}
    quiet_from: datetime | None = None
    stagnant_since: datetime | None = None
    rung: int = 0
    rung_at: datetime | None = None
    cadence_ended_at: datetime | None = None
    sold_by: str | None = None
    won_note: str | None = None
    to_tell: tuple[e.Notified, ...] = ()

    @property
    def stream(self) -> str:
        """The name of its stream in the ledger."""
        return f"deal/{self.deal_id}"

    @property
    def open(self) -> bool:
        """Whether the sales cycle runs."""
        return self.status == "open"

    @property
    def active_enrollments(self) -> tuple[Enrollment, ...]:
        """What may still make touches."""
        return tuple(one for one in self.enrollments if one.active)

    @property
    def writes_to(self) -> str | None:
        """The contact that mails go to, None where nobody is linked."""
        return first_of(self.contacts)

    def task(self, task_id: str) -> Task | None:
        """The open task of that id."""
        return next((task for task in self.tasks if task.task_id == task_id), None)


def first_of(parties: Sequence[Party]) -> str | None:
    """The contact whom mails go to: the first in the primary role, else the first."""
    primary = (party for party in parties if party.role == "primary")
    found = next(primary, parties[0] if parties else None)
    return found.contact_id if found is not None else None


def evolve(deal: Deal, event: Happened) -> Deal:
    """The deal after one more event."""
    told = {
        **_deal_facts(deal, event),
        **_talk_facts(deal, event),
        **_touch_facts(deal, event),
        "version": deal.version + 1,
        "updated_at": max(event.at, deal.updated_at) if deal.updated_at else event.at,
    }
    return deal.model_copy(update=told)


def fold(deal: Deal, events: list[Happened]) -> Deal:
    """The deal after all of them, in order."""
    for event in events:
        deal = evolve(deal, event)
    return deal


def _deal_facts(deal: Deal, event: Happened) -> dict[str, object]:
    match event:
        case d.DealOpened():
            told = event.model_dump(exclude={"kind", "at", "fields"})
            told["fields"] = event.fields
            return told | {"status": "open", "opened_at": event.at, "active_at": event.at}
        case d.StageEntered():
            return _entered(deal, event)
        case d.GateDebtRecorded():
            return {"gate_debt": (*deal.gate_debt, event.stage)}
        case d.DetailsChanged():
            return _changed(deal, event)
        case d.AccountSet():
            return {"account_id": event.account_id}
        case d.ContactLinked():
            return _linked(deal, event)
        case d.OwnerAssigned():
            return {"owner_id": event.owner_id}
        case d.WorkTransferred():
            return _transferred(deal, event)
        case d.DealWon():
            told = {"status": "won", "closed_at": event.at, "won_from": deal.stage}
            told |= {"sold_by": deal.owner_id, "won_note": event.note_id}
            return told | _quiet()
        case d.DealLost():
            told = {"status": "lost", "closed_at": event.at, "lost_reason": event.reason}
            return told | _quiet()
        case d.DealReopened():
            told = {"status": "open", "closed_at": None, "lost_reason": None}
            since = {"active_at": event.at, "quiet_from": event.at, "cadence_ended_at": None}
            return told | since
        case _:
            return {}


def _linked(deal: Deal, event: d.ContactLinked) -> dict[str, object]:
    rest = tuple(p for p in deal.contacts if p.contact_id != event.contact_id)
    told: dict[str, object] = {
        "contacts": (*rest, Party(contact_id=event.contact_id, role=event.role))
    }
    if deal.writes_to is None:
        # What had nobody to write to begins to count now.
        told["enrollments"] = tuple(
            one.model_copy(update={"contact_id": event.contact_id, "anchor_at": event.at})
            if one.active
            else one
            for one in deal.enrollments
        )
    return told


def _quiet() -> dict[str, object]:
    """What a close ends by itself."""
    return {"our_turn_since": None, "wait_until": None, "paused_at": None, "paused_until": None}


def _entered(deal: Deal, event: d.StageEntered) -> dict[str, object]:
    told: dict[str, object] = {
        "stage": event.stage,
        "came_from": event.came_from,
        "stage_entered_at": event.at,
    }
    if event.how == "advanced":
        told |= {"gate_debt": (), "active_at": event.at}
    return told


def _changed(deal: Deal, event: d.DetailsChanged) -> dict[str, object]:
    plain = {"amount", "currency", "product", "source", "expected_close"}
    told: dict[str, object] = {n: getattr(event, n) for n in event.changed if n in plain}
    return told | {"fields": {**deal.fields, **event.fields}}


def _talk_facts(deal: Deal, event: Happened) -> dict[str, object]:
    match event:
        case d.ActivityLogged():
            return _acted(deal, event)
        case d.ReplyRecorded():
            heard = _latest(event.at, deal.heard_at)
            waits = deal.open and not _answered_since(deal, event.at)
            since = deal.our_turn_since or (event.at if waits else None)
            return {
                "done": _done(deal, "reply", event.at),
                "heard_at": heard,
                "active_at": _latest(event.at, deal.active_at),
                "our_turn_since": since,
            }
        case d.PromiseMade():
            promise = Promise(
                promise_id=event.promise_id,
                owner_id=event.owner_id,
                made_at=event.at,
                due_at=event.due_at,
                note_id=event.note_id,
            )
            return {"promises": (*deal.promises, promise)}
        case d.PromiseKept():
            rest = tuple(p for p in deal.promises if p.promise_id != event.promise_id)
            return {"promises": rest, "our_turn_since": None}
        case d.PromiseReminded():
            return {"promises": _promises(deal, event.promise_id, "reminded")}
        case d.PromiseOverdue():
            return {"promises": _promises(deal, event.promise_id, "overdue")}
        case d.WaitAgreed():
            return {"wait_until": event.until, "our_turn_since": None}
        case d.WaitOver():
            return {"wait_until": None, "quiet_from": event.at}
        case d.DealPaused():
            return {"paused_at": event.at, "paused_until": event.until}
        case d.DealResumed():
            return {"paused_at": None, "paused_until": None}
        case d.StagnationFlagged():
            flag = Flag(reason=event.reason, since=event.since, flagged_at=event.at)
            return _flagged(deal, event, flag)
        case d.StagnationCleared():
            return _cleared(deal, event)
        case d.Escalated():
            return {"rung": event.rung + 1, "rung_at": event.at}
        case d.AttentionRaised():
            return {"attention": event.reason}
        case d.AttentionCleared():
            return {"attention": None}
        case _:
            return {}


NO_RUNG = 1000
"""The rung of a deal flagged silently: nobody is told of what an import brought along."""

LIMIT_CHANGED = "limit_changed"
"""Clears a flag that a longer limit has overtaken; it may be raised again for the same quiet."""


def _flagged(deal: Deal, event: d.StagnationFlagged, flag: Flag) -> dict[str, object]:
    told: dict[str, object] = {
        "flags": (*(old for old in deal.flags if old.reason != event.reason), flag),
        "flagged": {**deal.flagged, event.reason: event.since},
    }
    unheard = deal.rung >= NO_RUNG and not event.silent
    if deal.stagnant_since is None or unheard:
        rung = NO_RUNG if event.silent else 0
        since = deal.stagnant_since or event.at
        told |= {"stagnant_since": since, "rung": rung, "rung_at": event.at}
    return told


def _cleared(deal: Deal, event: d.StagnationCleared) -> dict[str, object]:
    rest = tuple(flag for flag in deal.flags if flag.reason not in event.reasons)
    told: dict[str, object] = {"flags": rest}
    if event.by == LIMIT_CHANGED:
        left = {name: at for name, at in deal.flagged.items() if name not in event.reasons}
        told |= {"flagged": left}
    else:
        told |= {"quiet_from": event.at}
    if not rest:
        told |= {"stagnant_since": None, "rung": 0, "rung_at": None}
    return told


OURS = frozenset(
    {"call", "meeting_booked", "meeting", "demo", "proposal_sent", "email", "contract_signed"}
)
"""Activities by which we answer: they end *our turn* and count as activity."""

HEARD = frozenset({"call", "meeting_booked", "meeting", "demo"})
"""Activities in which the other side speaks."""


def _transferred(deal: Deal, event: d.WorkTransferred) -> dict[str, object]:
    """Whatever was one person's is the other's; the rest stays whose it was."""
    was, now = event.from_id, event.to_id
    return {
        "owner_id": now if deal.owner_id == was else deal.owner_id,
        "tasks": handed_on(deal.tasks, was, now),
        "promises": tuple(
            one.model_copy(update={"owner_id": now}) if one.owner_id == was else one
            for one in deal.promises
        ),
    }


def _acted(deal: Deal, event: d.ActivityLogged) -> dict[str, object]:
    told = _doing(deal, event.activity, event.at)
    if event.activity == "email":
        moved = [
            one.model_copy(update={"anchor_at": max(one.anchor_at, event.at)})
            if one.active and one.part.startswith("cadence:")
            else one
            for one in deal.enrollments
        ]
        told |= {"enrollments": tuple(moved)}
    return told


def _doing(deal: Deal, activity: str, at: datetime) -> dict[str, object]:
    """What an activity of ours means: done, heard, active, and the answer they waited for."""
    told: dict[str, object] = {"done": _done(deal, activity, at)}
    if activity in OURS:
        told |= {"active_at": _latest(at, deal.active_at)}
        if deal.our_turn_since is not None and at >= deal.our_turn_since:
            told |= {"our_turn_since": None}
    if activity in HEARD:
        told |= {"heard_at": _latest(at, deal.heard_at)}
    return told


def _answered_since(deal: Deal, at: datetime) -> bool:
    """Whether we have answered already what they wrote at that moment and we hear of only now."""
    return any(deal.done[name] > at for name in OURS & deal.done.keys())


def _done(deal: Deal, activity: str, at: datetime) -> dict[str, datetime]:
    return {**deal.done, activity: _latest(at, deal.done.get(activity))}


def _latest(at: datetime, known: datetime | None) -> datetime:
    return at if known is None else max(at, known)


def _promises(deal: Deal, promise_id: str, mark: str) -> tuple[Promise, ...]:
    return tuple(
        p.model_copy(update={mark: True}) if p.promise_id == promise_id else p
        for p in deal.promises
    )


def _touch_facts(deal: Deal, event: Happened) -> dict[str, object]:
    match event:
        case e.Enrolled():
            return {"enrollments": (*deal.enrollments, begun(event))}
        case e.TaskCreated():
            return {"tasks": (*deal.tasks, task_from(event)), **_enrolled(deal, event)}
        case e.TaskDone() | e.TaskDropped():
            return _settled(deal, event)
        case e.EnrollmentEnded():
            told = _enrolled(deal, event)
            one = next(x for x in deal.enrollments if x.enrollment_id == event.enrollment_id)
            if one.part.startswith("cadence:"):
                told["cadence_ended_at"] = event.at
            return told
        case e.EventSeen():
            return {"enrollments": tuple(saw(one, event) for one in deal.enrollments)}
        case e.Notified() | e.NoticeSettled():
            return {"to_tell": still_to_tell(deal.to_tell, event), **_enrolled(deal, event)}
        case _ if getattr(event, "enrollment_id", None) is not None:
            return _enrolled(deal, event)
        case _:
            return {}


def _enrolled(deal: Deal, event: Happened) -> dict[str, object]:
    its = getattr(event, "enrollment_id", None)
    return {
        "enrollments": tuple(
            evolve_enrollment(one, event) if one.enrollment_id == its else one
            for one in deal.enrollments
        )
    }


def _settled(deal: Deal, event: e.TaskDone | e.TaskDropped) -> dict[str, object]:
    task = deal.task(event.task_id)
    if task is None:
        return {}
    done = isinstance(event, e.TaskDone)
    told: dict[str, object] = {"tasks": tuple(t for t in deal.tasks if t is not task)}
    if done and task.verb == "call":
        told |= _doing(deal, "call", event.at)
    return told | {
        "enrollments": tuple(
            task_settled(one, task, done, event.at)
            if one.task_id == task.task_id and one.active
            else one
            for one in deal.enrollments
        )
    }
