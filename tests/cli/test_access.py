"""`sluice user`, `sluice key` and `sluice audit` as one types them."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.main import run
from operations.access import signing_in
from operations.house import House
from tests.support.houses import opened_house
from tests.support.staff import PASSWORD, cheap_passwords

__all__ = ["cheap_passwords"]

ANN = "ann@us.example"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with opened_house(tmp_path, datetime(2026, 3, 2, 9, tzinfo=UTC), ()) as opened:
        monkeypatch.setenv("SLUICE_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("SLUICE_SECRET", opened.config.secret.decode())
        yield opened


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_person_gets_a_role_and_an_invite_or_a_password(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["user", "add", ANN, "--name", "Ann", "--role", "boss"]) == 2
    assert "viewer, rep, marketing, ops, admin, or none" in capsys.readouterr().err
    assert run(["user", "add", ANN, "--name", "Ann"]) == 0
    assert run(["user", "invite", ANN]) == 3
    assert "--role ROLE" in capsys.readouterr().err
    assert run(["user", "add", ANN, "--role", "rep", "--json"]) == 0
    assert said(capsys)["changed"] == ["role"]
    assert run(["user", "invite", ANN, "--json"]) == 0
    assert "/invite/" in str(said(capsys)["url"])
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert run(["user", "password", ANN]) == 3
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert run(["user", "password", ANN]) == 0
    assert signing_in.sign_in(house, ANN, PASSWORD, place="here")
    capsys.readouterr()
    assert run(["user", "signout", ANN]) == 0
    assert "1 sessions ended" in capsys.readouterr().out
    assert run(["user", "list"]) == 0
    assert " rep\n" in capsys.readouterr().out


def test_no_command_takes_a_password_as_an_argument(house: House) -> None:
    assert run(["user", "password", ANN, PASSWORD]) == 2


def test_a_key_is_shown_once_and_revoked(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["key", "list"]) == 0
    assert "sluice key add" in capsys.readouterr().out
    assert run(["key", "add", "web form", "--scope", "everything"]) == 2
    capsys.readouterr()
    assert run(["key", "add", "web form", "--scope", "keep_contacts", "--json"]) == 0
    made = said(capsys)
    assert str(made["secret"]).startswith(f"sluice_{made['key_id']}_")
    assert run(["key", "list"]) == 0
    listed = capsys.readouterr().out
    assert "web form" in listed
    assert str(made["secret"]) not in listed
    assert run(["key", "revoke", str(made["key_id"])]) == 0
    assert run(["key", "revoke", "nothing"]) == 4
    assert run(["key", "list"]) == 0
    assert "revoked" in capsys.readouterr().out


def test_the_log_is_listed_page_by_page(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "list"]) == 0
    assert "Nothing was asked yet" in capsys.readouterr().out
    for number in range(3):
        assert run(["key", "add", f"key {number}", "--scope", "read", "--as", "P-1"]) == 0
    capsys.readouterr()
    assert run(["audit", "list", "--limit", "2", "--actor", "P-1", "--json"]) == 0
    page = said(capsys)
    assert len(page["entries"]) == 2  # type: ignore[arg-type]
    assert run(["audit", "list", "--cursor", str(page["cursor"])]) == 0
    assert capsys.readouterr().out.count("add_key") == 1
    assert run(["audit", "list", "--cursor", "x"]) == 2
