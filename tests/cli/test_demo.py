"""`sluice demo` makes its world in a folder of its own, never in somebody's house."""

import pytest

from cli.demo import claim
from domain.refusal import Refused
from operations.demonstration.demo import is_made
from operations.house import House
from tests.cli.test_contact import Refuse
from tests.cli.test_deal import ask, folder, refuse
from tests.support.shortcut import house, no_engine

__all__ = ["ask", "folder", "house", "no_engine", "refuse"]


def test_a_folder_of_ones_own_is_refused_before_anything_starts(
    house: House, refuse: Refuse
) -> None:
    data = house.config.data_dir
    before = sorted(path.name for path in data.iterdir())
    told = refuse(3, "demo", "--data", str(data))
    assert told["type"] == "not_a_demo"
    assert "--data" in told["message"]
    assert sorted(path.name for path in data.iterdir()) == before


def test_the_folder_is_the_one_that_other_commands_use(
    house: House, refuse: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICE_DATA_DIR", str(house.config.data_dir))
    assert refuse(3, "demo")["where"] == str(house.config.data_dir)


def test_a_database_with_contacts_of_ones_own_gets_no_world(house: House) -> None:
    with pytest.raises(Refused, match="contacts of your own"):
        is_made(house)


def test_a_demo_is_claimed_once_and_again(house: House) -> None:
    empty = house.config.data_dir / "new"
    claim(empty)
    (empty / "sluice.db").touch()
    claim(empty)
    assert sorted(path.name for path in empty.iterdir()) == ["demo", "sluice.db"]
