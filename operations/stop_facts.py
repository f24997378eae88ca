"""Facts that stop mail: written first, in one transaction, and told to the workflows afterwards.

Each holds at the next check before a mail leaves, even if every worker is down; the nudges
written with it only make the workflows look sooner.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from activities.applying import apply_in
from activities.contract import Receipt, deal_workflow_id
from activities.returning import returned_before
from domain import commands as c
from domain.deal import Deal
from domain.event import Happened
from domain.facts import Facts
from domain.following import stopped
from domain.house_events import ContactEvent, SoftBounced, Suppressed, Unsubscribed
from domain.nurture import NurtureRun
from domain.reactions import purpose_of
from domain.refusal import NotFound, Refused
from domain.touch_events import EnrollmentParked
from operations.contacts import PURPOSES, find
from operations.desk import kept_command, new_command_id, reaching, report_fact
from operations.house import House
from operations.logbook import note
from operations.once import Asked, once
from operations.quieting import Fact, Stopped, judge_mailbox, reach, write
from store import commands, contacts, deals, nudges, sends, suppression, tokens
from store.contacts import Contact
from store.database import Tx
from store.suppression import EVERYTHING, SOFT_BOUNCES, UNSUBSCRIBED

SCOPES = (*PURPOSES, EVERYTHING)

_WORDS = {"unsubscribe": "opt_out", "consent_withdrawn": "opt_out", SOFT_BOUNCES: "hard_bounce"}
"""How what runs calls its end, where that is not the name of the fact."""


def unsubscribe(
    house: House,
    who: str,
    *,
    actor: str,
    scope: str = EVERYTHING,
    how: str = "by_hand",
    command_id: str | None = None,
    dry_run: bool = False,
) -> Stopped:
    """A contact (id or address) wants no more mail of a purpose, or of any ("*")."""
    if scope not in SCOPES:
        raise Refused("unknown_purpose", f"mail is for one of {', '.join(SCOPES)}", "purpose")
    with reaching("the database"):
        if dry_run:
            with house.store.read() as tx:
                one = find(tx, house, who)
                return _would(tx, house, one, _opt_out(house, one.contact_id, scope, how))
        with house.store.write() as tx:
            one = find(tx, house, who)
            body = {"scope": scope, "how": how}
            asked = Asked(f"contact/{one.contact_id}", "unsubscribe", actor, body, command_id)
            return once(
                house,
                tx,
                asked,
                Stopped,
                lambda: unsubscribed_in(tx, house, one, scope, how, actor),
            )


def unsubscribe_by_token(house: House, token: str) -> Stopped:
    """The one-click way out. Raises NotFound for a token that was never issued."""
    with reaching("the database"), house.store.write() as tx:
        found = tokens.find(tx, token)
        one = contacts.load(tx, found.contact_id) if found else None
        if found is None or one is None:
            raise NotFound("this link is not one of ours, or its contact was erased")
        stream = f"contact/{one.contact_id}"
        note(tx, house, "unsubscribe", actor="contact", stream=stream)
        return unsubscribed_in(tx, house, one, found.purpose, "link", "contact")


def bounce(
    house: House,
    who: str,
    *,
    actor: str,
    hard: bool,
    command_id: str | None = None,
    dry_run: bool = False,
) -> Stopped:
    """A mail came back: for good (the address is barred, all mail to it stops) or for now."""
    if hard:
        return _barred(house, who, "hard_bounce", actor, command_id, dry_run)
    if dry_run:
        with reaching("the database"), house.store.read() as tx:
            return Stopped(contact_id=find(tx, house, who).contact_id, fact="soft_bounce")
    with reaching("the database"), house.store.write() as tx:
        one = find(tx, house, who)
        asked = Asked(f"contact/{one.contact_id}", "soft_bounce", actor, {}, command_id)
        return once(house, tx, asked, Stopped, lambda: soft_bounced_in(tx, house, one, actor))


def complaint(
    house: House,
    who: str,
    *,
    actor: str,
    command_id: str | None = None,
    dry_run: bool = False,
) -> Stopped:
    """A contact called our mail spam: the address is barred for good."""
    return _barred(house, who, "complaint", actor, command_id, dry_run)


def absence(
    house: House,
    who: str,
    *,
    actor: str,
    back_at: datetime | None = None,
    command_id: str | None = None,
) -> Stopped:
    """A machine answered that the contact is away; what the playbook lets wait, waits."""
    with reaching("the database"), house.store.write() as tx:
        one = find(tx, house, who)
        body = {"back_at": back_at}
        asked = Asked(f"contact/{one.contact_id}", "note_absence", actor, body, command_id)
        return once(house, tx, asked, Stopped, lambda: away_in(tx, house, one, back_at, actor))


def reply(
    house: House,
    who: str,
    *,
    actor: str,
    channel: str = "email",
    at: datetime | None = None,
    note: str | None = None,
    command_id: str | None = None,
) -> Stopped:
    """A contact answered, nobody knows about which deal: it counts for all its open ones."""
    said = c.RecordReply(channel=channel, at=at, note=note)
    with reaching("the database"), house.store.write() as tx:
        one = find(tx, house, who)
        open_ones = [
            deal_id
            for deal_id, deal in deals.load_many(tx, deals.of_contact(tx, one.contact_id)).items()
            if deal.open
        ]
        body = said.model_dump(mode="json", exclude_defaults=True)
        asked = Asked(f"contact/{one.contact_id}", "record_reply", actor, body, command_id)
        fact = _answered(house, one.contact_id, said, open_ones)

        def work() -> Stopped:
            told, receipts = write(tx, house, one, fact, actor)
            _refuse(receipts.values())
            return told

        return once(house, tx, asked, Stopped, work)


async def deal_reply(
    house: House,
    deal_id: str,
    said: c.RecordReply,
    *,
    actor: str,
    command_id: str | None = None,
) -> Receipt:
    """The other side of a deal answered: the deal hears it, and all else to the same contact stops.

    Raises Refused, NotFound, EngineUnreachable; needs no workflow engine.
    """
    with reaching("the database"), house.store.read() as tx:
        deal = deals.load(tx, deal_id)
        if deal is None:
            raise NotFound(f"there is no deal {deal_id}")
        its = said.contact_id or deal.writes_to
        one = contacts.load(tx, its) if its else None
    if said.contact_id is not None and one is None:
        raise NotFound(f"there is no contact {said.contact_id}", "contact_id")
    if one is None or all(party.contact_id != its for party in deal.contacts):
        return await report_fact(house, said, actor=actor, deal_id=deal_id, command_id=command_id)
    fact = _answered(house, one.contact_id, said, [deal_id])
    with reaching("the database"), house.store.write() as tx:
        named = {deal_id: command_id or new_command_id()}
        _, receipts = write(tx, house, one, fact, actor, named)
        _refuse(receipts.values())
    return receipts[deal_id]


def addressee(house: House, message_id: str) -> tuple[str, str | None]:
    """Whom a mail went to and for which deal, by its Message-ID or touch id. NotFound."""
    with reaching("the database"), house.store.read() as tx:
        found = sends.by_message_id(tx, message_id) or sends.load(tx, message_id)
    if found is None or found.contact_id is None:
        raise NotFound(f"no mail to a contact has the id {message_id[:80]}")
    return found.contact_id, found.deal_id


def _barred(
    house: House, who: str, reason: str, actor: str, command_id: str | None, dry_run: bool
) -> Stopped:
    if dry_run:
        with reaching("the database"), house.store.read() as tx:
            one = find(tx, house, who)
            bound = stopping(reason, [], EVERYTHING, one.contact_id, None)
            return _would(tx, house, one, bound)
    with reaching("the database"), house.store.write() as tx:
        one = find(tx, house, who)
        asked = Asked(f"contact/{one.contact_id}", reason, actor, {}, command_id)
        return once(house, tx, asked, Stopped, lambda: barred_in(tx, house, one, reason, actor))


def barred_in(
    tx: Tx, house: House, one: Contact, reason: str, actor: str, touch_id: str | None = None
) -> Stopped:
    """Inside a transaction that does more: an address is never written to again.

    `touch_id` is the mail that came back, where that is known: it counts against its mailbox,
    also when the address was barred before.
    """
    if _has_bar(tx, one, reason):
        if touch_id is not None:
            judge_mailbox(tx, house, one.contact_id, reason, touch_id)
        return Stopped(contact_id=one.contact_id, fact=reason, already=True)
    event = Suppressed(at=house.time.now(), contact_id=one.contact_id, reason=reason)
    fact = stopping(reason, [event], EVERYTHING, one.contact_id, (reason, EVERYTHING))
    return write(tx, house, one, replace(fact, touch_id=touch_id), actor)[0]


def soft_bounced_in(
    tx: Tx, house: House, one: Contact, actor: str, touch_id: str | None = None
) -> Stopped:
    """Inside a transaction that does more: a mail came back for now.

    As often as the house's rule says within its time, it counts as a hard bounce.
    """
    event = SoftBounced(at=house.time.now(), contact_id=one.contact_id)
    fact = Fact("soft_bounce", [event], _no_commands, _no_events)
    told = write(tx, house, one, fact, actor)[0]
    rule = house.config.limits.soft_bounces
    often = returned_before(tx, one.contact_id, rule, house.time.now()) >= rule.count
    return barred_in(tx, house, one, SOFT_BOUNCES, actor, touch_id) if often else told


def answered_in(
    tx: Tx,
    house: House,
    one: Contact,
    said: c.RecordReply,
    heard: list[str],
    actor: str,
    named: dict[str, str] | None = None,
) -> dict[str, Receipt]:
    """Inside a transaction that does more: a contact answered, and the deals in `heard` hear it.

    All else that writes to the contact stops. Gives the receipts of the deals; Raises Refused.
    """
    fact = _answered(house, one.contact_id, said, heard)
    _, receipts = write(tx, house, one, fact, actor, named)
    _refuse(receipts.values())
    return receipts


def recorded_in(
    tx: Tx, house: House, deal_id: str, command: c.AnyCommand, actor: str, command_id: str
) -> Receipt:
    """Inside a transaction that does more: a deal alone hears of a fact. Raises Refused."""
    commands.keep(tx, kept_command(house, command, actor, deal_id, command_id))
    receipt = apply_in(tx, house.time, command_id)
    _refuse([receipt])
    nudges.add(tx, [deal_workflow_id(deal_id)], command.kind, house.time.wall())
    return receipt


def away_in(tx: Tx, house: House, one: Contact, back_at: datetime | None, actor: str) -> Stopped:
    """Inside a transaction that does more: a machine answered that the contact is away."""
    return write(tx, house, one, _away(house, one.contact_id, back_at), actor)[0]


def unsubscribed_in(
    tx: Tx, house: House, one: Contact, scope: str, how: str, actor: str
) -> Stopped:
    """Inside a transaction that does more: a contact wants no more mail."""
    if _opted_out(tx, one, scope):
        return Stopped(contact_id=one.contact_id, fact="unsubscribe", already=True)
    contacts.withdraw(tx, one.contact_id, scope, house.time.now())
    fact = _opt_out(house, one.contact_id, scope, how)
    return write(tx, house, one, fact, actor)[0]


def _would(tx: Tx, house: House, one: Contact, fact: Fact) -> Stopped:
    """Whom a fact would reach as things stand."""
    return reach(tx, house, one, fact).shown(one.contact_id, fact.name)


def _opt_out(house: House, contact_id: str, scope: str, how: str) -> Fact:
    event = Unsubscribed(at=house.time.now(), contact_id=contact_id, purpose=scope, how=how)
    return stopping("unsubscribe", [event], scope, contact_id, (UNSUBSCRIBED, scope))


def stopping(
    name: str,
    events: Sequence[Happened],
    scope: str,
    contact_id: str,
    bar: tuple[str, str] | None,
) -> Fact:
    """A fact that ends whatever writes to the contact for the purposes in scope."""
    word = _WORDS.get(name, name)

    def for_deal(deal: Deal, facts: Facts) -> list[c.AnyCommand]:
        return [
            c.StopEnrollments(reason=word, contact_id=contact_id, part=part)
            for part in _parts(deal, facts, contact_id, scope)
        ]

    def for_run(run: NurtureRun, facts: Facts) -> list[Happened]:
        parts = _parts(run, facts, contact_id, scope)
        return [event for part in parts for event in stopped(run, word, facts, contact_id, part)]

    return Fact(name, events, for_deal, for_run, bar)


def _parts(
    state: Deal | NurtureRun, facts: Facts, contact_id: str, scope: str = EVERYTHING
) -> list[str]:
    """The sequences that write to the contact now, for the purposes in scope."""
    mine = state.writes_to if isinstance(state, Deal) else state.contact_id
    return [
        one.part
        for one in state.active_enrollments
        if (one.contact_id or mine) == contact_id
        and scope in (EVERYTHING, purpose_of(facts.rules.sequence(one.part, one.version)))
    ]


def _answered(house: House, contact_id: str, said: c.RecordReply, heard: list[str]) -> Fact:
    """The deals in `heard` record the answer; all else that writes to the contact stops."""
    stop = stopping("reply", [], EVERYTHING, contact_id, None)
    told = said.model_copy(update={"contact_id": contact_id})

    def for_deal(deal: Deal, facts: Facts) -> list[c.AnyCommand]:
        return [told] if deal.deal_id in heard else stop.for_deal(deal, facts)

    now = house.time.now()
    events = [] if heard else [ContactEvent(at=now, contact_id=contact_id, name="reply")]
    return Fact("reply", events, for_deal, stop.for_run)


def _away(house: House, contact_id: str, back_at: datetime | None) -> Fact:
    now = house.time.now()

    def for_deal(deal: Deal, facts: Facts) -> list[c.AnyCommand]:
        asked = c.NoteAbsence(contact_id=contact_id, back_at=back_at)
        return [asked] if _parts(deal, facts, contact_id) else []

    def for_run(run: NurtureRun, facts: Facts) -> list[Happened]:
        if back_at is None or back_at <= now:
            return []
        return [
            EnrollmentParked(
                at=now, enrollment_id=one.enrollment_id, until=back_at, reason="out_of_office"
            )
            for one in run.active_enrollments
            if facts.rules.sequence(one.part, one.version).out_of_office == "wait_until_back"
        ]

    event = ContactEvent(at=now, contact_id=contact_id, name="out_of_office")
    return Fact("out_of_office", [event], for_deal, for_run)


def _no_commands(deal: Deal, facts: Facts) -> list[c.AnyCommand]:
    return []


def _no_events(run: NurtureRun, facts: Facts) -> list[Happened]:
    return []


def _opted_out(tx: Tx, one: Contact, scope: str) -> bool:
    if one.email_key is None:
        return False
    bars = suppression.of_keys(tx, [one.email_key]).get(one.email_key, [])
    return any(bar.opted_out and bar.scope in (scope, EVERYTHING) for bar in bars)


def _has_bar(tx: Tx, one: Contact, reason: str) -> bool:
    found = suppression.find(tx, one.email_key, EVERYTHING) if one.email_key else None
    return found is not None and found.reason == reason


def _refuse(receipts: Iterable[Receipt]) -> None:
    for receipt in receipts:
        if receipt.status == "refused":
            raise Refused(receipt.code or "refused", receipt.message or "refused", receipt.where)
