"""One fact about a contact, written everywhere at once: its stream, its bar, all that writes to it.

Whoever holds the rows in another order could wait for us for ever, so the order is the same
everywhere: the contact, its deals, its nurtures, and only then the ledger.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from activities import streams
from activities.applying import apply_in
from activities.contract import Receipt, deal_workflow_id
from activities.limiting import mail_came_back
from activities.planning import origin
from domain import commands as c
from domain.ahead import due_of
from domain.deal import Deal
from domain.event import Happened
from domain.evolution import moved_on
from domain.facts import Facts
from domain.ids import digest
from domain.nurture import NurtureRun
from operations.contacts import tell
from operations.desk import kept_command, new_command_id
from operations.house import House
from store import commands, contacts, deals, nudges, nurtures, situation, suppression
from store.contacts import Contact
from store.database import Tx

ForDeal = Callable[[Deal, Facts], list[c.AnyCommand]]
"""What a fact asks of a deal in which the contact takes part."""
ForRun = Callable[[NurtureRun, Facts], list[Happened]]
"""The events that a fact means for a nurture that writes to the contact."""


@dataclass(frozen=True)
class Fact:
    """A fact about a contact: its events, the bar it sets (reason, scope), what it stops.

    `touch_id` is the mail that came back, where that is known.
    """

    name: str
    events: Sequence[Happened]
    for_deal: ForDeal
    for_run: ForRun
    bar: tuple[str, str] | None = None
    touch_id: str | None = None


class Stopped(BaseModel):
    """What a fact reached. `already` says that it was known before and changed nothing."""

    model_config = ConfigDict(frozen=True)

    contact_id: str
    fact: str
    already: bool = False
    deals: tuple[str, ...] = ()
    nurtures: tuple[str, ...] = ()


@dataclass
class Reach:
    """Whom a fact reaches: the commands by deal, the events by nurture run."""

    asked: list[tuple[str, c.AnyCommand]] = field(default_factory=list)
    told: list[tuple[NurtureRun, Facts, list[Happened]]] = field(default_factory=list)

    def shown(self, contact_id: str, fact: str) -> Stopped:
        """The same in ids."""
        return Stopped(
            contact_id=contact_id,
            fact=fact,
            deals=tuple(dict.fromkeys(deal_id for deal_id, _ in self.asked)),
            nurtures=tuple(run.enrollment_id for run, _, _ in self.told),
        )


def reach(tx: Tx, house: House, contact: Contact, fact: Fact) -> Reach:
    """What the fact would be told to, as things stand."""
    found = Reach()
    now, grace = house.time.now(), house.time.grace()
    for deal_id in sorted(deals.of_contact(tx, contact.contact_id)):
        deal = deals.load(tx, deal_id)
        if deal is not None:
            facts = situation.facts_for(tx, deal, now, grace)
            found.asked += [(deal_id, command) for command in fact.for_deal(deal, facts)]
    for row in sorted(nurtures.of_contact(tx, contact.contact_id), key=lambda r: r.enrollment_id):
        run = nurtures.load(tx, row.enrollment_id) if row.status == "active" else None
        if run is not None:
            facts = situation.facts_for(tx, run, now, grace)
            events = fact.for_run(run, facts)
            found.told += [(run, facts, events)] if events else []
    return found


def hold(tx: Tx, contact_id: str) -> None:
    """Lock the contact and all that writes to it, in the order of the house."""
    contacts.lock(tx, contact_id)
    for deal_id in sorted(deals.of_contact(tx, contact_id)):
        deals.lock(tx, deal_id)
    for row in sorted(nurtures.of_contact(tx, contact_id), key=lambda r: r.enrollment_id):
        if row.status == "active":
            nurtures.lock(tx, row.enrollment_id)


def write(
    tx: Tx,
    house: House,
    contact: Contact,
    fact: Fact,
    actor: str,
    named: dict[str, str] | None = None,
) -> tuple[Stopped, dict[str, Receipt]]:
    """Write the fact and everything it stops; gives what it reached and the deals' receipts.

    `named` gives the command id for a deal; other deals get one that follows from it.
    """
    hold(tx, contact.contact_id)
    reached = reach(tx, house, contact, fact)
    position = None
    if fact.events:
        events = list(fact.events)
        position = tell(tx, house, contact.contact_id, events, actor, fact.name)
    if fact.bar is not None and contact.email_key is not None:
        reason, scope = fact.bar
        suppression.add(tx, contact.email_key, reason, house.time.now(), scope, position)
        judge_mailbox(tx, house, contact.contact_id, reason, fact.touch_id)
    receipts: dict[str, Receipt] = {}
    for number, (deal_id, command) in enumerate(reached.asked):
        its_id = (named or {}).get(deal_id) or _derived(named, deal_id, number)
        commands.keep(tx, kept_command(house, command, actor, deal_id, its_id))
        receipts[deal_id] = apply_in(tx, house.time, its_id)
    for run, facts, events in reached.told:
        _record(tx, house, run, facts, events)
    touched = [deal_workflow_id(deal_id) for deal_id in receipts]
    touched += [run.stream for run, _, _ in reached.told]
    nudges.add(tx, touched, fact.name, house.time.wall())
    return reached.shown(contact.contact_id, fact.name), receipts


def judge_mailbox(
    tx: Tx, house: House, contact_id: str, reason: str, touch_id: str | None = None
) -> None:
    """A bounce or a complaint speaks against the mailbox whose mail it answers."""
    limits = house.config.limits
    if reason == "complaint":
        mail_came_back(tx, house.time, contact_id, "complaint", limits, touch_id)
    elif reason in ("hard_bounce", suppression.SOFT_BOUNCES):
        mail_came_back(tx, house.time, contact_id, "bounce", limits, touch_id)


def _derived(named: dict[str, str] | None, deal_id: str, number: int) -> str:
    if not named:
        return new_command_id()
    return digest(*sorted(named.values()), deal_id, str(number))


def _record(tx: Tx, house: House, run: NurtureRun, facts: Facts, events: list[Happened]) -> None:
    after = moved_on(run, events)
    told = origin(run, facts, house.time)
    streams.record(tx, run, after, events, told, due_of(after, facts))
