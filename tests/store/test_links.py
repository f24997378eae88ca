"""Links and clicks in both databases: kept once, judged beside each other, erased with a person."""

import re
from datetime import datetime, timedelta

from domain.clicks import BURST
from store import erasing, links, sends
from store.database import Store
from store.erasing import Person
from store.links import CLICKS_MAX, Click, Link
from store.sends import Send
from tests.support.moments import at

ADDRESS = "ann_o'neil%@them.example"


def link(its_id: str, touch_id: str = "T-1", contact_id: str = "C-1", url: str = "") -> Link:
    position = int(its_id[-1])
    target = url or f"https://a.example/{its_id}"
    return Link(
        link_id=its_id, touch_id=touch_id, contact_id=contact_id, position=position, url=target
    )


def clicked(store: Store, its_id: str, when: datetime) -> bool:
    with store.write() as tx:
        one = links.find(tx, its_id) or link(its_id)
        return links.add_click(tx, one, Click(link_id=its_id, at=when, recorded_at=when), BURST)


def reasons(store: Store, touch_id: str = "T-1") -> list[str | None]:
    with store.read() as tx:
        return [one.why_not for one in links.clicks_of(tx, touch_id)]


def test_a_link_is_kept_as_it_was_written_first(store: Store) -> None:
    with store.write() as tx:
        links.keep(tx, [link("l1"), link("l2")])
        links.keep(tx, [link("l1", url="https://evil.example")])
        assert links.find(tx, "l1") == link("l1")
        assert links.of_mail(tx, "T-1") == [link("l1"), link("l2")]
        assert links.find(tx, "l3") is None


def test_two_links_of_one_mail_at_once_are_a_program(store: Store) -> None:
    with store.write() as tx:
        links.keep(tx, [link("l1"), link("l2"), link("o1", "T-2")])
    for its_id, seconds in (("l1", 0), ("l1", 0.5), ("o1", 0.6), ("l2", 1), ("l1", 60)):
        assert clicked(store, its_id, at() + timedelta(seconds=seconds))
    assert reasons(store) == ["burst", "burst", "burst", None]
    assert reasons(store, "T-2") == [None]


def test_two_links_one_after_the_other_are_a_person(store: Store) -> None:
    with store.write() as tx:
        links.keep(tx, [link("l1"), link("l2")])
    clicked(store, "l1", at())
    clicked(store, "l2", at() + BURST)
    assert reasons(store) == [None, None]


def test_a_link_that_is_followed_for_ever_fills_nothing(store: Store) -> None:
    with store.write() as tx:
        links.keep(tx, [link("l1")])
    kept = [clicked(store, "l1", at() + timedelta(hours=n)) for n in range(CLICKS_MAX + 2)]
    assert kept == [True] * CLICKS_MAX + [False, False]
    assert len(reasons(store)) == CLICKS_MAX


def test_a_click_on_a_link_that_is_gone_is_not_kept(store: Store) -> None:
    assert not clicked(store, "l1", at())
    assert reasons(store) == []


def test_links_go_with_their_person_and_with_what_names_them(store: Store) -> None:
    coded = "https://a.example/?to=ann_o%27neil%25%40them.example"
    with store.write() as tx:
        mail = {"template": "t", "purpose": "sales", "planned_at": at(), "contact_id": "C-2"}
        for its_id, stream in (("T-2", "deal/D-1"), ("T-3", "deal/D-9")):
            told = {**mail, "touch_id": its_id, "stream": stream, "deal_id": stream[5:]}
            sends.plan(tx, Send(message_id=f"<{its_id}@x>", **told))  # type: ignore[arg-type]
        links.keep(
            tx,
            [
                link("hers1"),
                link("deal1", "T-2", "C-2", "https://a.example/?for=Ann+Other"),
                link("deal2", "T-2", "C-2", "https://a.example/other"),
                link("else1", "T-3", "C-2", "https://a.example/?for=Ann+Other"),
                link("else2", "T-3", "C-2", coded),
                link("told1", "T-4", "C-2"),
            ],
        )
    clicked(store, "hers1", at())
    clicked(store, "deal2", at())
    person = Person("C-1", ADDRESS, ["D-1"], [], [], re.compile("ann other", re.IGNORECASE))
    with store.write() as tx:
        assert erasing.links(tx, person, ["T-4"]) == 4
        left = [
            one.link_id for its in ("T-1", "T-2", "T-3", "T-4") for one in links.of_mail(tx, its)
        ]
        assert left == ["deal2", "else1"]
        links.keep(tx, [link("hers1")])
        assert links.clicks_of(tx, "T-1") == []
        assert len(links.clicks_of(tx, "T-2")) == 1
        assert erasing.links(tx, person, []) == 1
