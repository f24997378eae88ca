"""People, accounts and the small tables of the machinery."""

from dataclasses import replace

from sqlalchemy import text

from store import accounts, imports, nudges, people, switches
from store.accounts import Account
from store.database import Store
from store.imports import Imported
from store.people import Person
from store.switches import MAIL_STOPPED, Switch
from tests.support.moments import at
from tests.support.plans import asked_of, plan

REP = Person(
    person_id="P-1",
    name="Kim Lee",
    created_at=at(),
    email="kim@example.org",
    zone="Asia/Seoul",
    country="KR",
    manager_id="P-2",
    groups=("sales", "emea"),
)
ACME = Account(
    account_id="A-1", name="Acme", name_key="acme", created_at=at(), facts={"sector": "retail"}
)


def test_a_person_comes_back_as_it_was_kept(store: Store) -> None:
    with store.write() as tx:
        assert people.add(tx, REP)
        assert not people.add(tx, replace(REP, name="Other"))
        assert people.load(tx, "P-1") == REP
        assert people.by_email(tx, "kim@example.org") == REP
        assert people.load(tx, "P-9") is None
        people.save(tx, replace(REP, manager_id=None, groups=()))
        assert people.load_many(tx, ["P-1", "P-9"]) == {
            "P-1": replace(REP, manager_id=None, groups=())
        }


def test_groups_hold_only_those_who_still_work_here(store: Store) -> None:
    with store.write() as tx:
        people.add(tx, REP)
        people.add(tx, replace(REP, person_id="P-0", name="Ada", groups=("sales",)))
        people.add(tx, replace(REP, person_id="P-3", name="Gone", active=False))
        assert people.groups(tx) == {"sales": ("P-0", "P-1"), "emea": ("P-1",)}
        assert [one.name for one in people.all_of(tx)] == ["Ada", "Kim Lee"]
        assert len(people.all_of(tx, active=False)) == 3


def test_who_is_in_no_group_is_not_looked_at(store: Store) -> None:
    with store.write() as tx:
        people.add(tx, REP)
        if store.dialect == "postgresql":  # with one row reading it all is cheaper
            tx.execute(text("SET LOCAL enable_seqscan = off"))
        with asked_of(tx.engine) as asked:
            people.groups(tx)
        assert "ix_people_grouped" in plan(tx, *asked[-1])


def test_two_spellings_of_a_company_are_one_account(store: Store) -> None:
    with store.write() as tx:
        assert accounts.add(tx, ACME)
        assert not accounts.add(tx, replace(ACME, account_id="A-2", name="ACME"))
        assert accounts.by_name_key(tx, "acme") == ACME
        assert accounts.load(tx, "A-2") is None
        accounts.save(tx, replace(ACME, country="PL"))
        accounts.add(tx, Account(account_id="A-3", name="Bolt", name_key="bolt", created_at=at()))
        assert accounts.load_many(tx, ["A-1"]) == {"A-1": replace(ACME, country="PL")}
        assert [one.account_id for one in accounts.all_of(tx)] == ["A-1", "A-3"]
        assert [one.account_id for one in accounts.all_of(tx, after="acme")] == ["A-3"]


def test_a_switch_is_off_until_somebody_turns_it_on(store: Store) -> None:
    stopped = Switch(MAIL_STOPPED, True, at(), "P-1", "wrong template")
    with store.write() as tx:
        assert not switches.is_on(tx, MAIL_STOPPED)
        switches.flip(tx, stopped)
        assert switches.is_on(tx, MAIL_STOPPED)
        assert switches.load(tx, MAIL_STOPPED) == stopped
        switches.flip(tx, replace(stopped, is_on=False, reason=None))
        assert not switches.is_on(tx, MAIL_STOPPED)


def test_nudges_wait_until_they_are_relayed(store: Store) -> None:
    with store.write() as tx:
        nudges.add(tx, [], "nothing", at())
        nudges.add(tx, ["deal/D-1", "deal/D-2"], "unsubscribed", at())
        nudges.add(tx, ["deal/D-1"], "reply", at(1))
    with store.read() as tx:
        first = nudges.waiting(tx, 2)
    assert [(one.stream, one.reason, one.created_at) for one in first] == [
        ("deal/D-1", "unsubscribed", at()),
        ("deal/D-2", "unsubscribed", at()),
    ]
    with store.write() as tx:
        assert nudges.done(tx, [one.nudge_id for one in first]) == 2
        assert nudges.done(tx, [one.nudge_id for one in first]) == 0
        assert [one.reason for one in nudges.waiting(tx)] == ["reply"]


def test_a_nudge_of_a_transaction_that_failed_is_never_relayed(store: Store) -> None:
    try:
        with store.write() as tx:
            nudges.add(tx, ["deal/D-1"], "reply", at())
            raise RuntimeError
    except RuntimeError:
        pass
    with store.read() as tx:
        assert nudges.waiting(tx) == []


def test_an_imported_row_is_known_the_second_time(store: Store) -> None:
    row = Imported("crm", "ABC123", "D-1", "digest", at())
    with store.write() as tx:
        imports.save(tx, [row, replace(row, source_id="X", deal_id="D-2")])
        assert imports.known(tx, "crm", ["ABC123", "NEW"]) == {"ABC123": row}
        assert imports.known(tx, "other", ["ABC123"]) == {}
        imports.save(tx, [replace(row, digest="changed")])
        assert imports.known(tx, "crm", ["ABC123"])["ABC123"].digest == "changed"
