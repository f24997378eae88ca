"""How a deal begins: opened by a person or a program, or taken over from elsewhere."""

from dataclasses import replace
from datetime import timedelta

from domain import commands as c
from domain import deal_events as d
from domain.deal import Deal
from domain.event import Happened
from domain.evolution import moved_on
from domain.facts import Facts
from domain.fields import field_facts
from domain.following import enrolled, enrolled_if_possible
from domain.gates import unmet_on_the_way
from domain.playbooks.playbook import Pipeline
from domain.playbooks.words import suggestion
from domain.refusal import NotFound, Refused
from domain.stagnation import flag_items, since_and_limit

WROTE_ON_MAX = timedelta(days=60)
"""How old a mail of the rep's own may be to count as touch 1."""


def open_deal(command: c.OpenDeal, deal: Deal, facts: Facts) -> list[Happened]:
    """Begin a deal in the first stage or, through its gates, in a later one."""
    if deal.status != "none":
        raise Refused("already_open", f"the deal {deal.deal_id} exists already")
    pipeline = facts.rules.pinned.pipeline
    stage = command.stage or pipeline.first.stage
    _must_be_before_won(pipeline, stage)
    if command.wrote_on is not None:
        _must_be_recent(command, facts)
    events = _begun(command, facts, None)
    before = moved_on(deal, events)
    lacking = unmet_on_the_way(pipeline, before, stage, facts.now)
    if lacking:
        name, wants = lacking[0]
        raise Refused("gate_closed", f"the gate of {name} {', '.join(wants)}", "stage")
    events.append(d.StageEntered(at=facts.now, stage=stage, how="opened"))
    cadence = pipeline.stage(stage).cadence
    if command.enroll and cadence is not None:
        after = moved_on(deal, events)
        part = f"cadence:{cadence}"
        if part in facts.rules.newest:
            events += enrolled(after, part, f"stage:{stage}", facts, command.wrote_on)
    return events


def take_over(command: c.ImportDeal, deal: Deal, facts: Facts) -> list[Happened]:
    """Take over a deal with its own dates: closed ones as history, gates not met as debt.

    Stagnation that is already there is flagged silently. Raises Refused.
    """
    if deal.status != "none":
        raise Refused("already_open", f"the deal {deal.deal_id} exists already")
    pipeline = facts.rules.pinned.pipeline
    _must_know(pipeline, command.stage)
    if command.status == "open":
        _must_be_before_won(pipeline, command.stage)
    _must_be_in_order(command, facts)
    then = replace(facts, now=command.opened_at)
    events = _begun(command, then, command.source_name)
    before = moved_on(deal, events)
    entered = command.stage_entered_at or command.opened_at
    events.append(d.StageEntered(at=entered, stage=command.stage, how="imported"))
    if command.status == "open":
        events += _debts(command, before, facts)
        events += _still_open(command, moved_on(deal, events), facts)
    else:
        events += _history(command, facts)
    return events


def _must_be_in_order(command: c.ImportDeal, facts: Facts) -> None:
    """Opened, then in its stage, then closed, and nothing of that ahead of us."""
    names = ("opened_at", "stage_entered_at", "closed_at")
    before = None
    for name in names:
        at = getattr(command, name)
        if at is None:
            continue
        facts.reported(at)
        if before is not None and at < before[1]:
            said = f"{name} lies before {before[0]}".replace("_", " ")
            raise Refused("wrong_order", said, name)
        before = (name, at)


def _begun(
    command: c.OpenDeal | c.ImportDeal, facts: Facts, imported_from: str | None
) -> list[Happened]:
    for party in command.contacts:
        if party.contact_id not in facts.contacts:
            raise NotFound(f"there is no contact {party.contact_id}", "contacts")
    if command.owner_id is not None and command.owner_id not in facts.people:
        raise NotFound(f"there is no person {command.owner_id}", "owner_id")
    opened = d.DealOpened(
        at=facts.now,
        playbook=facts.rules.playbook,
        pins=dict(facts.rules.pins),
        amount=command.amount,
        currency=command.currency,
        product=command.product,
        source=command.source,
        expected_close=command.expected_close,
        fields=field_facts(command.fields, facts.rules.pinned.fields),
        imported_from=imported_from,
    )
    events: list[Happened] = [opened]
    events += [
        d.ContactLinked(at=facts.now, contact_id=p.contact_id, role=p.role)
        for p in command.contacts
    ]
    if command.account_id is not None:
        events.append(d.AccountSet(at=facts.now, account_id=command.account_id))
    if command.owner_id is not None:
        events.append(d.OwnerAssigned(at=facts.now, owner_id=command.owner_id, because="opened"))
    return events


def _debts(command: c.ImportDeal, before: Deal, facts: Facts) -> list[Happened]:
    pipeline = facts.rules.pinned.pipeline
    lacking = unmet_on_the_way(pipeline, before, command.stage, facts.now)
    at = command.stage_entered_at or command.opened_at
    return [d.GateDebtRecorded(at=at, stage=stage, unmet=wants) for stage, wants in lacking]


def _still_open(command: c.ImportDeal, deal: Deal, facts: Facts) -> list[Happened]:
    flags: list[Happened] = []
    for item in flag_items(deal, facts):
        if item.what == "flag" and item.at is not None and item.at <= facts.now:
            since, limit = since_and_limit(deal, item.name, facts)
            rule = facts.rules.label("limits", facts.rules.limits_version)
            told = {"reason": item.name, "since": since, "limit": limit, "rule": rule}
            told |= {"at": facts.now, "silent": True}
            flags.append(d.StagnationFlagged.model_validate(told))
    cadence = facts.rules.pinned.pipeline.stage(command.stage).cadence
    if command.enroll and cadence is not None:
        after = moved_on(deal, flags)
        return flags + enrolled_if_possible(after, f"cadence:{cadence}", "import", facts)
    return flags


def _history(command: c.ImportDeal, facts: Facts) -> list[Happened]:
    closed = command.closed_at or command.stage_entered_at or command.opened_at
    if command.status == "won":
        events: list[Happened] = [d.DealWon(at=closed)]
        after_won = facts.rules.pinned.pipeline.after_won
        if after_won:
            entered = {"stage": after_won[0], "came_from": command.stage, "how": "imported"}
            events.append(d.StageEntered.model_validate({"at": closed, **entered}))
        return events
    return [d.DealLost(at=closed, reason=command.lost_reason or "unknown")]


def _must_know(pipeline: Pipeline, stage: str) -> None:
    if stage not in pipeline.names:
        hint = suggestion(stage, pipeline.names)
        raise Refused("unknown_stage", f'there is no stage "{stage}"{hint}', "stage")


def _must_be_before_won(pipeline: Pipeline, stage: str) -> None:
    _must_know(pipeline, stage)
    if stage in pipeline.after_won:
        raise Refused("not_won", f"{stage} comes after winning; open the deal before it", "stage")


def _must_be_recent(command: c.OpenDeal, facts: Facts) -> None:
    wrote = command.wrote_on
    if wrote is None or wrote > facts.now:
        raise Refused("in_the_future", "a mail that was written cannot lie ahead", "wrote_on")
    if wrote < facts.now - WROTE_ON_MAX:
        told = f"a mail older than {WROTE_ON_MAX.days} days is no first touch; leave it out"
        raise Refused("too_old", told, "wrote_on")
