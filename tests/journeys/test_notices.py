"""What our own people are told, read in the mails that reach them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain import commands as c
from domain.playbooks.parts import parts
from operations.authoring.files import load_text
from store import people, playbooks
from store.people import Person
from tests.journeys.test_morning import SIMPLE, lines_of, live
from tests.support.household import ROOT, Household
from tests.support.houses import shipped
from tests.support.moments import at
from tests.support.sink import Caught, Sink


@pytest.fixture
def shop(house: Household) -> Household:
    """A house with the playbook that hands over to another group, and one person in it."""
    with house.store.write() as tx:
        for name in ("simple", "prospecting-to-delivery"):
            loaded = shipped(ROOT / "playbooks" / f"{name}.yaml")
            playbooks.publish(tx, name, parts(loaded), "test", house.watch.now)
        carla = Person(
            person_id="P-3",
            name="Carla Care",
            email="carla@us.example",
            created_at=house.watch.now,
            groups=("customer-success",),
        )
        people.add(tx, carla)
    return house


def to(sink: Sink, recipient: str) -> list[Caught]:
    return [one for one in sink.messages if one.recipient == recipient]


async def test_a_hand_over_says_who_sold_it_why_we_won_and_whom_to_call(
    shop: Household, sink: Sink
) -> None:
    deal = shop.open(playbook="prospecting-to-delivery", title="A boat", enroll=False)
    shop.ask(c.ChangeDetails(amount=Decimal(12000), currency="EUR", product="Ketch"), deal)
    shop.ask(c.WinDeal(reason="Delivery before summer", override="Agreed"), deal)
    await live(shop, [deal], at(hours=2))
    (mail,) = to(sink, "carla@us.example")
    assert mail.parsed["Subject"] == "Hand-over: A boat"
    assert lines_of(mail)[:-1] == [
        "Hello Carla,",
        "A boat was won by Olga Owner and is yours to look after now. Please get in touch with"
        " the customer by Wed, Mar 4.",
        "* Customer: not named",
        "* Product: Ketch",
        "* Amount: \u20ac12,000",
        "* Why we won: Delivery before summer",
        "* Contact: Ann Other, ann@them.example",
        "What was promised and what matters to them, Olga knows best: olga@us.example.",
        "Open the deal",
    ]
    (welcome,) = to(sink, "ann@them.example")
    assert welcome.parsed["From"] == "Carla Care <sales@us.example>"
    assert shop.deal(deal).to_tell == ()


async def test_a_notice_that_an_answer_asks_for_reaches_its_person(
    shop: Household, sink: Sink
) -> None:
    """Outcomes of a command are told as those of a wake-up are, and once."""
    text = SIMPLE.read_text().replace(
        "if_no_answer: {task", "if_answered: {notify: manager}\n    if_no_answer: {task"
    )
    answered = load_text(text.replace("playbook: simple", "playbook: answered")).playbook
    with shop.store.write() as tx:
        playbooks.publish(tx, "answered", parts(answered), "test", shop.watch.now)
    deal = shop.open(playbook="answered", title="A boat")
    await live(shop, [deal], at(hours=2))
    receipt = shop.ask(c.RecordReply(contact_id="C-1"), deal)
    assert receipt.due
    for _ in range(2):
        await live(shop, [deal], shop.watch.now)
    (mail,) = to(sink, "max@us.example")
    assert mail.parsed["Subject"] == "Follow-up was answered: A boat"


async def test_a_reminder_of_a_cadence_says_what_it_is_about(shop: Household, sink: Sink) -> None:
    deal = shop.open(playbook="simple", title="A boat", enroll=False)
    shop.ask(c.ChangeDetails(fields={"budget": "100"}), deal)
    shop.ask(c.AdvanceDeal(stage="proposal"), deal)
    await live(shop, [deal], at(5))
    (mail,) = to(sink, "olga@us.example")
    assert mail.parsed["Subject"] == "No answer yet: A boat"
    assert lines_of(mail)[1:-2] == [
        "No answer yet: A boat",
        "* Deal: A boat (proposal)",
        "* Contact: Ann Other",
        "* Why: proposal-chase reminds you; it stops when they answer",
    ]


@pytest.mark.parametrize(
    ("locale", "subject", "why"),
    [
        ("pl", "Wciąż bez odpowiedzi: A boat", "przypomina o tym proposal-chase"),
        ("zh-CN", "\u5c1a\u65e0\u56de\u590d\uff1aA boat", "proposal-chase 提醒您"),
    ],
)
async def test_a_reminder_speaks_the_language_of_its_reader(
    shop: Household, sink: Sink, locale: str, subject: str, why: str
) -> None:
    with shop.store.write() as tx:
        olga = people.load(tx, "P-1")
        assert olga is not None
        people.save(tx, replace(olga, locale=locale))
    deal = shop.open(playbook="simple", title="A boat", enroll=False)
    shop.ask(c.ChangeDetails(fields={"budget": "100"}), deal)
    shop.ask(c.AdvanceDeal(stage="proposal"), deal)
    await live(shop, [deal], at(5))
    (mail,) = to(sink, "olga@us.example")
    assert mail.parsed["Subject"] == subject
    assert why in " ".join(lines_of(mail))
    assert not {"answer", "reminds"} & set(" ".join(lines_of(mail)).split())


async def test_the_second_reminder_is_called_by_what_it_says_and_not_by_its_role(
    shop: Household, sink: Sink
) -> None:
    """Two steps may not share a name, so the second is `named: owner-again`."""
    text = SIMPLE.read_text().replace("{notify: owner", "{notify: owner, named: owner-again")
    again = load_text(text.replace("playbook: simple", "playbook: again")).playbook
    with shop.store.write() as tx:
        playbooks.publish(tx, "again", parts(again), "test", shop.watch.now)
    deal = shop.open(playbook="again", title="A boat", enroll=False)
    shop.ask(c.ChangeDetails(fields={"budget": "100"}), deal)
    shop.ask(c.AdvanceDeal(stage="proposal"), deal)
    await live(shop, [deal], at(5))
    (mail,) = to(sink, "olga@us.example")
    assert mail.parsed["Subject"] == "No answer yet: A boat"


async def test_a_promise_is_brought_to_mind_before_and_flagged_after_its_date(
    shop: Household, sink: Sink
) -> None:
    deal = shop.open(playbook="simple", title="A boat", enroll=False)
    shop.ask(c.MakePromise(due_at=at(2), what="Send the drawing"), deal)
    await live(shop, [deal], at(3))
    soon, late = to(sink, "olga@us.example")
    assert soon.parsed["Subject"] == "Due soon: Send the drawing"
    assert soon.parsed["Date"].startswith("Tue, 03 Mar 2026 09:00")
    assert late.parsed["Subject"] == "Overdue: Send the drawing"
    assert late.parsed["Date"].startswith("Wed, 04 Mar 2026 09:00")
    assert "Anchor" not in " ".join(lines_of(late))


async def test_a_deal_gone_quiet_is_told_to_its_owner_then_to_the_manager(
    shop: Household, sink: Sink
) -> None:
    deal = shop.open(playbook="simple", title="A boat", enroll=False)
    await live(shop, [deal], at(14))
    (olga,), (max_,) = to(sink, "olga@us.example"), to(sink, "max@us.example")
    assert olga.parsed["Date"].startswith("Mon, 09 Mar 2026 10:00")
    assert max_.parsed["Date"].startswith("Thu, 12 Mar 2026 10:00")
    assert lines_of(olga)[1] == "Your deal A boat has gone quiet in new:"
    assert lines_of(max_)[1] == "A boat, a deal of Olga Owner, has gone quiet in new:"
    for mail in (olga, max_):
        assert lines_of(mail)[2] == "* no word from the other side since Mar 2, 2026"
