"""Contacts, people and accounts: found by what people type, kept where it can be erased."""

import json

import pytest

from domain.refusal import Malformed, NotFound
from operations import accounts, contacts, people
from operations.fitting import fit
from operations.house import House
from tests.support.shortcut import ANN, OLGA, events_of, house, no_engine

__all__ = ["house", "no_engine"]


def add(house: House, email: str, **more: object) -> contacts.Added:
    wanted = fit(contacts.NewContact, {"email": email, **more})
    return contacts.add(house, wanted, actor="test")


def test_a_contact_is_found_however_its_address_is_written(house: House) -> None:
    its = contacts.id_of(house, ANN)
    assert contacts.id_of(house, "Ann@THEM.example") == its
    assert not add(house, "ANN@them.example").created
    assert contacts.show(house, its).email == ANN


def test_adding_a_known_address_changes_what_is_said_anew(house: House) -> None:
    told = add(house, ANN, zone="Europe/Warsaw", country="PL", facts={"persona": "ops"})
    assert (told.created, sorted(told.changed)) == (False, ["country", "facts", "zone"])
    assert add(house, ANN, zone="Europe/Warsaw").changed == ()
    shown = contacts.show(house, ANN)
    assert (shown.name, shown.zone, shown.country) == ("Ann Other", "Europe/Warsaw", "PL")
    last = events_of(house, f"contact/{shown.contact_id}")[-1]
    assert last.kind == "contact_changed"


def test_the_ledger_knows_no_address_and_no_name(house: House) -> None:
    add(house, ANN, name="Ann Someoneelse", account="Weir & Sons")
    told = events_of(house, f"contact/{contacts.id_of(house, ANN)}")
    said = json.dumps([one.event.model_dump(mode="json") for one in told])
    assert "ann" not in said.lower().replace("contact_changed", "").replace("changed", "")
    assert "weir" not in said.lower()


@pytest.mark.parametrize(
    ("email", "more", "fact", "where"),
    [
        ("", {}, "needs an address", "email"),
        ("ann\r\nBcc: x@y.example", {}, "U\\+000D", "email"),
        ("ann@them.example, bob@them.example", {}, "comma", "email"),
        ("x" * 300 + "@them.example", {}, "longest allowed", "email"),
        (ANN, {"name": "x" * 10_000}, "10000 characters long", "name"),
        (ANN, {"name": "Ann\u202eOther"}, "U\\+202E", "name"),
        (ANN, {"zone": "Europe/Warsav"}, "did you mean 'Europe/Warsaw'", "zone"),
        (ANN, {"country": "Poland"}, "two letters", "country"),
        (ANN, {"locale": "english please"}, "no language", "locale"),
        (ANN, {"consents": ("marketing:a b",)}, "no consent", "consent"),
        (ANN, {"source": "the fair"}, "one word", "source"),
    ],
)
def test_what_mail_may_not_carry_is_malformed_in_its_place(
    house: House, email: str, more: dict[str, object], fact: str, where: str
) -> None:
    before = contacts.list_all(house)
    with pytest.raises(Malformed, match=fact) as raised:
        add(house, email, **more)
    assert raised.value.where == where
    assert contacts.list_all(house) == before


def test_a_dry_run_adds_nobody(house: House) -> None:
    wanted = contacts.NewContact(email="new@them.example")
    assert contacts.add(house, wanted, actor="test", dry_run=True).created
    with pytest.raises(NotFound, match="add it first"):
        contacts.show(house, "new@them.example")


def test_a_repeated_command_id_answers_the_same_and_other_content_is_malformed(
    house: House,
) -> None:
    wanted = contacts.NewContact(email="new@them.example")
    one = contacts.add(house, wanted, actor="test", command_id="a-1")
    two = contacts.add(house, wanted, actor="test", command_id="a-1")
    assert one == two
    assert two.created
    other = contacts.NewContact(email="newer@them.example")
    with pytest.raises(Malformed, match="used for something else"):
        contacts.add(house, other, actor="test", command_id="a-1")


def test_a_person_has_a_manager_whom_we_know_and_groups(house: House) -> None:
    wanted = people.NewPerson(email="max@us.example", name="Max", manager=OLGA, groups=("crew",))
    told = people.add(house, wanted, actor="test", command_id="p-1")
    assert told.manager_id == people.show(house, OLGA).person_id
    assert people.add(house, wanted, actor="test", command_id="p-1") == told
    changed = people.NewPerson(email="max@us.example", zone="Europe/Warsaw")
    assert people.add(house, changed, actor="test").changed == ("zone",)
    assert [one.name for one in people.list_all(house)] == ["Max", "Olga Owner"]
    with pytest.raises(NotFound, match="no person"):
        people.add(
            house, people.NewPerson(email="x@us.example", name="X", manager="nobody"), actor="test"
        )
    bad = people.NewPerson(email="x@us.example", name="X", groups=("The Crew",))
    with pytest.raises(Malformed, match="no group"):
        people.add(house, bad, actor="test")
    with pytest.raises(Malformed, match="needs a name"):
        people.add(house, people.NewPerson(email="x@us.example"), actor="test")


def test_an_actor_is_a_word_or_a_person_and_never_an_address_in_the_ledger(house: House) -> None:
    assert people.actor_id(house, OLGA) == people.show(house, OLGA).person_id
    assert people.actor_id(house, "importer") == "importer"
    with pytest.raises(NotFound):
        people.actor_id(house, "stranger@us.example")
    with pytest.raises(Malformed, match="one word"):
        people.actor_id(house, "Olga Owner")


def test_two_spellings_are_one_account(house: House) -> None:
    one = accounts.add(house, "Weir & Sons")
    assert one.created
    two = accounts.add(house, "WEIR  and sons".replace("and", "&"))
    assert (two.account_id, two.created) == (one.account_id, False)
    assert accounts.show(house, "weir & sons").name == "Weir & Sons"
    with pytest.raises(Malformed, match="no letter"):
        accounts.add(house, "&&&")
