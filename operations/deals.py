"""Deals: open one, tell it something, look at it, list them."""

import asyncio
import hashlib
import hmac
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from activities.applying import command_facts
from domain import commands as c
from domain.activity import ACTIVITY_KINDS
from domain.deal import Deal
from domain.decisions import decide
from domain.evolution import moved_on
from domain.facts import Rules
from domain.ids import deal_id_for
from domain.playbooks.words import suggestion
from domain.refusal import Malformed, NotFound
from domain.sentences import sentence
from domain.times.calendar import Hours
from operations import accounts, contacts, halting, moments, people, places, stop_facts
from operations.deal_view import DealView, View, view
from operations.desk import answered, new_command_id, reaching, report_fact, submit
from operations.fitting import fit
from operations.house import House
from operations.inbound import addresses
from operations.looking_back import AsOf, look
from operations.naming import names_in
from operations.upcoming import Upcoming, planned
from store import board, deals, playbooks, situation
from store import people as staff
from store.board import DealRow as DealRow
from store.database import Tx


class Opening(BaseModel):
    """A deal that is to be opened, in the words of a door.

    `contacts` and `owner` are ids or addresses, `account` an id or a name; `wrote_on` is a day
    or a moment on which the owner wrote already. Without a playbook the house's default holds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    contacts: tuple[str, ...] = ()
    playbook: str | None = None
    stage: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    product: str | None = None
    source: str | None = None
    expected_close: date | None = None
    fields: dict[str, c.FieldInput] = {}
    account: str | None = None
    owner: str | None = None
    wrote_on: str | None = None
    enroll: bool = True


class Told(View):
    """What became of a command, and what comes next (further steps are `expected`)."""

    deal_id: str
    version: int
    command_id: str
    stage: str
    status: str
    paused: bool
    stagnant: tuple[str, ...]
    next: tuple[Upcoming, ...]


class Preview(View):
    """What a command would do: its sentences, and what would come next. Nothing is kept."""

    deal_id: str
    would: tuple[str, ...]
    next: tuple[Upcoming, ...]


class DealPage(View):
    """One page of a list; `cursor` begins the next one (None: no more)."""

    deals: tuple[board.DealRow, ...]
    owners: dict[str, str]
    cursor: str | None = None


async def open_deal(
    house: House, opening: Opening, *, actor: str, command_id: str | None = None
) -> Told:
    """Open a deal. The same command id opens the same deal again, and that is no second one.

    What was asked is known again by its own words: whom they mean may have changed since.
    Raises NotFound for a contact, owner or playbook that nobody knows, Refused by the
    playbook's rules, Malformed, and what `desk.submit` raises.
    """
    its_id, words = command_id or new_command_id(), _words(house, opening, actor)
    receipt = await asyncio.to_thread(answered, house, its_id, words)
    if receipt is None:
        command = await asyncio.to_thread(_opening, house, opening, actor, True)
        receipt = await submit(house, command, actor=actor, command_id=its_id, words=words)
    return await asyncio.to_thread(_told, house, receipt.deal_id, receipt.version, its_id)


def preview_opening(house: House, opening: Opening, *, actor: str) -> Preview:
    """What opening this deal would do, and when which mail would go."""
    command = _opening(house, opening, actor, False)
    return _preview(house, deal_id_for(new_command_id()), command)


async def tell(
    house: House,
    deal_id: str,
    command: c.AnyCommand,
    *,
    actor: str,
    command_id: str | None = None,
) -> Told:
    """Ask something of a deal and answer what became of it.

    Replies and absences are stop facts: they are written at once, whether or not the workflow
    engine answers. Raises what `desk.submit` raises.
    """
    _known(command)
    its_id = command_id or new_command_id()
    if isinstance(command, c.RecordReply):
        receipt = await stop_facts.deal_reply(
            house, deal_id, command, actor=actor, command_id=its_id
        )
    elif isinstance(command, c.NoteAbsence):
        receipt = await report_fact(house, command, actor=actor, deal_id=deal_id, command_id=its_id)
    else:
        receipt = await submit(house, command, actor=actor, deal_id=deal_id, command_id=its_id)
    return await asyncio.to_thread(_told, house, deal_id, receipt.version, its_id)


def preview(house: House, deal_id: str, command: c.AnyCommand) -> Preview:
    """What a command would do to a deal. Raises Refused as the command itself would."""
    _known(command)
    return _preview(house, deal_id, command)


def show(house: House, deal_id: str, *, as_of: AsOf | None = None) -> DealView:
    """A deal with its names, texts, gate, tasks and what comes next, now or as of a moment.

    Raises NotFound, also where there was no such deal yet.
    """
    with reaching("the database"):
        if as_of is not None:
            with house.store.read() as tx:
                seen = look(tx, house, deal_id, as_of)
                return view(tx, seen.deal, seen.facts, seen.known)
        found = _shown(house, deal_id)
        if found.blind_copy is None and house.config.arriving.domain is not None:
            addresses.issue(house, deal_id)
            found = _shown(house, deal_id)
    return found


def _shown(house: House, deal_id: str) -> DealView:
    with house.store.read() as tx:
        deal = find(tx, deal_id)
        facts = situation.facts_for(tx, deal, house.time.now(), house.time.grace())
        blind_copy = addresses.of_deal(tx, house, deal_id)
        known = halting.known_now(tx, house, deal, facts)
        return view(tx, deal, facts, known).model_copy(update={"blind_copy": blind_copy})


def list_page(
    house: House,
    *,
    status: str | None = None,
    playbook: str | None = None,
    stage: str | None = None,
    owner: str | None = None,
    contact: str | None = None,
    account: str | None = None,
    stagnant: bool | None = None,
    paused: bool | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> DealPage:
    """One page of deals, last changed first. People, contacts and accounts by id or address."""
    with reaching("the database"), house.store.read() as tx:
        wanted = board.Wanted(
            status=status,
            playbook=playbook,
            stage=stage,
            owner_id=people.find(tx, owner).person_id if owner else None,
            account_id=accounts.find(tx, account).account_id if account else None,
            contact_id=contacts.find(tx, house, contact).contact_id if contact else None,
            stagnant=stagnant,
            paused=paused,
        )
        rows, following = board.page(tx, wanted, after=places.read(cursor), limit=limit)
        told, further = _owners(tx, rows), places.written(following)
        return DealPage(deals=tuple(rows), owners=told, cursor=further)


def moment(
    house: House, deal_id: str, text: str, where: str, *, past: bool = False
) -> tuple[datetime, str]:
    """A day or moment that somebody wrote about a deal, and how its calendar says it.

    A bare date means the start of the working day. Raises Malformed, NotFound.
    """
    with reaching("the database"), house.store.read() as tx:
        hours = Hours.of(situation.rules_for(tx, find(tx, deal_id)).calendar)
    if past:
        at = moments.past(text, hours, house.time.now(), where)
    else:
        at = moments.ahead(text, hours, where)
    return at, moments.spoken(at, hours)


def part_named(house: House, deal_id: str, sequence: str) -> str:
    """The part of a cadence or nurture that runs on a deal, by its bare name. NotFound."""
    with reaching("the database"), house.store.read() as tx:
        running = [one.part for one in find(tx, deal_id).active_enrollments]
    found = [part for part in running if sequence in (part, part.partition(":")[2])]
    if not found:
        names = ", ".join(part.partition(":")[2] for part in running) or "nothing"
        raise NotFound(f"{sequence[:60]} does not run on this deal; {names} does", "sequence")
    return found[0]


def find(tx: Tx, deal_id: str) -> Deal:
    """The deal of this id. Raises NotFound."""
    deal = deals.load(tx, deal_id)
    if deal is None:
        raise NotFound(f"there is no deal {deal_id[:80]}")
    return deal


def _words(house: House, opening: Opening, actor: str) -> str:
    """A name for what is asked; keyed, because addresses could be guessed back from it."""
    asked = [opening.model_dump(exclude_unset=True), opening.owner or actor]
    said = json.dumps(asked, sort_keys=True, default=str).encode()
    return hmac.new(house.config.secret, said, hashlib.sha256).hexdigest()


def _opening(house: House, opening: Opening, actor: str, keep: bool) -> c.OpenDeal:
    """The command; an account that nobody knows is made when `keep`."""
    name = opening.playbook or house.config.default_playbook
    given: dict[str, Any] = opening.model_dump(
        exclude={"contacts", "account", "owner", "wrote_on", "playbook"}, exclude_unset=True
    )
    # Checked before anything is looked up: a title that does not fit leaves nothing behind.
    fit(c.OpenDeal, {**given, "playbook": name})
    with reaching("the database"), house.store.read() as tx:
        rules = _rules(tx, name)
        known = [contacts.find(tx, house, who, "contact") for who in opening.contacts]
        owner_id = people.owner_for(tx, opening.owner, actor)
    given["contacts"] = [
        c.Party(contact_id=one.contact_id, role="primary" if first == 0 else "other")
        for first, one in enumerate(known)
    ]
    if opening.wrote_on is not None:
        hours = Hours.of(rules.calendar)
        given["wrote_on"] = moments.past(opening.wrote_on, hours, house.time.now(), "wrote_on")
    account_id = known[0].account_id if known else None
    given |= {"playbook": name, "owner_id": owner_id, "account_id": account_id}
    if opening.account is not None:
        given["account_id"] = _account(house, opening.account, fit(c.OpenDeal, given), keep)
    return fit(c.OpenDeal, given)


def _account(house: House, name: str, command: c.OpenDeal, keep: bool) -> str | None:
    """The account of that name; a new one is made only for a deal that will be opened."""
    with reaching("the database"), house.store.read() as tx:
        known = accounts.known(tx, name)
    if known is not None or not keep:
        return known.account_id if known else None
    _preview(house, deal_id_for("dry-run"), command)
    return accounts.add(house, name).account_id


def _known(command: c.AnyCommand) -> None:
    if isinstance(command, c.LogActivity) and command.activity not in ACTIVITY_KINDS:
        hint = suggestion(command.activity, ACTIVITY_KINDS)
        raise Malformed(f'"{command.activity}" is no activity{hint}', "activity")


def _preview(house: House, deal_id: str, command: c.AnyCommand) -> Preview:
    with reaching("the database"), house.store.read() as tx:
        deal = deals.load(tx, deal_id) or Deal(deal_id=deal_id)
        facts = command_facts(tx, house.time, deal, command)
        events = decide(command, deal, facts, "dry-run")
        after = moved_on(deal, events)
        told = [sentence(event) for event in events]
        would = tuple(map(names_in(tx, told), told))
        known = halting.known_now(tx, house, after, facts)
        return Preview(deal_id=deal_id, would=would, next=tuple(planned(after, facts, known)))


def _told(house: House, deal_id: str, version: int, command_id: str) -> Told:
    with reaching("the database"), house.store.read() as tx:
        deal = find(tx, deal_id)
        facts = situation.facts_for(tx, deal, house.time.now(), house.time.grace())
        return Told(
            deal_id=deal_id,
            version=version,
            command_id=command_id,
            stage=deal.stage,
            status=deal.status,
            paused=deal.paused_at is not None,
            stagnant=tuple(flag.reason for flag in deal.flags),
            next=tuple(planned(deal, facts, halting.known_now(tx, house, deal, facts))),
        )


def _rules(tx: Tx, playbook: str) -> Rules:
    """The newest rules of a playbook. Raises NotFound with what to do."""
    if playbooks.newest(tx, playbook) is None:
        known = [edition.playbook for edition in playbooks.all_of(tx)]
        hint = f"; published are: {', '.join(known)}" if known else "; none is published yet"
        raise NotFound(f'there is no playbook "{playbook[:60]}"{hint}', "playbook")
    return situation.rules_for(tx, Deal(deal_id=""), playbook)


def _owners(tx: Tx, rows: list[board.DealRow]) -> dict[str, str]:
    wanted = sorted({row.owner_id for row in rows if row.owner_id})
    return {key: one.name for key, one in staff.load_many(tx, wanted).items()} if wanted else {}
