"""The board and the stagnant deals of a house with 10,000 of them: found by index, and bounded."""

from collections.abc import Iterator

import pytest

from operations import board, deal_page, feed, stagnant
from operations.board import Asked
from operations.house import House
from store import columns, people, totals
from store.people import Person
from tests.support.crowd import OWNERS, PRODUCTS, crowd
from tests.support.houses import opened_house
from tests.support.plans import asked_of, plan, unbounded
from tests.support.town import NOW

MANY = 10_000

VIEWS = {
    "everything": Asked(),
    "one owner": Asked(owner_id=OWNERS[3]),
    "a product": Asked(product=PRODUCTS[3]),
    "a size": Asked(size="10k-100k"),
    "stagnant": Asked(stagnant=True),
    "words": Asked(text="boat 77"),
    "all at once": Asked(owner_id=OWNERS[0], product="Barge", size="1k-10k", text="many"),
    "nothing": Asked(text="nowhere"),
}


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with 10,000 open deals of forty owners; one for all tests, which only look."""
    with opened_house(tmp_path_factory.mktemp("crowded"), NOW, ("simple",)) as house:
        with house.store.write() as tx:
            for number, its_id in enumerate(OWNERS):
                people.add(tx, Person(person_id=its_id, name=f"Rep {number}", created_at=NOW))
            crowd(tx, MANY, NOW)
        yield house


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_of_10_000_deals_asks_little_and_reads_no_table(crowded: House, view: str) -> None:
    board.show(crowded, asked=VIEWS[view])
    with asked_of() as asked:
        found = board.show(crowded, asked=VIEWS[view])
    assert found is not None
    assert len(asked) <= 20, [statement for statement, _ in asked]
    assert all(len(column.cards) <= board.CARDS for column in found.columns)
    _well_planned(crowded, asked)


@pytest.mark.parametrize("by", ["owner", "stage"])
def test_what_is_stagnant_among_10_000_asks_little(crowded: House, by: str) -> None:
    stagnant.show(crowded, by)
    with asked_of() as asked:
        found = stagnant.show(crowded, by)
    assert len(asked) <= 20, [statement for statement, _ in asked]
    assert found.deals == MANY // 5
    assert all(len(group.lines) <= stagnant.BEST for group in found.groups)
    _well_planned(crowded, asked)


def test_the_page_of_a_deal_and_the_feed_read_no_table(crowded: House) -> None:
    deal_page.of(crowded, "D-000007")
    with asked_of() as asked:
        assert deal_page.of(crowded, "D-000007").deal.deal_id == "D-000007"
        feed.page(crowded, after=3, kinds=["deal_won"])
    assert len(asked) <= 40, [statement for statement, _ in asked]
    _well_planned(crowded, asked)


def _well_planned(house: House, asked: list[tuple[str, object]]) -> None:
    with house.store.read() as tx:
        for statement, parameters in asked:
            if not statement.startswith(("SELECT", "WITH")) or "FROM" not in statement:
                continue
            told = plan(tx, statement, parameters)
            of_many = "deal" in statement or "events" in statement
            assert not (of_many and unbounded(told, sorts=True)), f"{statement}\n{told}"


def test_counts_are_those_that_counting_all_gives(crowded: House) -> None:
    with crowded.store.read() as tx:
        kept = totals.counted(tx)
    everything = board.show(crowded)
    assert everything is not None
    assert {one.stage: one.deals for one in everything.columns if one.deals} == {
        stage: sum(one.deals for one in kept if one.stage == stage)
        for stage in {one.stage for one in kept}
    }
    sifted = [board.show(crowded, asked=Asked(product=one)) for one in PRODUCTS]
    told = [one for found in sifted if found for one in found.columns]
    assert all(column.newest is None for column in told), "everything was looked at"
    assert sum(column.deals for column in told) == MANY
    worth = sum(amount for column in told for _, amount in column.worth)
    assert worth == sum(one.amount for one in kept)


def test_a_view_is_turned_page_by_page_until_it_ends(crowded: House) -> None:
    asked, seen = Asked(product="Barge", owner_id=OWNERS[2]), list[str]()
    place: str | None = None
    while True:
        found = board.show(crowded, asked=asked, stage="new", after=place)
        assert found is not None
        (column,) = [one for one in found.columns if one.stage == "new"]
        seen += [card.deal_id for card in column.cards]
        if column.more is None:
            break
        place = column.more
    assert len(seen) == len(set(seen)) == column.deals > board.CARDS
    assert seen == sorted(seen), "the newest first, and nothing twice"


@pytest.mark.parametrize("view", ["everything", "one owner", "a product"])
def test_a_column_that_is_turned_shows_more_than_those_beside_it(crowded: House, view: str) -> None:
    first = board.show(crowded, asked=VIEWS[view])
    assert first is not None
    before = first.columns[0]
    with asked_of() as asked:
        found = board.show(crowded, asked=VIEWS[view], stage=before.stage, after=before.more)
    assert found is not None
    turned, *others = found.columns
    shown = [card.deal_id for card in before.cards] + [card.deal_id for card in turned.cards]
    assert len(turned.cards) == min(board.FURTHER, before.deals - board.CARDS) > board.CARDS
    assert len(set(shown)) == len(shown)
    assert shown == sorted(shown), "the newest first, and none left out between"
    assert [one.cards for one in others] == [one.cards for one in first.columns[1:]]
    _well_planned(crowded, asked)
    if turned.more is not None:
        found = board.show(crowded, asked=VIEWS[view], stage=before.stage, after=turned.more)
        assert found is not None
        assert found.columns[0].cards[0].deal_id > shown[-1]


def test_looking_ends_and_says_where(crowded: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "LOOK", 100)
    asked = Asked(text="Boat 9876 of")
    found = board.show(crowded, asked=asked)
    assert found is not None
    (column,) = [one for one in found.columns if one.stage == "new"]
    assert (column.deals, column.cards, column.newest) == (0, (), 100)
    turned = 0
    while not column.cards:
        assert column.more is not None
        found = board.show(crowded, asked=asked, stage="new", after=column.more)
        assert found is not None
        (column,) = [one for one in found.columns if one.stage == "new"]
        turned += 1
    assert [card.title for card in column.cards] == ["Boat 9876 of many"]
    assert turned == 24, "the 2,469th of its column stands in the 25th hundred"


def test_the_costliest_of_each_group_comes_first(crowded: House) -> None:
    found = stagnant.show(crowded, "stage")
    assert found.mixed
    assert found.ranked == found.deals
    assert sum(one.deals for one in (*found.groups, *found.others)) == found.deals
    for group in found.groups:
        least = min(line.days_over for line in group.lines)
        with_amount = [line for line in group.lines if line.card.amount]
        assert with_amount == list(group.lines)
        assert least >= 0
    key = found.groups[0].key
    pages = [stagnant.show(crowded, "stage", group=key, page=n).groups[0] for n in (1, 2)]
    first, second = ([line.card.deal_id for line in one.lines] for one in pages)
    assert (len(first), set(first) & set(second)) == (stagnant.PAGE, set())
    assert first[: stagnant.BEST] == [one.card.deal_id for one in found.groups[0].lines]
