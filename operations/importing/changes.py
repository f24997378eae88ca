"""Rows that say something else than at the import before: brought over by ordinary commands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from activities.applying import apply_in
from activities.contract import Receipt, deal_workflow_id
from domain import commands as c
from domain.deal import Deal
from domain.permission import blocked
from domain.playbooks.playbook import Pipeline
from operations.desk import kept_command, new_command_id
from operations.house import House
from operations.importing.report import Notes
from operations.importing.taking import Entry, Taker
from store import commands, contacts, deals, imports, nudges, texts
from store.database import Tx

OVERRIDE: Final = "the source of the import says so"
"""The reason of an overridden gate: the deal is already there, elsewhere."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a changed row: how many commands changed the deal, or why none could."""

    entry: Entry
    done: int
    refused: str | None = None


def bring_over(tx: Tx, taker: Taker, entries: Sequence[Entry], notes: Notes) -> list[Outcome]:
    """Change the deals of these rows in this transaction; a refused row is tried again next time.

    What a change would start (a cadence, a welcome) starts only when the import enrolls.
    """
    ids = [taker.deal_id(one.line.source_id) for one in entries]
    known, titles = deals.load_many(tx, ids), texts.titles(tx, ids)
    outcomes: list[Outcome] = []
    for entry, deal_id in zip(entries, ids, strict=True):
        deal = known.get(deal_id)
        if deal is None:
            outcomes.append(Outcome(entry, 0, "the deal of this row is gone"))
            continue
        outcomes.append(_brought(tx, taker, entry, deal, titles.get(deal_id), notes))
    read_again = [one.entry for one in outcomes if one.refused is None]
    secret = taker.house.config.secret
    said = {taker.deal_id(one.line.source_id): one.mark(secret) for one in read_again}
    imports.reread(tx, said)
    return outcomes


def matching(tx: Tx, taker: Taker, entries: Sequence[Entry]) -> list[Deal]:
    """Those of the rows' deals that could be followed up from now on and are not yet."""
    known = deals.load_many(tx, [taker.deal_id(one.line.source_id) for one in entries])
    wanted = sorted({deal.writes_to for deal in known.values() if deal.writes_to})
    readers = contacts.facts(tx, wanted, taker.facts.now) if wanted else {}
    return [
        deal
        for deal in known.values()
        if deal.open
        and deal.writes_to is not None
        and not any(one.part.startswith("cadence:") for one in deal.active_enrollments)
        and taker.pipeline.stage(deal.stage).cadence is not None
        and blocked(readers.get(deal.writes_to), "sales") is None
    ]


def enroll(tx: Tx, taker: Taker, deal: Deal) -> bool:
    """Start the cadence of the stage that the deal is in, unless it runs; says if it was."""
    cadence = taker.pipeline.stage(deal.stage).cadence
    if cadence is None:
        return False
    receipt = _apply(tx, taker.house, deal.deal_id, c.EnrollDeal(cadence=cadence), taker.actor)
    nudges.add(tx, [deal_workflow_id(deal.deal_id)], "import", taker.house.time.wall())
    return receipt.status == "done"


def commands_for(
    entry: Entry, deal: Deal, title: str | None, pipeline: Pipeline
) -> Iterator[c.AnyCommand]:
    """What makes the deal as its row says it is, in an order that the rules allow."""
    details = _details(entry, deal, title)
    if details:
        yield c.ChangeDetails.model_validate(details)
    if entry.owner_id is not None and entry.owner_id != deal.owner_id:
        yield c.AssignOwner(owner_id=entry.owner_id)
    if entry.account_id is not None and entry.account_id != deal.account_id:
        yield c.SetAccount(account_id=entry.account_id)
    there = {party.contact_id for party in deal.contacts}
    for contact_id in entry.contact_ids:
        if contact_id not in there:
            yield c.LinkContact(contact_id=contact_id)
    yield from _moves(entry, deal, pipeline)


def _details(entry: Entry, deal: Deal, title: str | None) -> dict[str, Any]:
    line = entry.line
    said: dict[str, Any] = {
        "amount": line.amount,
        "currency": line.currency,
        "product": line.product,
        "source": line.source,
        "expected_close": line.expected_close.date() if line.expected_close else None,
    }
    told = {name: value for name, value in said.items() if value != getattr(deal, name)}
    if line.title != title:
        told["title"] = line.title
    fields = {name: text for name, text in line.fields.items() if text}
    if fields:
        told["fields"] = fields
    return told


def _moves(entry: Entry, deal: Deal, pipeline: Pipeline) -> Iterator[c.AnyCommand]:
    line = entry.line
    if line.status == deal.status:
        if deal.open and line.stage != deal.stage:
            yield _move(line.stage, deal.stage, pipeline)
        return
    if not deal.open:
        yield c.ReopenDeal(stage=line.stage)
    elif line.stage != deal.stage:
        yield _move(line.stage, deal.stage, pipeline)
    if line.status == "won":
        yield c.WinDeal(closed_at=line.closed_at)
    elif line.status == "lost":
        yield c.LoseDeal(reason=line.lost_reason or "", closed_at=line.closed_at)


def _move(to: str, at: str, pipeline: Pipeline) -> c.AnyCommand:
    ahead = at not in pipeline.names or pipeline.index(to) > pipeline.index(at)
    return c.AdvanceDeal(stage=to) if ahead else c.MoveBackDeal(stage=to)


def _brought(
    tx: Tx, taker: Taker, entry: Entry, deal: Deal, title: str | None, notes: Notes
) -> Outcome:
    house, before = taker.house, {one.enrollment_id for one in deal.active_enrollments}
    version, done = deal.version, 0
    for command in commands_for(entry, deal, title, taker.pipeline):
        receipt = _apply(tx, house, deal.deal_id, command, taker.actor)
        if receipt.code == "gate_closed" and isinstance(command, c.AdvanceDeal | c.WinDeal):
            notes.add("gate_overridden", "gates overridden: the deals are past them already")
            forced = command.model_copy(update={"override": OVERRIDE})
            receipt = _apply(tx, house, deal.deal_id, forced, taker.actor)
        if receipt.status == "refused":
            return Outcome(entry, done, receipt.message)
        done += receipt.version > version
        version = receipt.version
    if done:
        _hold_back(tx, taker, deal.deal_id, before)
        nudges.add(tx, [deal_workflow_id(deal.deal_id)], "import", house.time.wall())
    else:
        told = "rows say other dates than the history of their deals, which stays as it is"
        notes.add("history", told, entry.line.line)
    return Outcome(entry, done)


def _hold_back(tx: Tx, taker: Taker, deal_id: str, before: set[str]) -> None:
    """Nobody is enrolled by an import unless asked."""
    after = deals.load(tx, deal_id)
    if taker.enroll or after is None:
        return
    for one in after.active_enrollments:
        if one.enrollment_id not in before:
            stop = c.StopEnrollments(reason="by_hand", part=one.part)
            _apply(tx, taker.house, deal_id, stop, taker.actor)


def _apply(tx: Tx, house: House, deal_id: str, command: c.AnyCommand, actor: str) -> Receipt:
    its_id = new_command_id()
    commands.keep(tx, kept_command(house, command, actor, deal_id, its_id))
    return apply_in(tx, house.time, its_id)
