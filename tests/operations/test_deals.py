"""Opening deals, telling them things, and looking at them."""

import asyncio
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from domain import commands as c
from domain.refusal import Malformed, NotFound, Refused
from operations import accounts, board, commands, deals
from operations.fitting import command, fit
from operations.house import EngineUnreachable, House
from store import board as rows
from tests.support.shortcut import ANN, BOB, OLGA, events_of, house, no_engine, opened_deal

__all__ = ["house", "no_engine"]


async def test_opening_says_what_will_go_when(house: House) -> None:
    opening = deals.Opening(title="A boat", contacts=(ANN,), owner=OLGA)
    told = await deals.open_deal(house, opening, actor="test")
    first, second = told.next[0], told.next[1]
    assert (told.stage, told.version) == ("new", 5)
    assert (first.what, first.expected) == ("mail first-contact", False)
    assert (second.what, second.expected) == ("mail follow-up-1", True)
    assert first.at is not None
    assert second.at is not None
    assert 3 <= (second.at - first.at).total_seconds() / 86_400 <= 5
    assert [each.what for each in told.next if each.kind == "mail"][-1] == "mail break-up"


async def test_the_same_command_id_opens_the_same_deal(house: House) -> None:
    opening = deals.Opening(title="A boat", contacts=(ANN,))
    one = await deals.open_deal(house, opening, actor="test", command_id="o-1")
    two = await deals.open_deal(house, opening, actor="test", command_id="o-1")
    assert (one.deal_id, one.version) == (two.deal_id, two.version)
    other = deals.Opening(title="Another boat", contacts=(ANN,))
    with pytest.raises(Malformed, match="used for something else"):
        await deals.open_deal(house, other, actor="test", command_id="o-1")
    with house.store.read() as tx:
        assert rows.ids(tx) == [one.deal_id]


async def test_opening_with_a_mail_already_written_counts_it_as_touch_one(house: House) -> None:
    opening = deals.Opening(title="A boat", contacts=(ANN,), wrote_on="2026-02-27")
    told = await deals.open_deal(house, opening, actor="test")
    assert told.next[0].what == "mail follow-up-1"


async def test_who_asks_owns_the_deal_if_it_is_a_person(house: House) -> None:
    [olga] = events_of(house, "person/" + await _olga(house))
    opening = deals.Opening(title="A boat", contacts=(ANN,))
    told = await deals.open_deal(house, opening, actor=olga.event.person_id)
    shown = deals.show(house, told.deal_id)
    assert shown.owner is not None
    assert shown.owner.name == "Olga Owner"


async def _olga(house: House) -> str:
    from operations import people

    return (await asyncio.to_thread(people.show, house, OLGA)).person_id


@pytest.mark.parametrize(
    ("more", "error", "fact"),
    [
        ({"contacts": ("zoe@them.example",)}, NotFound, "no contact"),
        ({"contacts": ("ann@@them",)}, Malformed, "no usable address"),
        ({"owner": "max@us.example"}, NotFound, "no person"),
        ({"playbook": "simpel"}, NotFound, "no playbook"),
        ({"stage": "propsal"}, Refused, 'did you mean "proposal"'),
        ({"stage": "proposal"}, Refused, 'the gate of proposal wants "budget" filled in'),
        ({"title": "x" * 10_000}, Malformed, "title is 10000 characters long"),
        ({"amount": "many"}, Malformed, "no amount"),
        ({"currency": "euro"}, Malformed, "three capitals"),
        ({"wrote_on": "yesterday"}, Malformed, "write 2026-03-02"),
        ({"wrote_on": "2026-04-01"}, Refused, "cannot lie ahead"),
        ({"fields": {"bugdet": "5"}}, Refused, 'did you mean "budget"'),
    ],
)
async def test_what_cannot_be_opened_is_refused_with_the_fact_and_leaves_nothing(
    house: House, more: dict[str, object], error: type[Exception], fact: str
) -> None:
    told = {"title": "A boat", "contacts": (ANN,), "account": "Weir & Sons", **more}
    with pytest.raises(error, match=fact):
        await deals.open_deal(house, fit(deals.Opening, told), actor="test", command_id="o-1")
    with house.store.read() as tx:
        assert rows.ids(tx) == []
    with pytest.raises(NotFound):
        accounts.show(house, "Weir & Sons")
    with pytest.raises(NotFound):
        commands.show(house, "o-1")


async def test_a_closed_gate_says_what_it_wants_and_an_override_passes(house: House) -> None:
    deal_id = await opened_deal(house)
    with pytest.raises(Refused, match='wants "budget" filled in'):
        await deals.tell(house, deal_id, c.AdvanceDeal(stage="proposal"), actor="test")
    asked = c.AdvanceDeal(stage="proposal", override="the board knows them")
    told = await deals.tell(house, deal_id, asked, actor="test")
    assert told.stage == "proposal"
    assert deals.show(house, deal_id).sequences[-1].sequence == "proposal-chase"


async def test_a_dry_run_says_what_would_happen_and_keeps_nothing(house: House) -> None:
    deal_id = await opened_deal(house)
    before = events_of(house, f"deal/{deal_id}")
    would = deals.preview(house, deal_id, c.WinDeal())
    assert "Won" in would.would
    assert any(each.what == "mail welcome-1" for each in would.next)
    with pytest.raises(Refused, match="no lost reason"):
        deals.preview(house, deal_id, c.LoseDeal(reason="prize"))
    opening = deals.Opening(title="Another", contacts=(BOB,), account="Weir & Sons")
    assert deals.preview_opening(house, opening, actor="test").next[0].what == "mail first-contact"
    assert events_of(house, f"deal/{deal_id}") == before
    with house.store.read() as tx:
        assert rows.ids(tx) == [deal_id]


async def test_a_deal_is_shown_with_names_gate_and_texts(house: House) -> None:
    deal_id = await opened_deal(house, account="Weir & Sons", amount="4800.50", currency="EUR")
    await deals.tell(
        house, deal_id, c.ChangeDetails(fields={"need": "a lock", "budget": "5000"}), actor="test"
    )
    due = datetime(2026, 3, 5, 12, tzinfo=UTC)
    asked = c.MakePromise(due_at=due, what="the drawings")
    await deals.tell(house, deal_id, asked, actor="test")
    shown = deals.show(house, deal_id)
    assert shown.title == "A boat"
    assert shown.account is not None
    assert shown.account.name == "Weir & Sons"
    assert [one.name for one in shown.contacts] == ["Ann Other"]
    assert shown.fields == {"need": "a lock", "budget": "5000.00"}
    assert [one.what for one in shown.promises] == ["the drawings"]
    assert shown.next_gate is not None
    assert shown.next_gate.stage == "contacted"
    data = shown.model_dump(mode="json")
    wanted = {"deal_id", "title", "stage", "status", "paused", "stagnant", "version", "next"}
    assert wanted <= data.keys()
    assert {"at", "what", "why"} <= data["next"][0].keys()


async def test_lists_are_paged_and_filtered(house: House) -> None:
    ids = [await opened_deal(house, title=f"Boat {n}", contacts=(ANN,)) for n in range(3)]
    await deals.tell(house, ids[0], c.PauseDeal(), actor="test")
    first = deals.list_page(house, limit=2)
    rest = deals.list_page(house, limit=2, cursor=first.cursor)
    assert {row.deal_id for row in (*first.deals, *rest.deals)} == set(ids)
    assert rest.cursor is None
    assert [row.deal_id for row in deals.list_page(house, paused=True).deals] == [ids[0]]
    assert len(deals.list_page(house, owner=OLGA, contact=ANN, status="open").deals) == 3
    assert deals.list_page(house, contact=BOB).deals == ()
    with pytest.raises(Malformed, match="cursor"):
        deals.list_page(house, cursor="somewhere")


async def test_the_board_counts_what_it_does_not_show(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        await opened_deal(house, title=f"Boat {n}", amount="100", currency="EUR")
    monkeypatch.setattr(board, "CARDS", 2)
    laid = board.show(house)
    assert laid is not None
    column = next(each for each in laid.columns if each.stage == "new")
    assert (column.deals, len(column.cards)) == (3, 2)
    assert column.worth == (("EUR", Decimal(300)),)
    again = board.show(house, stage="new", after=column.more)
    assert again is not None
    [rest] = next(each for each in again.columns if each.stage == "new").cards
    assert rest.deal_id not in [card.deal_id for card in column.cards]
    assert [each.stage for each in laid.columns][-2:] == ["onboarding", "customer"]


async def test_the_board_asks_a_handful_of_questions_however_many_stages(house: House) -> None:
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    for stage in ("new", "contacted", "proposal", "negotiation"):
        deal_id = await opened_deal(house, title=stage)
        if stage != "new":
            moved = c.AdvanceDeal(stage=stage, override="for the test")
            await deals.tell(house, deal_id, moved, actor="test")
    board.show(house)
    with house.store.read() as tx:
        engine = tx.engine
    event.listen(engine, "before_cursor_execute", note)
    laid = board.show(house)
    event.remove(engine, "before_cursor_execute", note)
    assert laid is not None
    assert [len(one.cards) for one in laid.columns] == [1, 1, 1, 1, 0, 0]
    assert len(asked) <= 19, "\n".join(asked)


async def test_an_activity_that_nobody_knows_is_malformed(house: House) -> None:
    deal_id = await opened_deal(house)
    with pytest.raises(Malformed, match='did you mean "meeting"'):
        await deals.tell(house, deal_id, c.LogActivity(activity="meting"), actor="test")


async def test_a_bare_date_is_the_start_of_the_working_day(house: House) -> None:
    deal_id = await opened_deal(house)
    at, said = deals.moment(house, deal_id, "2026-03-07", "--until")
    assert at == datetime(2026, 3, 9, 9, tzinfo=UTC)  # a Saturday is no working day
    assert said == "Mon 09 Mar 2026 09:00 Europe/London"
    at, _ = deals.moment(house, deal_id, "2026-02-28", "--at", past=True)
    assert at == datetime(2026, 2, 28, 9, tzinfo=UTC)
    at, _ = deals.moment(house, deal_id, "2026-04-07T10:00", "--until")
    assert at == datetime(2026, 4, 7, 9, tzinfo=UTC)  # an hour without an offset is London's


async def test_a_locked_database_is_unreachable_and_nothing_is_half_done(house: House) -> None:
    deal_id = await opened_deal(house)
    before = events_of(house, f"deal/{deal_id}")
    quick = House(house.config)
    quick.store = type(house.store)(house.store.url, wait_s=0.1)
    locker = sqlite3.connect(str(house.store.url.database), isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    try:
        for asked in (c.RecordReply(), c.PauseDeal()):
            with pytest.raises(EngineUnreachable, match="locked"):
                await deals.tell(quick, deal_id, asked, actor="test", command_id="x-1")
    finally:
        locker.execute("ROLLBACK")
        locker.close()
        quick.close()
    assert events_of(house, f"deal/{deal_id}") == before
    with pytest.raises(NotFound):
        commands.show(house, "x-1")


async def test_a_command_can_be_asked_for_by_its_id(house: House) -> None:
    deal_id = await opened_deal(house)
    await deals.tell(house, deal_id, c.PauseDeal(), actor="test", command_id="p-1")
    shown = commands.show(house, "p-1")
    assert (shown.status, shown.deal_id, shown.kind) == ("done", deal_id, "pause_deal")
    again = await deals.tell(house, deal_id, c.PauseDeal(), actor="test", command_id="p-1")
    assert again.version == shown.version


def test_a_command_that_cannot_be_read_says_where() -> None:
    with pytest.raises(Malformed, match="kind names no command"):
        command({"kind": "sell_deal"})
    with pytest.raises(Malformed, match="stage is missing"):
        command({"kind": "advance_deal"})
    with pytest.raises(Malformed, match="is not known here"):
        command({"kind": "resume_deal", "now": True})
    with pytest.raises(Malformed, match="at most 10000 fit"):
        command({"kind": "pause_deal", "note": "x" * 3_000_000})
