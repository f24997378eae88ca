"""Keys of programs: shown once, kept as hashes, and over when they are over."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.access import Permission
from domain.refusal import Malformed, NotFound
from operations.access import auditing, keys
from operations.house import House
from store.access import keys as kept_keys
from tests.support.houses import opened_house
from tests.support.staff import later


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path, datetime(2026, 3, 2, 9, tzinfo=UTC), ()) as opened:
        yield opened


def test_a_key_opens_what_its_scopes_say_and_is_kept_as_a_hash(house: House) -> None:
    made = keys.add(house, "website", ["work_deals", "read", "read"], actor="P-1")
    assert made.scopes == ("read", "work_deals")
    found = keys.holder(house, made.secret)
    assert found is not None
    assert found.permissions == {Permission.READ, Permission.WORK_DEALS}
    assert found.actor == f"key/{made.key_id}"
    with house.store.read() as tx:
        row = kept_keys.load(tx, made.key_id)
    assert row is not None
    assert made.secret.rpartition("_")[2] not in str(row)
    assert [one.what for one in auditing.list_page(house, actor="P-1").entries] == ["add_key"]


def test_what_is_not_the_whole_key_opens_nothing(house: House) -> None:
    one = keys.add(house, "one", ["read"], actor="P-1").secret
    two = keys.add(house, "two", ["read"], actor="P-1").secret
    mixed = one[:18] + two[18:]
    for wrong in ("", "x", one[:-1], one + "x", mixed, one.upper(), one[7:], f"{one}\n", "ü" * 61):
        assert keys.holder(house, wrong) is None, wrong


def test_a_key_is_over_when_it_is_revoked_or_its_days_are(house: House) -> None:
    turn = later(house)
    brief = keys.add(house, "brief", ["read"], actor="P-1", days=1)
    lasting = keys.add(house, "lasting", ["read"], actor="P-1")
    turn(timedelta(days=1))
    assert keys.holder(house, brief.secret) is None
    assert keys.holder(house, lasting.secret)
    keys.revoke(house, lasting.key_id, actor="P-2")
    assert keys.revoke(house, lasting.key_id, actor="P-3").status == "revoked"
    assert keys.holder(house, lasting.secret) is None
    told = {one.name: (one.status, one.used_at is not None) for one in keys.list_all(house)}
    assert told == {"brief": ("expired", False), "lasting": ("revoked", True)}
    assert not hasattr(keys.list_all(house)[0], "secret")
    assert auditing.list_page(house, actor="P-3").entries == ()


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"scopes": []}, "scope"),
        ({"scopes": ["read", "everything"]}, "scope"),
        ({"name": " "}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"days": 0}, "days"),
        ({"per_minute": 0}, "per_minute"),
    ],
)
def test_a_key_that_cannot_be_is_refused(house: House, said: dict[str, object], where: str) -> None:
    asked = {"name": "website", "scopes": ["read"], **said}
    with pytest.raises(Malformed) as no:
        keys.add(house, actor="P-1", **asked)  # type: ignore[arg-type]
    assert no.value.where == where
    with pytest.raises(NotFound):
        keys.revoke(house, "nothing", actor="P-1")
