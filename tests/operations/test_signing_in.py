"""Signing in: who may, how often one may try, and when a session is over."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.access import Role
from domain.refusal import Malformed, NotFound, Refused
from operations import people
from operations.access import auditing, passwords, secrets, signing_in
from operations.access.signing_in import ABSOLUTE, IDLE, PERSON_TRIES, PLACE_TRIES, WINDOW
from operations.house import House
from operations.people import NewPerson
from store.access import sessions
from tests.support.houses import opened_house
from tests.support.staff import PASSWORD, hire, later

ANN = "ann@us.example"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path, datetime(2026, 3, 2, 9, tzinfo=UTC), ()) as opened:
        yield opened


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Passwords that cost nothing to hash, where a test tries many; and what was verified."""
    asked: list[str | None] = []

    def verify(kept: str | None, password: str) -> bool:
        asked.append(kept)
        return kept == f"hash of {password}"

    monkeypatch.setattr(passwords, "hash_password", lambda password: f"hash of {password}")
    monkeypatch.setattr(signing_in, "verify_password", verify)
    monkeypatch.setattr(signing_in, "is_stale", lambda kept: False)
    return asked


def test_who_knows_the_password_comes_in_and_is_known(house: House) -> None:
    its_id = hire(house, ANN, Role.REP)
    session = signing_in.sign_in(house, " Ann@US.example ", PASSWORD, place="here")
    visitor = signing_in.visitor(house, session)
    assert visitor is not None
    assert (visitor.person_id, visitor.role) == (its_id, Role.REP)
    assert signing_in.visitor(house, session[:-1]) is None
    with house.store.read() as tx:
        assert sessions.find(tx, session) is None, "only a hash of the id is kept"
    signing_in.sign_out(house, session)
    signing_in.sign_out(house, session)
    assert signing_in.visitor(house, session) is None


def test_a_password_is_kept_as_argon2id_and_no_other_opens() -> None:
    kept = secrets.hash_password(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    assert secrets.verify_password(kept, PASSWORD)
    assert not secrets.verify_password(kept, PASSWORD + " ")
    assert not secrets.verify_password("rubbish", PASSWORD)
    assert not secrets.verify_password(kept, "half a \ud800 character")
    assert not secrets.verify_password(None, PASSWORD)
    assert not secrets.is_stale(kept)


def test_who_may_not_sign_in_is_told_the_same_after_the_same_work(
    house: House, quick: list[str | None]
) -> None:
    hire(house, ANN, Role.REP)
    hire(house, "no-password@us.example", Role.REP, password=None)
    hire(house, "no-role@us.example", "none")
    gone = hire(house, "gone@us.example", Role.ADMIN)
    people.add(house, NewPerson(email="gone@us.example", active=False), actor="test")
    tries = ["nobody@us.example", "no-password@us.example", "no-role@us.example", "gone@us.example"]
    for email in (*tries, "rubbish", "", "x" * 5000):
        with pytest.raises(signing_in.NotSignedIn):
            signing_in.sign_in(house, email, PASSWORD, place="here")
    with pytest.raises(signing_in.NotSignedIn):
        signing_in.sign_in(house, ANN, "wrong", place="here")
    assert len(quick) == 8, "a password is verified each time, also for nobody's"
    log = auditing.list_page(house, actor="nobody").entries
    assert {one.outcome for one in log} == {"refused"}
    assert f"person/{gone}" in {one.stream for one in log}
    assert "example" not in str(log)


def test_a_name_is_tried_a_few_times_and_then_nothing_is_tried(
    house: House, quick: list[str | None]
) -> None:
    turn = later(house)
    hire(house, ANN, Role.REP)
    for email in (ANN, "nobody@us.example"):
        for number in range(PERSON_TRIES):
            with pytest.raises(signing_in.NotSignedIn):
                signing_in.sign_in(house, email.upper(), "wrong", place=f"place {number}")
        quick.clear()
        with pytest.raises(signing_in.TooManyTries):
            signing_in.sign_in(house, email, PASSWORD, place="elsewhere")
        assert quick == []
    turn(WINDOW + timedelta(seconds=1))
    assert signing_in.sign_in(house, ANN, PASSWORD, place="here")
    for _ in range(PERSON_TRIES):
        assert signing_in.sign_in(house, ANN, PASSWORD, place="here"), "success counts anew"


def test_a_place_tries_a_few_names_and_then_nothing_is_tried(
    house: House, quick: list[str | None]
) -> None:
    for number in range(PLACE_TRIES):
        with pytest.raises(signing_in.NotSignedIn):
            signing_in.sign_in(house, f"nobody-{number}@us.example", "wrong", place="here")
    with pytest.raises(signing_in.TooManyTries):
        signing_in.sign_in(house, "another@us.example", "wrong", place="here")
    with pytest.raises(signing_in.NotSignedIn):
        signing_in.sign_in(house, "another@us.example", "wrong", place="elsewhere")


def test_a_session_that_nobody_uses_is_over_and_no_use_makes_it_last_for_ever(
    house: House, quick: list[str | None]
) -> None:
    turn = later(house)
    hire(house, ANN, Role.REP)
    idle = signing_in.sign_in(house, ANN, PASSWORD, place="here")
    turn(IDLE - timedelta(seconds=1))
    assert signing_in.visitor(house, idle)
    turn(IDLE + timedelta(seconds=1))
    assert signing_in.visitor(house, idle) is None
    used = signing_in.sign_in(house, ANN, PASSWORD, place="here")
    for _ in range(int(ABSOLUTE / (IDLE / 2))):
        assert signing_in.visitor(house, used)
        turn(IDLE / 2)
    turn(timedelta(seconds=1))
    assert signing_in.visitor(house, used) is None
    signing_in.sign_in(house, ANN, PASSWORD, place="here")
    with house.store.read() as tx:
        assert sessions.find(tx, secrets.hashed(used)) is None, "what is over is swept"


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"role": "none"}, {"active": False}])
def test_another_role_and_leaving_end_every_session(
    house: House, quick: list[str | None], change: dict[str, object]
) -> None:
    hire(house, ANN, Role.REP)
    found = [signing_in.sign_in(house, ANN, PASSWORD, place="here") for _ in range(2)]
    people.add(house, NewPerson(email=ANN, zone="Europe/Warsaw", role="rep"), actor="test")
    assert all(signing_in.visitor(house, one) for one in found), "nothing of that changed"
    people.add(house, NewPerson.model_validate({"email": ANN, **change}), actor="test")
    assert not any(signing_in.visitor(house, one) for one in found)


def test_a_new_password_and_a_word_end_every_session(house: House, quick: list[str | None]) -> None:
    its_id = hire(house, ANN, Role.REP)
    one = signing_in.sign_in(house, ANN, PASSWORD, place="here")
    assert signing_in.sign_out_everywhere(house, ANN, actor="test") == 1
    assert signing_in.visitor(house, one) is None
    two = signing_in.sign_in(house, ANN, PASSWORD, place="here")
    assert passwords.set_password(house, its_id, "another long password", actor="t").ended == 1
    assert signing_in.visitor(house, two) is None
    with pytest.raises(signing_in.NotSignedIn):
        signing_in.sign_in(house, ANN, PASSWORD, place="here")


def test_an_invite_sets_one_password_once(house: House, quick: list[str | None]) -> None:
    its_id = hire(house, ANN, Role.REP, password=None)
    old = passwords.invite(house, ANN, actor="test").url.rpartition("/")[2]
    token = passwords.invite(house, ANN, actor="test").url.rpartition("/")[2]
    assert passwords.invited(house, token).person_id == its_id
    with pytest.raises(Refused, match="12 to 200"):
        passwords.accept(house, token, "short")
    assert passwords.accept(house, token, PASSWORD).person_id == its_id
    assert signing_in.sign_in(house, ANN, PASSWORD, place="here")
    for spent in (token, old, "made-up"):
        with pytest.raises(NotFound):
            passwords.accept(house, spent, PASSWORD)


def test_an_invite_is_over_after_two_days_and_when_one_leaves(house: House) -> None:
    turn = later(house)
    hire(house, ANN, Role.REP, password=None)
    token = passwords.invite(house, ANN, actor="test").url.rpartition("/")[2]
    turn(passwords.INVITED + timedelta(seconds=1))
    with pytest.raises(NotFound):
        passwords.invited(house, token)
    token = passwords.invite(house, ANN, actor="test").url.rpartition("/")[2]
    people.add(house, NewPerson(email=ANN, active=False), actor="test")
    with pytest.raises(NotFound):
        passwords.invited(house, token)
    for change, code in (({"active": False}, "has_left"), ({"role": "none"}, "no_role")):
        people.add(house, NewPerson.model_validate({"email": ANN, **change}), actor="test")
        with pytest.raises(Refused) as no:
            passwords.invite(house, ANN, actor="test")
        assert no.value.code == code
        people.add(house, NewPerson(email=ANN, active=True), actor="test")


@pytest.mark.parametrize(
    "password",
    [
        "",
        "elevenchars",
        "x" * 201,
        "aaaaaaaaaaaaaaaa",
        "half a \ud800 character",
        "ann.other@us.example",
    ],
)
def test_a_password_that_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(Refused) as no:
        secrets.check_password(password, "Ann Other", "Ann.Other@us.example", "ann.other")
    assert no.value.code == "weak_password"


def test_a_role_that_there_is_not_is_refused_with_those_that_there_are(house: House) -> None:
    with pytest.raises(Malformed, match="viewer, rep, marketing, ops, admin, or none"):
        hire(house, ANN, "boss", password=None)
