"""`sluice playbook`, `template`, `verify`, `backup`, `rebuild`."""

from pathlib import Path

import pytest

from cli.main import run
from tests.cli.test_contact import Refuse
from tests.cli.test_deal import Asked, ask, folder, opened, refuse
from tests.support.houses import ROOT
from tests.support.shortcut import house, no_engine

__all__ = ["ask", "folder", "house", "no_engine", "refuse"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    copy = tmp_path / "mine.yaml"
    text = (ROOT / "playbooks" / "simple.yaml").read_text()
    copy.write_text(text.replace("chance: 50%", "chance: 55%"))
    return copy


def test_a_file_is_checked_without_a_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLUICE_DATABASE_URL", "sqlite:////nowhere/at/all.db")
    monkeypatch.setenv("SLUICE_DATA_DIR", str(tmp_path / "none"))
    assert run(["playbook", "check", "simple"]) == 0
    assert "simple may be published" in capsys.readouterr().out
    assert run(["template", "check", "follow-up-1"]) == 0
    assert "1 mail in order" in capsys.readouterr().out
    assert not (tmp_path / "none").exists()


def test_every_mistake_is_told_at_once_with_its_place(file: Path, refuse: Refuse) -> None:
    text = file.read_text().replace("mail: follow-up-1}", "mail: folow-up-1}")
    file.write_text(text.replace("chance: 55%", "chance: 155%"))
    told = refuse(2, "playbook", "check", str(file))
    assert told["type"] == "malformed"
    assert len(told["message"].splitlines()) == 2
    assert told["where"].startswith(f"{file}:")
    assert refuse(2, "playbook", "publish", str(file))["where"] == told["where"]
    assert refuse(4, "playbook", "check", "simpel")["type"] == "not_found"


def test_a_change_is_seen_before_it_is_published(ask: Asked, file: Path) -> None:
    opened(ask)
    # The house of the tests was published without holidays, so its calendar differs as well.
    ask("playbook", "publish", "simple")
    diff = ask("playbook", "diff", str(file))
    assert "pipeline stage proposal chance: 50% becomes 55%" in diff
    assert "1 open deal keeps the pipeline of the opening" in diff
    assert ask("playbook", "publish", str(file), "--dry-run") == diff
    assert ask("playbook", "show", "simple", "--json")["edition"] == 2
    told = ask("playbook", "publish", str(file), "--as", "ops", "--json")
    assert (told["edition"], told["changed"]) == (3, ["pipeline"])
    assert "as it stands here (edition 3)" in ask("playbook", "publish", str(file))
    assert "ops" in ask("playbook", "list")
    assert "chance: 50%" in ask("playbook", "show", "simple", "--edition", "2")


def test_templates_are_listed_and_filled_in(ask: Asked, refuse: Refuse, tmp_path: Path) -> None:
    assert "first-contact" in ask("template", "list")
    deal_id = opened(ask)
    told = ask("template", "preview", "follow-up-1", "--deal", deal_id, "--json")
    assert "Hello Ann" in told["text"]
    page = tmp_path / "mail.html"
    assert "Hello Sam" in ask("template", "preview", "follow-up-1", "--to", str(page))
    assert "<html" in page.read_text()
    assert refuse(4, "template", "preview", "folow-up-1")["type"] == "not_found"
    assert refuse(4, "template", "preview", "follow-up-1", "--deal", "D-x")["type"] == "not_found"


def test_the_memory_is_verified_copied_and_made_anew(
    ask: Asked, refuse: Refuse, tmp_path: Path
) -> None:
    opened(ask)
    assert ask("verify", "--json") == {"whole": True, "findings": []}
    assert "would be copied" in ask("backup", str(tmp_path / "copy.db"), "--dry-run")
    assert not (tmp_path / "copy.db").exists()
    assert ask("rebuild", "--dry-run") == "1 streams to tell again, 1 workflows to wake\n"
    assert "bytes" in ask("backup", str(tmp_path / "copy.db"))
    assert refuse(3, "backup", str(tmp_path / "copy.db"))["type"] == "backup_refused"
    assert ask("rebuild", "--no-workflows", "--json") == {"streams": 1, "workflows": 0, "held": 0}
    assert refuse(5, "rebuild")["type"] == "unreachable"
