"""The board: who stands where, what it is worth, and what each deal does next."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from activities.contract import Receipt
from domain import commands as c
from domain.deal import Deal
from domain.facts import Rules
from domain.playbooks.parts import PipelinePart
from domain.playbooks.playbook import Pipeline
from domain.refusal import Malformed, NotFound
from domain.sentences import spoken
from domain.size import SIZES, Size, named
from domain.trying import cadences_left
from operations import places
from operations.deals import find
from operations.desk import reaching, submit
from operations.foretelling import words_of
from operations.house import House
from store import accounts, board, columns, contacts, glances, people, playbooks, situation, totals
from store.board import Cursor, DealRow
from store.columns import Filters, Looked
from store.database import Tx
from store.playbooks import Edition

CARDS: Final = 12
"""Cards that a column shows before it asks for more."""

FURTHER: Final = 60
"""Cards of a column that was asked for more."""

WORDS_MAX: Final = 100
"""Letters that are looked for at most."""

WON: Final = "won"
"""The word that stands for winning where a stage is asked for."""


@dataclass(frozen=True, slots=True)
class Card:
    """One deal as the board shows it; `next_what` happens at `next_at`, for the reason given.

    `stagnant` has each reason with the moment since when it was quiet, `task` the first thing
    that somebody here is to do about it.
    """

    deal_id: str
    version: int
    title: str
    stage: str
    status: str
    account: str | None
    contact: str | None
    owner: str | None
    amount: Decimal | None
    currency: str | None
    days_in_stage: int
    stagnant: tuple[tuple[str, datetime], ...]
    our_turn: bool
    paused: bool
    attention: bool
    task: str | None
    next_at: datetime | None
    next_what: str | None
    next_why: str | None
    moves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A stage: how many deals stand there, their worth by currency, and some of their cards.

    `chance` is 0 to 1; None for stages after won and for stages of older versions. `newest` is
    None where all deals were counted, else among how many of the newest was looked.
    """

    stage: str
    after_won: bool
    chance: float | None
    deals: int
    worth: tuple[tuple[str, Decimal], ...]
    cards: tuple[Card, ...]
    more: str | None
    newest: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the board is to show of a playbook; None does not matter.

    `size` is the name of one of SIZES; `text` a piece of a title or of an account's name.
    """

    owner_id: str | None = None
    product: str | None = None
    size: str | None = None
    stagnant: bool = False
    text: str | None = None


EVERYTHING: Final = Asked()


@dataclass(frozen=True, slots=True)
class Board:
    """The columns of one playbook. `zone` is the viewer's own, None where they have none.

    `lost` counts the owner's or everybody's; None where further filters are set.
    """

    playbook: str
    playbooks: tuple[str, ...]
    asked: Asked
    owners: tuple[tuple[str, str], ...]
    products: tuple[str, ...]
    sizes: tuple[Size, ...]
    columns: tuple[Column, ...]
    lost: int | None
    zone: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class _Kind:
    """How many deals of a stage there are in one currency."""

    stage: str
    currency: str | None
    deals: int
    amount: Decimal


def show(
    house: House,
    playbook: str | None = None,
    *,
    asked: Asked = EVERYTHING,
    stage: str | None = None,
    after: str | None = None,
    viewer_id: str | None = None,
) -> Board | None:
    """The board of a playbook, of those of its deals that are asked for; None: none published.

    `after` is where a page of the column `stage` ended (its `more`): that column goes on
    there, with more cards than the others. Without `playbook` the house's default is shown, or
    one that has deals. Raises NotFound for an unknown playbook, Malformed for a place or a size
    that is none.
    """
    place, filters = places.read(after, "after"), _filters(asked)
    with reaching("the database"), house.store.read() as tx:
        published = [one for one in playbooks.all_of(tx) if "pipeline" in one.parts]
        if not published:
            return None
        edition = _chosen(tx, published, playbook, house.config.default_playbook)
        part = _pipeline(tx, edition)
        kept = totals.by_stage(tx, edition.playbook, asked.owner_id)
        stages = _stages(part.pipeline, kept)
        behind = {stage: place} if stage and place else None
        pages, found = _looked(tx, edition.playbook, stages, filters, behind, kept)
        rows = [row for page in pages.values() for row in page.rows]
        everybody = {one.person_id: one for one in people.all_of(tx, active=False)}
        cards = {card.deal_id: card for card in cards_of(tx, house, rows, everybody, part.pipeline)}
        offered = columns.products(tx, edition.playbook)
    viewer = everybody.get(viewer_id or "")
    return Board(
        playbook=edition.playbook,
        playbooks=tuple(one.playbook for one in published),
        asked=asked,
        owners=tuple((one.person_id, one.name) for one in everybody.values() if one.active),
        products=tuple(offered),
        sizes=SIZES,
        columns=tuple(
            _column(name, part.pipeline, found, cards, page) for name, page in pages.items()
        ),
        lost=sum(one.deals for one in kept if one.status == "lost") if filters.counted else None,
        zone=viewer.zone if viewer else None,
        now=house.time.now(),
    )


def _filters(asked: Asked) -> Filters:
    size = named(asked.size) if asked.size else None
    if asked.size and size is None:
        told = f"there is no such size; say one of {', '.join(one.name for one in SIZES)}"
        raise Malformed(told, "size")
    if asked.text and len(asked.text) > WORDS_MAX:
        raise Malformed(f"look for at most {WORDS_MAX} letters", "text")
    return Filters(
        owner_id=asked.owner_id,
        product=asked.product,
        size=size,
        stagnant=asked.stagnant,
        text=asked.text,
    )


def _stages(pipeline: Pipeline, kept: Sequence[totals.Standing]) -> list[str]:
    """The stages of the newest version, and those of older ones where deals still stand."""
    known = pipeline.names
    return [*known, *sorted({one.stage for one in kept if one.status != "lost"} - set(known))]


def _looked(
    tx: Tx,
    playbook: str,
    stages: Sequence[str],
    filters: Filters,
    behind: Mapping[str, Cursor] | None,
    kept: Sequence[totals.Standing],
) -> tuple[dict[str, Looked], list[_Kind]]:
    """A page of each column and how many there are.

    The kept totals where they answer what is asked; else what is found among the newest.
    """
    if not filters.counted:
        sifted, found = columns.sift(tx, playbook, stages, filters, CARDS, behind, FURTHER)
        return sifted, [_Kind(one.stage, one.currency, one.deals, one.amount) for one in found]
    pages = board.board(tx, playbook, stages, filters.owner_id, CARDS, behind, FURTHER)
    standing = [one for one in kept if one.status != "lost"]
    return (
        {name: Looked(rows, more, None) for name, (rows, more) in pages.items()},
        [_Kind(one.stage, one.currency, one.deals, one.amount) for one in standing],
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """What a form about a deal can offer: where it may be asked to go, and the words it knows.

    `zone` is that of the deal's calendar.
    """

    stages: tuple[str, ...]
    after_won: tuple[str, ...]
    ahead: tuple[str, ...]
    behind: tuple[str, ...]
    lost_reasons: tuple[str, ...]
    cadences: tuple[str, ...]
    zone: str


def choices_of(deal: Deal, rules: Rules) -> Choices:
    """What can be chosen for a deal, by its own version of the playbook."""
    pipeline = rules.pinned.pipeline
    place = pipeline.names.index(deal.stage) if deal.stage in pipeline.names else -1
    mine = pipeline.after_won if deal.status == "won" else pipeline.names
    reachable = [name for name in mine if deal.status == "won" or name not in pipeline.after_won]
    return Choices(
        stages=pipeline.names,
        after_won=pipeline.after_won,
        ahead=tuple(name for name in reachable if pipeline.index(name) > place),
        behind=tuple(name for name in reachable if pipeline.index(name) < place),
        lost_reasons=tuple(rules.pinned.lost),
        cadences=cadences_left(deal, rules),
        zone=rules.calendar.zone,
    )


async def move(
    house: House, deal_id: str, stage: str, *, actor: str, command_id: str | None = None
) -> Receipt:
    """Move a deal to a stage, on or back, or win it (`won`). Raises what `desk.submit` raises."""
    command = await asyncio.to_thread(_wish, house, deal_id, stage)
    return await submit(house, command, actor=actor, deal_id=deal_id, command_id=command_id)


def _wish(house: House, deal_id: str, stage: str) -> c.AnyCommand:
    """What is asked by naming a stage: winning, moving on, or moving back."""
    if stage == WON:
        return c.WinDeal()
    with reaching("the database"), house.store.read() as tx:
        deal = find(tx, deal_id)
        names = situation.rules_for(tx, deal).pinned.pipeline.names
    back = stage in names and deal.stage in names and names.index(stage) < names.index(deal.stage)
    return c.MoveBackDeal(stage=stage) if back else c.AdvanceDeal(stage=stage)


def _chosen(tx: Tx, published: Sequence[Edition], wanted: str | None, usual: str) -> Edition:
    named = {one.playbook: one for one in published}
    if wanted is not None:
        if wanted not in named:
            raise NotFound(f"there is no playbook {wanted}", "playbook")
        return named[wanted]
    ranked = sorted(published, key=lambda one: (one.playbook != usual, one.playbook))
    return next((one for one in ranked if totals.by_stage(tx, one.playbook)), ranked[0])


def _pipeline(tx: Tx, edition: Edition) -> PipelinePart:
    key = ("pipeline", edition.parts["pipeline"])
    part = situation.load_cached(tx, edition.playbook, {key})[key]
    assert isinstance(part, PipelinePart)
    return part


def _column(
    stage: str,
    pipeline: Pipeline,
    found: Sequence[_Kind],
    cards: Mapping[str, Card],
    page: Looked,
) -> Column:
    here = [one for one in found if one.stage == stage]
    worth: dict[str, Decimal] = {}
    for one in here:
        if one.currency is not None:
            worth[one.currency] = worth.get(one.currency, Decimal(0)) + one.amount
    after_won = stage in pipeline.after_won
    known = stage in pipeline.names and not after_won
    return Column(
        stage=stage,
        after_won=after_won,
        chance=pipeline.stage(stage).chance if known else None,
        deals=sum(one.deals for one in here),
        worth=tuple(sorted(worth.items(), key=lambda one: (-one[1], one[0]))),
        cards=tuple(cards[row.deal_id] for row in page.rows),
        more=places.written(page.more),
        newest=columns.LOOK if page.edge else None,
    )


def cards_of(
    tx: Tx,
    house: House,
    rows: Sequence[DealRow],
    staff: Mapping[str, people.Person],
    pipeline: Pipeline | None = None,
) -> Iterator[Card]:
    """The cards of several deals, with a handful of questions for all of them.

    Without a pipeline they offer no moves.
    """
    now = house.time.now()
    seen = glances.of_ids(tx, [row.deal_id for row in rows])
    firms = accounts.load_many(tx, sorted({row.account_id for row in rows if row.account_id}))
    readers = sorted({one.writes_to for one in seen.values() if one.writes_to})
    named = contacts.shown(tx, readers)
    for row in rows:
        its = seen[row.deal_id]
        firm = firms.get(row.account_id or "")
        owner = staff.get(row.owner_id or "")
        what, why = words_of(its.ahead) if its.ahead else (None, None)
        yield Card(
            deal_id=row.deal_id,
            version=row.version,
            title=row.title or "(erased)",
            stage=row.stage,
            status=row.status,
            account=firm.name if firm else None,
            contact=named.get(its.writes_to or ""),
            owner=owner.name if owner else None,
            amount=row.amount,
            currency=row.currency,
            days_in_stage=max(0, (now - row.stage_entered_at).days),
            stagnant=tuple((flag.reason, flag.since) for flag in its.flags),
            our_turn=row.our_turn_since is not None,
            paused=row.paused,
            attention=row.attention is not None,
            task=f"{its.task.verb} {spoken(its.task.name)}" if its.task else None,
            next_at=row.next_due,
            next_what=what,
            next_why=why,
            moves=_moves(row, pipeline) if pipeline else (),
        )


def _moves(row: DealRow, pipeline: Pipeline) -> tuple[str, ...]:
    """The stages that the deal could be asked to move to; whether it may is decided then."""
    if row.status == "won":
        return tuple(name for name in pipeline.after_won if name != row.stage)
    ahead = [stage.stage for stage in pipeline.stages if stage.stage != row.stage]
    return (*ahead, WON)
