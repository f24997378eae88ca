"""A deal as the doors show it: its facts with the names and texts that belong to them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.course import current_step
from domain.deal import Deal
from domain.explaining.entry import NOTHING, Known
from domain.facts import Facts
from domain.gates import unmet
from domain.refusal import NotFound
from operations.upcoming import Upcoming, upcoming
from store import accounts, contacts, people, texts
from store.database import Tx


class View(BaseModel):
    """Something to show; more keys may come."""

    model_config = ConfigDict(frozen=True)


class Named(View):
    """Somebody or something with an id; the name is None once it was erased."""

    id: str
    name: str | None = None


class PartyView(View):
    """A contact and its part in the deal."""

    contact_id: str
    role: str
    name: str | None = None
    email: str | None = None


class PromiseView(View):
    """An open promise of ours."""

    promise_id: str
    due_at: datetime
    overdue: bool
    what: str | None = None
    owner: Named | None = None


class TaskView(View):
    """An open task of the deal."""

    task_id: str
    verb: str
    name: str
    due_at: datetime
    role: str
    person: Named | None = None


class RunView(View):
    """A cadence or nurture of the deal: where it stands."""

    enrollment_id: str
    sequence: str
    kind: str
    version: int
    status: str
    ended_because: str | None
    started_at: datetime
    touched: int
    step: int
    steps: int
    next_step: str | None
    parked_until: datetime | None = None


class GateView(View):
    """The next stage and what its gate still wants (empty: it is open)."""

    stage: str
    wants: tuple[str, ...]


class DealView(View):
    """Everything about a deal on one page.

    `blind_copy` is the address that records on it what one of ours writes by hand.
    """

    deal_id: str
    title: str | None
    playbook: str
    stage: str
    status: str
    lost_reason: str | None
    paused: bool
    paused_until: datetime | None
    wait_until: datetime | None
    stagnant: tuple[str, ...]
    attention: str | None
    our_turn_since: datetime | None
    version: int
    amount: Decimal | None
    currency: str | None
    product: str | None
    source: str | None
    expected_close: date | None
    fields: dict[str, Any]
    owner: Named | None
    account: Named | None
    contacts: tuple[PartyView, ...]
    opened_at: datetime | None
    stage_entered_at: datetime | None
    closed_at: datetime | None
    heard_at: datetime | None
    gate_debt: tuple[str, ...]
    next_gate: GateView | None
    prompts: tuple[str, ...]
    assets: tuple[str, ...]
    promises: tuple[PromiseView, ...]
    tasks: tuple[TaskView, ...]
    sequences: tuple[RunView, ...]
    next: tuple[Upcoming, ...]
    blind_copy: str | None = None


def view(
    tx: Tx,
    deal: Deal,
    facts: Facts,
    known: Known = NOTHING,
    said: Mapping[str, str] | None = None,
) -> DealView:
    """The deal with its names; `known` is what keeps its mail back as a whole.

    `said` gives texts of a command that is not recorded yet.
    """
    kept = {**texts.of(tx, deal.deal_id), **(said or {})}
    names = _people(tx, deal)
    account = accounts.load(tx, deal.account_id) if deal.account_id else None
    stage = facts.rules.pinned.pipeline.stage(deal.stage)
    plain = ("deal_id", "playbook", "stage", "status", "lost_reason", "paused_until", "wait_until")
    more = ("attention", "our_turn_since", "version", "amount", "currency", "product", "source")
    last = ("expected_close", "opened_at", "stage_entered_at", "closed_at", "heard_at")
    return DealView(
        **{name: getattr(deal, name) for name in (*plain, *more, *last)},
        gate_debt=deal.gate_debt,
        title=kept.get("title"),
        paused=deal.paused_at is not None,
        stagnant=tuple(flag.reason for flag in deal.flags),
        fields=_fields(deal, kept),
        owner=_named(deal.owner_id, names),
        account=Named(id=account.account_id, name=account.name) if account else None,
        contacts=_parties(tx, deal),
        next_gate=_gate(deal, facts),
        prompts=tuple(stage.prompts),
        assets=tuple(stage.assets),
        promises=tuple(
            PromiseView(
                promise_id=one.promise_id,
                due_at=one.due_at,
                overdue=one.overdue,
                what=kept.get(one.note_id or ""),
                owner=_named(one.owner_id, names),
            )
            for one in deal.promises
        ),
        tasks=tuple(
            TaskView(
                task_id=one.task_id,
                verb=one.verb,
                name=one.name,
                due_at=one.due_at,
                role=one.role,
                person=_named(one.for_id, names),
            )
            for one in deal.tasks
        ),
        sequences=tuple(_run(one, facts) for one in deal.enrollments),
        next=tuple(upcoming(deal, facts, known)),
    )


def _people(tx: Tx, deal: Deal) -> dict[str, str]:
    wanted = {deal.owner_id, *(one.owner_id for one in deal.promises)}
    wanted |= {one.for_id for one in deal.tasks}
    found = people.load_many(tx, sorted(one for one in wanted if one))
    return {key: person.name for key, person in found.items()}


def _named(its_id: str | None, names: Mapping[str, str]) -> Named | None:
    return Named(id=its_id, name=names.get(its_id)) if its_id else None


def _parties(tx: Tx, deal: Deal) -> tuple[PartyView, ...]:
    known = contacts.load_many(tx, [party.contact_id for party in deal.contacts])
    return tuple(
        PartyView(
            contact_id=party.contact_id,
            role=party.role,
            name=one.name if (one := known.get(party.contact_id)) else None,
            email=one.email if one else None,
        )
        for party in deal.contacts
    )


def _fields(deal: Deal, kept: Mapping[str, str]) -> dict[str, Any]:
    """The values of custom fields; texts come from where they can be erased."""
    return {
        name: fact.value or kept.get(f"field:{name}")
        for name, fact in deal.fields.items()
        if fact.filled
    }


def _gate(deal: Deal, facts: Facts) -> GateView | None:
    pipeline = facts.rules.pinned.pipeline
    known = pipeline.names
    if deal.stage not in known or pipeline.index(deal.stage) + 1 >= len(known):
        return None
    following = known[pipeline.index(deal.stage) + 1]
    if deal.open and following in pipeline.after_won:
        return GateView(stage="won", wants=tuple(unmet(pipeline.to_win, deal, facts.now)))
    if not deal.open and (deal.status == "lost" or following not in pipeline.after_won):
        return None
    wants = unmet(pipeline.stage(following).to_enter, deal, facts.now)
    return GateView(stage=following, wants=tuple(wants))


def _run(one: Any, facts: Facts) -> RunView:
    kind, _, name = one.part.partition(":")
    try:
        steps = len(facts.rules.sequence(one.part, one.version).steps)
        step = current_step(one, facts.rules) if one.active else None
    except NotFound:
        # An ended one may be pinned to a version that nobody needs any more.
        steps, step = 0, None
    return RunView(
        enrollment_id=one.enrollment_id,
        sequence=name,
        kind=kind,
        version=one.version,
        status=one.status,
        ended_because=one.ended_because,
        started_at=one.started_at,
        touched=one.touched,
        step=one.step,
        steps=steps,
        next_step=step.name if step else None,
        parked_until=one.parked_until if one.active else None,
    )
