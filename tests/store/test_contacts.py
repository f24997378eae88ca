"""Contacts, consents, suppression and tokens: who may be written to, and who may not."""

import threading
from dataclasses import replace

import pytest

from domain.permission import blocked
from store import contacts, suppression, tokens
from store.contacts import Consent, Contact
from store.database import Store
from store.errors import Unreachable
from store.tokens import Token
from tests.support.moments import at
from tests.support.stories import enrolled, opening, record

ANA = Contact(
    contact_id="C-1",
    created_at=at(),
    email="ana@example.org",
    email_key="key-ana",
    name="Ana Ñandú",
    zone="Europe/Madrid",
    country="ES",
    locale="es",
    facts={"persona": "ops", "seats": 12},
    source="import",
)


def test_a_contact_comes_back_as_it_was_kept(store: Store) -> None:
    with store.write() as tx:
        assert contacts.add(tx, ANA)
        assert contacts.load(tx, "C-1") == ANA
        assert contacts.by_email_key(tx, "key-ana") == ANA
        assert contacts.known_keys(tx, ["key-ana", "key-bo"]) == {"key-ana": "C-1"}
        assert contacts.load(tx, "C-2") is None
        contacts.save(tx, replace(ANA, zone="Europe/Lisbon"))
        assert contacts.load_many(tx, ["C-1", "C-9"]) == {"C-1": replace(ANA, zone="Europe/Lisbon")}


def test_an_address_belongs_to_one_contact(store: Store) -> None:
    with store.write() as tx:
        assert contacts.add(tx, ANA)
        assert not contacts.add(tx, replace(ANA, contact_id="C-2"))
        assert not contacts.add(tx, replace(ANA, email_key="key-other"))
        nameless = {"email": None, "email_key": None}
        assert contacts.add(tx, replace(ANA, contact_id="C-3", **nameless))
        assert contacts.add(tx, replace(ANA, contact_id="C-4", **nameless))


def test_contacts_are_read_page_by_page(store: Store) -> None:
    with store.write() as tx:
        for number in range(5):
            one = replace(ANA, contact_id=f"C-{number}", email_key=None, created_at=at(number // 2))
            contacts.add(tx, replace(one, country="PT" if number == 3 else "ES"))
        first = contacts.page(tx, limit=3)
        assert [one.contact_id for one in first] == ["C-0", "C-1", "C-2"]
        rest = contacts.page(tx, after=(first[-1].created_at, "C-2"))
        assert [one.contact_id for one in rest] == ["C-3", "C-4"]
        assert [one.contact_id for one in contacts.page(tx, country="PT")] == ["C-3"]


def test_a_forgotten_contact_keeps_its_id_alone(store: Store) -> None:
    with store.write() as tx:
        contacts.add(tx, ANA)
        tokens.issue(tx, Token("tok", "C-1", "sales", "deal/D-1", at()))
        suppression.add(tx, "key-ana", "erasure", at())
        assert contacts.forget(tx, "C-1", at(3))
        assert tokens.erase_of(tx, "C-1") == 1
        assert not contacts.forget(tx, "C-2", at(3))
        kept = contacts.load(tx, "C-1")
        assert contacts.page(tx) == []
        assert suppression.find(tx, "key-ana", "sales") is not None
    assert kept is not None
    assert kept.forgotten_at == at(3)
    assert {kept.email, kept.email_key, kept.name, kept.locale, kept.source} == {None}
    assert kept.facts == {}


def test_a_rule_sees_no_name_and_no_address(store: Store) -> None:
    with store.write() as tx:
        contacts.add(tx, ANA)
        contacts.agree(tx, _consent("marketing"))
        record(tx, "D-1", [*opening(), enrolled()])
        facts = contacts.facts(tx, ["C-1", "C-9"], at(1))
    assert list(facts) == ["C-1"]
    one = facts["C-1"]
    assert (one.zone, one.country, one.has_address, one.in_cadence) == (
        "Europe/Madrid",
        "ES",
        True,
        True,
    )
    assert one.consents == {"marketing"}
    assert one.about == {"persona": "ops", "seats": "12"}
    assert "ana" not in repr(one).lower()


def _consent(purpose: str) -> Consent:
    return Consent(contact_id="C-1", purpose=purpose, basis="express", given_at=at())


def test_a_consent_holds_from_its_beginning_to_its_end(store: Store) -> None:
    def holds(day: float) -> bool:
        with store.read() as tx:
            return "marketing" in contacts.facts(tx, ["C-1"], at(day))["C-1"].consents

    with store.write() as tx:
        contacts.add(tx, ANA)
        contacts.agree(tx, replace(_consent("marketing"), given_at=at(1), expires_at=at(5)))
    assert [holds(day) for day in (0, 1, 4, 5)] == [False, True, True, False]
    with store.write() as tx:
        assert contacts.withdraw(tx, "C-1", "marketing", at(3)) == 1
        assert contacts.withdraw(tx, "C-1", "*", at(4)) == 0
    assert [holds(day) for day in (2, 3)] == [True, False]
    with store.write() as tx:
        contacts.agree(tx, replace(_consent("marketing"), given_at=at(6)))
        assert [one.withdrawn_at for one in contacts.consents_of(tx, "C-1")] == [None]
    assert holds(7)


@pytest.mark.parametrize(
    ("reason", "scope", "bars_sales", "bars_marketing"),
    [
        ("unsubscribed", "*", "opt_out", "opt_out"),
        ("unsubscribed", "marketing", None, "opt_out"),
        ("hard_bounce", "*", "hard_bounce", "hard_bounce"),
        ("complaint", "*", "complaint", "complaint"),
    ],
)
def test_a_barred_address_bars_the_contact(
    store: Store, reason: str, scope: str, bars_sales: str | None, bars_marketing: str | None
) -> None:
    with store.write() as tx:
        contacts.add(tx, ANA)
        contacts.agree(tx, _consent("marketing"))
        assert suppression.add(tx, "key-ana", reason, at(), scope, position=7)
        one = contacts.facts(tx, ["C-1"], at(1))["C-1"]
        found = suppression.find(tx, "key-ana", "marketing")
    assert blocked(one, "sales") == bars_sales
    assert blocked(one, "marketing") == bars_marketing
    assert found is not None
    assert (found.reason, found.since, found.position) == (reason, at(), 7)


def test_a_bar_for_good_takes_the_place_of_a_wish_and_never_the_other_way(store: Store) -> None:
    with store.write() as tx:
        assert suppression.add(tx, "key", "unsubscribed", at())
        assert not suppression.add(tx, "key", "unsubscribed", at(1))
        assert suppression.add(tx, "key", "complaint", at(2))
        assert not suppression.add(tx, "key", "unsubscribed", at(3))
        found = suppression.find(tx, "key", "sales")
        assert found is not None
        assert (found.reason, found.since) == ("complaint", at(2))
        assert suppression.lift(tx, "key")
        assert not suppression.lift(tx, "key")
        assert suppression.find(tx, "key", "sales") is None


def test_a_token_says_whose_it_is_and_for_what(store: Store) -> None:
    token = Token("opaque", "C-1", "sales", "deal/D-1", at())
    with store.write() as tx:
        assert tokens.issue(tx, token)
        assert not tokens.issue(tx, replace(token, contact_id="C-2"))
        assert tokens.find(tx, "opaque") == token
        assert tokens.find(tx, "guessed") is None


@pytest.mark.postgres
def test_a_stop_fact_and_a_send_wait_for_each_other(postgres_store: Store) -> None:
    """Both lock the contact first, so one of them sees what the other committed."""
    with postgres_store.write() as tx:
        contacts.add(tx, ANA)
    held, order = threading.Event(), []

    def unsubscribe() -> None:
        held.wait(5)
        with postgres_store.write() as tx:
            contacts.lock(tx, "C-1")
            order.append("unsubscribe")

    other = threading.Thread(target=unsubscribe)
    other.start()
    with postgres_store.write() as tx:
        assert contacts.lock(tx, "C-1")
        held.set()
        url = postgres_store.url.render_as_string(hide_password=False)
        with (
            Store.open(url, wait_s=0.1) as impatient,
            pytest.raises(Unreachable, match="locked"),
            impatient.write() as third,
        ):
            contacts.lock(third, "C-1")
        order.append("send")
    other.join()
    assert order == ["send", "unsubscribe"]
