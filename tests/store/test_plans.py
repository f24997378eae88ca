"""No screen reads an unbounded set: every page is served by an index, also its order."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text

from domain.playbooks.parts import parts
from domain.size import SIZES
from operations.authoring.files import load
from store import (
    aliases,
    board,
    columns,
    commands,
    contacts,
    counts,
    deals,
    departures,
    enrollments,
    glances,
    imports,
    inbound,
    leaving,
    ledger,
    nudges,
    nurtures,
    pins,
    playbooks,
    promises,
    quiet,
    sends,
    situation,
    switches,
    tasks,
    texts,
    timeline,
    totals,
    waits,
)
from store.board import Wanted
from store.columns import Filters
from store.database import Store, Tx
from tests.support.databases import Fresh
from tests.support.houses import ROOT
from tests.support.moments import at
from tests.support.plans import asked_of, plan, unbounded
from tests.support.stories import enrolled, opening, record, task

POSTGRES = pytest.param("postgres_databases", marks=pytest.mark.postgres)

ARRIVAL: Final = imports.Arrival("crm-sales", at())

PAGES: dict[str, Callable[[Tx], Any]] = {
    "deals": lambda tx: board.page(tx, Wanted()),
    "next deals": lambda tx: board.page(tx, Wanted(), after=(at(), "D-3")),
    "open deals": lambda tx: board.page(tx, Wanted(status="open")),
    "lost deals": lambda tx: board.page(tx, Wanted(status="lost")),
    "what mails of a deal waited for": lambda tx: waits.of_stream(tx, "deal/D-1"),
    "who is pinned to what": lambda tx: pins.counted(tx, ["simple", "crm-sales"]),
    "the board": lambda tx: board.board(tx, "simple", ["new", "contacted"]),
    "a further page of a column": lambda tx: board.board(
        tx, "simple", ["new", "contacted"], after={"new": (at(), "D-3")}, further=60
    ),
    "a column of an owner": lambda tx: board.board(tx, "simple", ["new"], "P-rep"),
    "a board under filters": lambda tx: _sifted(tx, Filters(product="Boat", size=SIZES[1])),
    "words on a board": lambda tx: _sifted(tx, Filters(owner_id="P-rep", text="boat")),
    "a board of stagnant deals": lambda tx: _sifted(tx, Filters(stagnant=True)),
    "a board of somebody's stagnant deals": lambda tx: _sifted(
        tx, Filters(owner_id="P-rep", stagnant=True)
    ),
    "what cards show": lambda tx: glances.of_ids(tx, ["D-1", "D-2"]),
    "whom cards name": lambda tx: contacts.shown(tx, ["C-1", "C-2"]),
    "how many are stagnant": lambda tx: totals.stagnant(tx),
    "what the strip counts": lambda tx: counts.of_house(tx, 1_000),
    "products of a playbook": lambda tx: columns.products(tx, "simple"),
    "the longest quiet": lambda tx: quiet.quietest(tx, 50),
    "the longest quiet, by stage": lambda tx: quiet.quietest(tx, 50, "stage"),
    "one deal": lambda tx: board.row(tx, "D-1"),
    "deals without a workflow": lambda tx: deals.unarmed(tx, ["D-1", "D-2"]),
    "stagnant deals of an import": lambda tx: imports.stagnant(tx, ARRIVAL, "P-rep"),
    "rows imported before": lambda tx: imports.known(tx, "crm-sales", ["A1"]),
    "what a rule may know of a deal": lambda tx: _facts(tx, "D-9"),
    "what rules may know of many": lambda tx: _facts_of_many(tx, ["D-9"]),
    "stagnant deals": lambda tx: board.stagnant(tx),
    "deals of an owner": lambda tx: board.of_owner(tx, "P-rep"),
    "due deals": lambda tx: board.due(tx, at(3)),
    "promises of a person": lambda tx: promises.open_for(tx, "P-rep"),
    "what is somebody's, for when they leave": lambda tx: leaving.counted(tx, "P-rep"),
    "deals of who leaves": lambda tx: leaving.deals_of(tx, "P-rep"),
    "nurtures of who leaves": lambda tx: leaving.nurtures_of(tx, "P-rep"),
    "what waits for an owner": lambda tx: board.waiting(tx, "P-rep"),
    "texts by their names": lambda tx: texts.named(tx, ["D-1"], ["n"]),
    "totals of a playbook": lambda tx: totals.by_stage(tx, "simple"),
    "totals of an owner": lambda tx: totals.by_stage(tx, "simple", "P-rep"),
    "a timeline": lambda tx: ledger.read(tx, "deal/D-1"),
    "a timeline's next page": lambda tx: timeline.of_deal(tx, "D-1", after=2, limit=50),
    "the timeline of a contact": lambda tx: timeline.of_contact(tx, "C-1"),
    "the feed": lambda tx: ledger.feed(tx, 3, 50),
    "the feed of a kind": lambda tx: ledger.feed(tx, 3, 50, until=5_003, kinds=["deal_won"]),
    "the feed of a stream": lambda tx: ledger.feed(tx, 3, 50, until=99, stream="deal/D-1"),
    "the newest events": lambda tx: ledger.latest(tx, 9, 50),
    "a head": lambda tx: ledger.head(tx, "deal/D-1"),
    "the last position": lambda tx: ledger.last_position(tx),
    "open mails of a stream": lambda tx: sends.open_of(tx, "deal/D-1"),
    "open mails of streams": lambda tx: sends.open_of_many(tx, ["deal/D-1", "deal/D-2"]),
    "mails of a contact": lambda tx: sends.page(tx, contact_id="C-1"),
    "mails in somebody's hands": lambda tx: sends.unsettled(tx, "claimed"),
    "mails of a deal": lambda tx: sends.page(tx, deal_id="D-1"),
    "newest mails": lambda tx: sends.page(tx, limit=50),
    "mails in doubt": lambda tx: sends.in_doubt(tx),
    "mails that were put off": lambda tx: sends.page(tx, deferred=True),
    "mails that are planned": lambda tx: sends.page(tx, status="planned"),
    "mails that were refused": lambda tx: sends.page(tx, status="refused", after=(at(), "t")),
    "mails that are still to go": lambda tx: sends.unsettled_counts(tx, 100),
    "planned mails": lambda tx: sends.unsettled(tx, "planned"),
    "what left a mailbox": lambda tx: departures.nth_newest(tx, "mailbox", "main", at(), 9),
    "what left for a domain": lambda tx: departures.nth_newest(tx, "domain", "x.example", at(), 1),
    "what waits for a limit": lambda tx: departures.waiting(tx, "mailbox_day:main", at(), "t1"),
    "what left for a contact": lambda tx: departures.to_contact(tx, "C-1", at()),
    "what else waits for a contact": lambda tx: departures.rivals(tx, "C-1", "t1"),
    "how a mailbox does": lambda tx: departures.tally(tx, "main", at(), 500),
    "the last mail to a contact": lambda tx: departures.last_to(tx, "C-1"),
    "halted mailboxes": lambda tx: switches.load_many(tx, ["halted:main"]),
    "a reply": lambda tx: sends.by_message_id(tx, "<t1@example.org>"),
    "mail that waits": lambda tx: inbound.page(tx, waiting=True),
    "further mail that waits": lambda tx: inbound.page(tx, waiting=True, after=(at(), "IN-3")),
    "all mail that came in": lambda tx: inbound.page(tx),
    "mail about a deal": lambda tx: inbound.page(tx, deal_id="D-1"),
    "mail of a contact": lambda tx: inbound.page(tx, contact_id="C-1"),
    "a mail that is answered": lambda tx: inbound.by_message_id(tx, "<1@them.example>"),
    "whose an address is": lambda tx: aliases.owner_of(tx, "key"),
    "what a token stands for": lambda tx: aliases.stands_for(tx, "token", "deal"),
    "facts of contacts": lambda tx: contacts.facts(tx, ["C-1"], at()),
    "contacts": lambda tx: contacts.page(tx),
    "enrollments of a contact": lambda tx: enrollments.of_contact(tx, "C-1"),
    "enrollments of a cadence": lambda tx: enrollments.of_part(tx, "simple", "cadence:new-lead"),
    "tasks of a person": lambda tx: tasks.open_for(tx, "P-rep"),
    "tasks of a deal": lambda tx: tasks.of_deal(tx, "D-1"),
    "one nurture": lambda tx: nurtures.row(tx, "E-1"),
    "due nurtures": lambda tx: nurtures.due(tx, at(3)),
    "runs of a nurture": lambda tx: nurtures.page(tx, "care", "nurture:trial"),
    "unanswered commands": lambda tx: commands.unanswered(tx, at(3)),
    "waiting nudges": lambda tx: nudges.waiting(tx),
}

OF_ONE = {
    *("facts of contacts", "enrollments of a contact", "tasks of a deal", "mails of a contact"),
    *(
        "a mail that is answered",
        "open mails of a stream",
        "open mails of streams",
        "stagnant deals of an import",
        "the timeline of a contact",
    ),
    *("what a rule may know of a deal", "what rules may know of many"),
    *("a board under filters", "words on a board", "a board of stagnant deals"),
    *("a board of somebody's stagnant deals", "the feed of a stream"),
}
"""What belongs to one deal, contact or owner is few: its order may be made on the way.

So are the newest of a column, which are limited before they are looked through.
"""


def _sifted(tx: Tx, filters: Filters) -> None:
    columns.sift(tx, "simple", ["new", "contacted"], filters, 5, {"new": (at(), "D-3")})


def _facts(tx: Tx, deal_id: str) -> None:
    deal = deals.load(tx, deal_id)
    assert deal is not None
    situation.facts_for(tx, deal, at(1), timedelta())


def _facts_of_many(tx: Tx, deal_ids: list[str]) -> None:
    states = list(deals.load_many(tx, deal_ids).values())
    situation.facts_for_many(tx, states, at(1), timedelta())


@pytest.fixture(scope="module", params=["sqlite_databases", POSTGRES])
def lived_in(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store with a few rows, so that a planner has something to look at; one for all pages."""
    fresh: Fresh = request.getfixturevalue(request.param)
    with Store.open(fresh()) as store:
        with store.write() as tx:
            simple = parts(load(ROOT / "playbooks" / "simple.yaml").playbook)
            playbooks.publish(tx, "simple", simple, "test", at())
            for number in range(4):
                events = [*opening(contact=f"C-{number}"), enrolled(number), task(number)]
                record(tx, f"D-{number}", events, at(number))
            record(tx, "D-9", opening(contact="C-9"), at(9))
        yield store


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_served_by_an_index(lived_in: Store, page: str) -> None:
    with lived_in.read() as tx:
        if lived_in.dialect == "postgresql":
            # With four rows reading all of them is cheaper; it is not with a million.
            tx.execute(text("SET LOCAL enable_seqscan = off"))
        with asked_of(tx.engine) as asked:
            PAGES[page](tx)
        assert asked
        for statement, parameters in asked:
            told = plan(tx, statement, parameters)
            assert not unbounded(told, sorts=page in OF_ONE), f"{statement}\n{told}"
