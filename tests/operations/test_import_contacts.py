"""Importing contacts: who came in, who did not and why, and that no bar is ever lifted."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.refusal import Malformed
from mail.address import address_key
from operations.house import House
from operations.importing.contacts import ContactsReport, import_contacts
from operations.stop_facts import unsubscribe
from store import contacts, ledger, suppression
from store.contacts import Contact
from tests.operations.test_imports import ENGAGED, deal, imported
from tests.support.houses import SECRET, opened_house

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HEAD = "Email,Name,Country,Time zone,Company,Consent,Consent date,Persona"
ANN = "ann@them.example,Ann Other,Poland,Europe/Warsaw,Acme,newsletter form,2026-01-15,ops"
BO = "bo@them.example,Bo Ng,TR,,,,,"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path, NOW) as opened:
        yield opened


def brought(house: House, *lines: str, head: str = HEAD, **more: Any) -> ContactsReport:
    file = house.config.data_dir / "contacts.csv"
    file.write_text("\n".join((head, *lines)), encoding="utf-8")
    return import_contacts(house, file, actor="test", **more)


def known(house: House, email: str) -> Contact:
    with house.store.read() as tx:
        found = contacts.by_email_key(tx, address_key(SECRET, email))
    assert found is not None
    return found


def test_contacts_come_in_with_country_zone_account_consent_and_facts(house: House) -> None:
    report = brought(house, ANN, BO)
    assert (report.rows, report.created, report.consents, report.rejected) == (2, 2, 1, ())
    ann = known(house, "ann@them.example")
    assert (ann.name, ann.country, ann.zone) == ("Ann Other", "PL", "Europe/Warsaw")
    assert ann.facts == {"persona": "ops"}
    assert ann.account_id is not None
    with house.store.read() as tx:
        [agreed] = contacts.consents_of(tx, ann.contact_id)
        told = " ".join(one.event.model_dump_json() for one in ledger.feed(tx, 0, 100))
    assert (agreed.purpose, agreed.basis) == ("marketing", "newsletter-form")
    assert agreed.given_at == datetime(2026, 1, 15, 12, tzinfo=UTC)
    assert "ann@" not in told
    assert "Other" not in told
    assert [note.count for note in report.notes if note.code == "no_consent"] == [1]


def test_the_same_file_twice_changes_nothing(house: House) -> None:
    brought(house, ANN, BO)
    with house.store.read() as tx:
        before = ledger.last_position(tx)
    again = brought(house, ANN, BO)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    with house.store.read() as tx:
        assert ledger.last_position(tx) == before


def test_a_dry_run_writes_nothing(house: House) -> None:
    plan = brought(house, ANN, BO, dry_run=True)
    assert (plan.created, plan.dry_run) == (2, True)
    with house.store.read() as tx:
        assert ledger.last_position(tx) == 0
        assert contacts.page(tx) == []


def test_what_cannot_be_read_is_rejected_with_its_line(house: House) -> None:
    report = brought(
        house,
        ANN,
        "not an address,Cy,PL,,,,,",
        "ANN@them.example,Ann Again,PL,,,,,",
        "dee@them.example,Dee,Atlantis,,,,,",
        "eve@them.example,Eve,PL,Europe/Nowhere,,,,",
        "fay@them.example,Fay,PL,,,form,2030-01-01,",
        "bad\x01@them.example,Gus,PL,,,,,",
        ",Hal,PL,,,,,",
    )
    assert report.created == 1
    told = {one.line: one.reason for one in report.rejected}
    assert list(told) == [3, 4, 5, 6, 7, 8, 9]
    assert told[4] == "the address stands in line 2 already"
    assert "Atlantis" in told[5]
    assert "Europe/Nowhere" in told[6]
    assert "still lies ahead" in told[7]
    assert "U+0001" in told[8]
    assert told[9] == "the address is blank"


def test_who_is_barred_is_named_and_stays_barred(house: House) -> None:
    brought(house, ANN)
    unsubscribe(house, "ann@them.example", actor="test", scope="marketing")
    report = brought(house, ANN)
    ann = known(house, "ann@them.example")
    assert [(one.line, one.contact_id) for one in report.suppressed] == [(2, ann.contact_id)]
    with house.store.read() as tx:
        assert suppression.find(tx, ann.email_key or "", "marketing") is not None
        [agreed] = contacts.consents_of(tx, ann.contact_id)
        assert agreed.withdrawn_at is not None


def test_a_contact_joins_the_deal_that_its_row_names(house: House) -> None:
    imported(house, ENGAGED)
    head = "email,name,opportunity_id"
    report = brought(house, "ann@them.example,Ann,A3", "bo@them.example,Bo,A99", head=head)
    assert report.linked == 1
    assert [note.count for note in report.notes if note.code == "no_deal"] == [1]
    assert deal(house, "A3").writes_to == known(house, "ann@them.example").contact_id
    assert brought(house, "ann@them.example,Ann,A3", head=head).unchanged == 1


def test_deals_with_a_reader_are_followed_up_when_asked(house: House) -> None:
    row = "A3,Max Other,GTX Pro,,Prospecting,2026-02-20,,"
    imported(house, row)
    brought(house, "ann@them.example,Ann,A3", head="email,name,deal")
    plan = imported(house, row, enroll="matching", dry_run=True)
    assert (plan.matching, plan.enrolled) == (1, 0)
    report = imported(house, row, enroll="matching")
    assert (report.matching, report.enrolled) == (1, 1)
    [one] = deal(house, "A3").active_enrollments
    assert one.part == "cadence:prospecting"
    assert imported(house, row, enroll="matching").matching == 0


def test_other_column_names_are_told_by_a_mapping(house: House) -> None:
    profile = house.config.data_dir / "ours.yaml"
    profile.write_text("mapping: ours\ncolumns: {email: Adres, name: Osoba}\nfacts: [Rola]\n")
    head = "Adres,Osoba,Rola,Inne"
    brought(house, "ann@them.example,Ann,ops,x", head=head, mapping=profile)
    ann = known(house, "ann@them.example")
    assert (ann.name, ann.facts) == ("Ann", {"rola": "ops"})


def test_without_a_column_of_addresses_nothing_is_read(house: House) -> None:
    with pytest.raises(Malformed, match='"email"; did you mean "E-Mial"'):
        brought(house, "x,y", head="E-Mial,Name")
