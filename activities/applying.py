"""Applying a command: one transaction that locks, decides, appends and answers."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from activities.contract import Receipt
from activities.crashpoints import crashpoint
from activities.faults import flag_fault, trace
from activities.labels import label_of
from activities.opened import tell_the_others
from activities.timekeeping import Timekeeper
from domain import commands as c
from domain import deal_events as d
from domain.ahead import due_of
from domain.deal import Deal
from domain.decisions import decide
from domain.evolution import moved_on
from domain.facts import Facts
from domain.fields import entries
from domain.refusal import NotFound, Refused
from store import commands, deals, sends, situation, texts
from store.access import audit
from store.access.audit import Entry
from store.commands import Kept
from store.database import Store, Tx
from store.errors import Unreachable
from store.ledger import Origin

LEFT_BEHIND = timedelta(minutes=1)
"""Unanswered for so long, in wall time, a command is no longer on its way by itself."""

TAKEN_BACK = "taken_back"
"""The code of the receipt for a command that is not kept any more."""

log = logging.getLogger("sluice.applying")


class CommandLost(Exception):
    """A command has no receipt and its text is gone: a fault of ours."""


def apply_command(store: Store, time: Timekeeper, command_id: str) -> Receipt:
    """Decide a kept command and record what follows, or answer with its earlier receipt.

    A refusal is a receipt too. Raises Unreachable when the database cannot be used, and then
    nothing was written.
    """
    with store.write() as tx:
        receipt = apply_in(tx, time, command_id)
        crashpoint("apply.before_commit")
    crashpoint("apply.after_commit")
    return receipt


def apply_in(tx: Tx, time: Timekeeper, command_id: str) -> Receipt:
    """The same inside a transaction that does more: facts from mail, imports of one."""
    kept = commands.load(tx, command_id, lock=True)
    if kept is None:
        return taken_back(command_id)
    if kept.receipt is not None:
        return Receipt.model_validate(kept.receipt)
    if kept.body is None:
        raise CommandLost(command_id)
    deal_id = kept.stream.partition("/")[2]
    deals.lock(tx, deal_id)
    deal = deals.load(tx, deal_id) or Deal(deal_id=deal_id)
    command = c.parse(dict(kept.body))
    try:
        receipt = _decided(tx, time, deal, command, kept)
    except Refused as no:
        receipt = refused(kept, deal, no, time)
    commands.answer(tx, command_id, receipt.model_dump(mode="json"), time.wall())
    audit.add(tx, _entry(kept, receipt, time))
    return receipt


def _entry(kept: Kept, receipt: Receipt, time: Timekeeper) -> Entry:
    """The command in the audit log: in the transaction that decides it, like its receipt."""
    return Entry(
        at=time.wall(),
        actor=kept.actor,
        what=kept.kind,
        outcome=receipt.status,
        stream=kept.stream,
        command_id=kept.command_id,
        code=receipt.code,
    )


def apply_left_behind(store: Store, time: Timekeeper, stream: str) -> list[Receipt]:
    """Apply what was accepted for the stream and then left: its door or the engine went down.

    A door that waits for its answer is not raced. A fault of ours is logged, flagged and left
    for the next time. Raises Unreachable.
    """
    with store.read() as tx:
        left = commands.unanswered(tx, time.wall() - LEFT_BEHIND, stream=stream)
    found = []
    for kept in left:
        try:
            found.append(apply_command(store, time, kept.command_id))
        except Unreachable:
            raise
        except Exception as fault:
            log.error("command %s, left behind, fails: %s", kept.command_id, trace(fault))
            flag_fault(store, time, kept.stream.partition("/")[2], fault)
    return found


def taken_back(command_id: str) -> Receipt:
    """The receipt of a command that its door took back, or that was never kept."""
    return Receipt(
        command_id=command_id,
        deal_id="",
        status="refused",
        code=TAKEN_BACK,
        message="the command was taken back before it was applied",
    )


def _decided(tx: Tx, time: Timekeeper, deal: Deal, command: c.AnyCommand, kept: Kept) -> Receipt:
    facts = command_facts(tx, time, deal, command)
    events = decide(command, deal, facts, kept.command_id)
    after = moved_on(deal, events)
    if any(isinstance(event, d.DealResumed | d.AttentionCleared) for event in events):
        sends.release(tx, after.stream, facts.now)
        facts = situation.sending(facts, sends.open_of(tx, after.stream))
    due = due_of(after, facts)
    label = label_of(after, facts)
    if isinstance(command, c.OpenDeal):
        people_in_it = [party.contact_id for party in command.contacts]
        tell_the_others(tx, time, people_in_it, deal.deal_id)
    if events:
        texts.save(tx, deal.deal_id, said_in(command, kept.command_id))
        deals.record(tx, deal, after, events, origin_of(kept, facts, time), due)
    return Receipt(
        command_id=kept.command_id,
        deal_id=deal.deal_id,
        status="done",
        version=after.version,
        wake_at=time.to_wall(due.at),
        due=due.at is not None and due.at <= facts.now,
        label=label,
    )


def command_facts(tx: Tx, time: Timekeeper, deal: Deal, command: c.AnyCommand) -> Facts:
    """What the decision on a command may look at, those included whom it names.

    Raises NotFound for a deal that is not there, unless the command is what makes it.
    """
    if deal.status == "none" and not isinstance(command, c.OpenDeal | c.ImportDeal):
        raise NotFound(f"there is no deal {deal.deal_id[:80]}", "deal_id")
    parties = getattr(command, "contacts", None) or []
    contact_ids = {party.contact_id for party in parties}
    contact_ids |= {getattr(command, "contact_id", None) or ""} - {""}
    person_ids = {getattr(command, name, None) or "" for name in ("owner_id", "to_id")} - {""}
    return situation.facts_for(
        tx,
        deal,
        time.now(),
        time.grace(),
        playbook=getattr(command, "playbook", None),
        contact_ids=contact_ids,
        person_ids=person_ids,
    )


def refused(kept: Kept, deal: Deal, no: Refused, time: Timekeeper) -> Receipt:
    """The receipt of a refusal; the deal stays as it is and so does its wake-up."""
    return Receipt(
        command_id=kept.command_id,
        deal_id=deal.deal_id,
        status="refused",
        version=deal.version,
        code=no.code,
        message=no.message,
        where=no.where,
    )


def origin_of(kept: Kept, facts: Facts, time: Timekeeper) -> Origin:
    """Who asked, by which command, under which version of the pipeline."""
    version = facts.rules.pins.get("pipeline", 0)
    return Origin(
        actor=kept.actor,
        recorded_at=time.wall(),
        cause=kept.kind,
        command_id=kept.command_id,
        playbook_version=facts.rules.label("pipeline", version),
    )


def said_in(command: c.AnyCommand, command_id: str) -> Mapping[str, str]:
    """The texts of a command, by the name under which the store keeps them, erasable."""
    found: dict[str, str] = {}
    told: dict[str, Any] = {name: getattr(command, name, None) for name in _TEXTS}
    for name, text in told.items():
        if text:
            found["title" if name == "title" else command_id] = str(text)
    if isinstance(command, c.WinDeal) and command.reason:
        found[command_id] = "\n".join(filter(None, (command.reason, command.override)))
    for name, value in (getattr(command, "fields", None) or {}).items():
        found[f"field:{name}"] = "\n".join(entries(value))
    return found


_TEXTS = ("title", "note", "what", "override")
