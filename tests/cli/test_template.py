"""`sluice template`: what is wrong with words, how they look, and a test to one of ours."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from tests.cli.test_contact import Refuse
from tests.cli.test_deal import Asked, ask, folder, opened, refuse
from tests.mail.conftest import SHIPPED
from tests.support.shortcut import ANN, OLGA, house, no_engine

__all__ = ["ask", "folder", "house", "no_engine", "refuse"]

HELLO = "---\nsubject: Hello\npurpose: sales\n---\n"


@pytest.fixture
def mails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of mails of one's own."""
    room = tmp_path / "words" / "mail"
    room.mkdir(parents=True)
    for path in SHIPPED.glob("_*.html"):
        shutil.copy(path, room / path.name)
    monkeypatch.setenv("SLUICE_TEMPLATES", str(room.parent))
    (room / "x.md").write_text(f"{HELLO}Hello")
    return room


def test_everything_wrong_is_told_in_one_go(
    mails: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (mails / "x.md").write_text(f"{HELLO}{{{{ owner.nme }}}}")
    (mails / "y.md").write_text(f"{HELLO}[a](b)\n\n{{{{ deal.expected_close or '' }}}}")
    assert run(["template", "check"]) == 2
    said = capsys.readouterr()
    assert f"{mails / 'x.md'}:5:4 owner.nme no such name; did you mean owner.name?" in said.err
    assert f"{mails / 'y.md'}:5:5 link write the whole address" in said.err
    assert f"warning: {mails / 'y.md'}:7:4 deal.expected_close reads like" in said.err
    assert run(["template", "check", "--json"]) == 2
    said = capsys.readouterr()
    problems: list[dict[str, Any]] = json.loads(said.out)["problems"]
    assert [(one["mail"], one["weight"], one["line"], one["column"]) for one in problems] == [
        ("x", "error", 5, 4), ("y", "error", 5, 5), ("y", "warning", 7, 4),
    ]  # fmt: skip
    assert json.loads(said.err)["error"]["type"] == "malformed"


def test_a_warning_passes_and_a_missing_language_is_told(
    mails: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (mails / "x.md").write_text(HELLO.replace("Hello", "x" * 61) + "Hello")
    assert run(["template", "check", "x", "--locale", "pl"]) == 0
    said = capsys.readouterr()
    assert said.out == "1 mail in order\n"
    assert "warning:" in said.err
    assert "info:" in said.err
    assert "pl not written; its readers get en" in said.err


def test_a_mail_that_there_is_not_is_not_found(mails: Path, refuse: Refuse) -> None:
    assert refuse(4, "template", "check", "z")["type"] == "not_found"


def test_each_part_of_a_mail_can_be_seen(ask: Asked) -> None:
    assert ask("template", "preview", "welcome-1", "--locale", "pl").startswith("Subject: ")
    assert "<html" in ask("template", "preview", "welcome-1", "--part", "html")
    made_up = ask("template", "preview", "welcome-1", "--part", "headers")
    assert "List-Unsubscribe: <https://" in made_up
    assert "To: Sam Okafor <sam.okafor@weir.example>" in made_up
    deal_id = opened(ask)
    real = ask("template", "preview", "follow-up-1", "--deal", deal_id, "--part", "headers")
    assert f"To: Ann Other <{ANN}>" in real
    assert "Message-ID: <preview@" in real
    internal = ask("template", "preview", "morning", "--part", "headers")
    assert "List-Unsubscribe" not in internal


def test_a_test_goes_to_ours_alone(
    ask: Asked, refuse: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICE_SMTP_URL", "smtp://127.0.0.1:1")
    told = ask("template", "send-test", "welcome-1", "--to", OLGA, "--dry-run", "--json")
    assert (told["dry_run"], told["subject"][:6]) == (True, "[Test]")
    assert ask("mail", "list", "--json") == []
    assert refuse(4, "template", "send-test", "welcome-1", "--to", ANN)["type"] == "not_found"
    asked = ("template", "send-test", "welcome-1", "--to", OLGA)
    assert refuse(5, *asked)["type"] == "unreachable"
    [row] = ask("mail", "list", "--json")
    assert (row["purpose"], row["status"], row["deal_id"]) == ("test", "cancelled", None)
