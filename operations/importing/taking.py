"""Taking deals over in batches: pure decisions, then a few statements for hundreds of deals."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from activities.applying import said_in
from activities.contract import Label
from activities.labels import label_of
from domain import commands as c
from domain import deal_events as d
from domain.ahead import Due, due_of
from domain.deal import Deal
from domain.decisions import decide
from domain.event import Happened
from domain.evolution import moved_on
from domain.facts import Facts, PersonFacts
from domain.ids import deal_id_for, digest
from domain.permission import blocked
from domain.playbooks.playbook import Pipeline
from domain.playbooks.words import suggestion
from domain.refusal import Malformed, Refused
from operations.house import House
from operations.importing.mapping import DealMapping
from operations.importing.rows import DealLine
from store import contacts, deals, imports, situation, texts
from store.database import Tx
from store.imports import Arrival, Imported
from store.ledger import Origin
from store.people import Person

BATCH: Final = 200
"""Deals in one transaction: a second import, or a person at work, waits for no more than this."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row with the ids of whom it names: what is compared with the import before."""

    line: DealLine
    owner_id: str | None
    account_id: str | None
    contact_ids: tuple[str, ...] = ()

    def mark(self, secret: bytes) -> str:
        """A keyed digest of what the row says, the same however its dates are written."""
        one = self.line
        said: dict[str, Any] = {
            "title": one.title,
            "stage": [one.stage, one.status, one.lost_reason],
            "dates": [one.opened_said, one.stage_entered_at, one.closed_at, one.expected_close],
            "amount": [one.amount, one.currency],
            "what": [one.product, one.source, dict(one.fields)],
            "who": [self.owner_id, self.account_id, self.contact_ids],
        }
        text = json.dumps(said, sort_keys=True, default=str)
        return hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True)
class Taken:
    """A deal as it was taken over, or as it would be."""

    deal: Deal
    entry: Entry
    events: Sequence[Happened]
    origin: Origin
    due: Due
    label: Label
    matches: bool
    texts: Mapping[str, str] = field(default_factory=dict)


class Taker:
    """Decides and records deals of one import, under rules that were read once."""

    def __init__(
        self,
        tx: Tx,
        house: House,
        mapping: DealMapping,
        staff: Mapping[str, Person],
        *,
        actor: str,
        enroll: bool = False,
    ) -> None:
        self.house = house
        self.mapping = mapping
        self.arrival = Arrival(mapping.source, house.time.wall())
        self.actor = actor
        self.enroll = enroll
        self.rules = situation.rules_for(tx, Deal(deal_id=""), mapping.playbook)
        self.pipeline = self.rules.pinned.pipeline
        known_stages(self.pipeline, mapping)
        self.facts = Facts(
            now=house.time.now(),
            rules=self.rules,
            people={its: _person_facts(one) for its, one in staff.items()},
            grace=house.time.grace(),
        )

    def command_id(self, source_id: str) -> str:
        """The id of the opening command: a second import of the row opens nothing."""
        return digest("import", self.mapping.source, source_id)

    def deal_id(self, source_id: str) -> str:
        """The deal that the row became or will become."""
        return deal_id_for(self.command_id(source_id))

    def decided(
        self, tx: Tx, entries: Sequence[Entry]
    ) -> tuple[list[Taken], list[tuple[Entry, str]]]:
        """The deals of these rows; those that a rule refuses come with the reason."""
        wanted = sorted({its for entry in entries for its in entry.contact_ids})
        known = contacts.facts(tx, wanted, self.facts.now) if wanted else {}
        facts = replace(self.facts, contacts=known)
        taken: list[Taken] = []
        refused: list[tuple[Entry, str]] = []
        for entry in entries:
            try:
                taken.append(self._decide(entry, facts))
            except (Refused, ValueError) as error:
                refused.append((entry, _reason(error)))
        return taken, refused

    def record(self, tx: Tx, taken: Sequence[Taken]) -> None:
        """Keep a batch: ledger, read models, texts, and where each deal came from."""
        deals.record_new(tx, [(one.deal, one.events, one.origin, one.due) for one in taken])
        texts.save_many(tx, {one.deal.deal_id: one.texts for one in taken})
        imports.save(tx, [self.imported(one.entry, one.deal.deal_id) for one in taken])

    def imported(self, entry: Entry, deal_id: str) -> Imported:
        """What is remembered of a row."""
        return Imported(
            source=self.mapping.source,
            source_id=entry.line.source_id,
            deal_id=deal_id,
            digest=entry.mark(self.house.config.secret),
            imported_at=self.arrival.at,
        )

    def _decide(self, entry: Entry, facts: Facts) -> Taken:
        command_id = self.command_id(entry.line.source_id)
        deal = Deal(deal_id=deal_id_for(command_id))
        matches = self._matches(entry, facts)
        command = self._command(entry, enroll=self.enroll and matches)
        events = decide(command, deal, facts, command_id)
        after = moved_on(deal, events)
        due = due_of(after, facts)
        origin = Origin(
            actor=self.actor,
            recorded_at=self.house.time.wall(),
            cause=command.kind,
            command_id=command_id,
            playbook_version=self.rules.label("pipeline", self.rules.pins.get("pipeline", 0)),
        )
        label = label_of(after, facts) if due.at is not None else Label()
        said = said_in(command, command_id)
        return Taken(after, entry, events, origin, due, label, matches, said)

    def _matches(self, entry: Entry, facts: Facts) -> bool:
        """Whether `--enroll matching` means this deal: open, with a cadence and a reader."""
        if entry.line.status != "open" or not entry.contact_ids:
            return False
        if self.pipeline.stage(entry.line.stage).cadence is None:
            return False
        return blocked(facts.contacts.get(entry.contact_ids[0]), "sales") is None

    def _command(self, entry: Entry, enroll: bool) -> c.ImportDeal:
        line = entry.line
        return c.ImportDeal(
            title=line.title,
            amount=line.amount,
            currency=line.currency,
            product=line.product,
            source=line.source,
            expected_close=line.expected_close.date() if line.expected_close else None,
            fields={name: text for name, text in line.fields.items() if text},
            playbook=self.mapping.playbook,
            stage=line.stage,
            status=line.status,
            lost_reason=line.lost_reason,
            source_name=self.mapping.source,
            opened_at=line.opened_at,
            stage_entered_at=line.stage_entered_at,
            closed_at=line.closed_at,
            contacts=[c.Party(contact_id=one) for one in entry.contact_ids],
            account_id=entry.account_id,
            owner_id=entry.owner_id,
            enroll=enroll,
        )


def known_stages(pipeline: Pipeline, mapping: DealMapping) -> None:
    """Raises Malformed when the mapping names a stage that the playbook lacks."""
    for value, meaning in mapping.stages.items():
        if meaning.stage not in pipeline.names:
            told = (
                f"the mapping {mapping.mapping} takes {value} for the stage {meaning.stage}, which "
                f"the playbook {mapping.playbook} lacks{suggestion(meaning.stage, pipeline.names)}"
            )
            raise Malformed(told, f"stages.{value}")


def debts_of(taken: Taken) -> int:
    """Gates that the deal stands behind without having passed them."""
    return sum(isinstance(event, d.GateDebtRecorded) for event in taken.events)


def _person_facts(one: Person) -> PersonFacts:
    return PersonFacts(one.person_id, one.zone, one.country, one.manager_id)


def _reason(error: Exception) -> str:
    if isinstance(error, Refused):
        return error.message
    errors = getattr(error, "errors", None)
    if errors is None:
        return str(error)
    first = errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
