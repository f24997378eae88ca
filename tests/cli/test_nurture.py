"""`sluice nurture` and `sluice event` as one types them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import run
from operations.house import House
from tests.operations.test_nurtures import NOW, add
from tests.support.houses import opened_house


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with opened_house(tmp_path, NOW, ("trial-care",)) as opened:
        monkeypatch.setenv("SLUICE_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("SLUICE_SECRET", opened.config.secret.decode())
        monkeypatch.setenv("SLUICE_TEMPORAL_ADDRESS", "127.0.0.1:1")
        yield opened


def test_a_launch_shows_first_who_is_left_out(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    add(house, "ann", country="PL")
    add(house, "bo", country="PL", consent=False)
    assert run(["nurture", "enroll", "trial", "--where", "country=PL"]) == 0
    said = capsys.readouterr()
    assert "1 enter, 1 are left out" in said.err
    assert "1 no consent to marketing" in said.err
    assert "1 entered trial-care/trial; 1 are left to the worker" in said.out


def test_a_dry_run_gives_the_counts_as_data(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    add(house, "ann")
    add(house, "bo", consent=False)
    ask = ["nurture", "enroll", "trial", "--contact", "ann@them.example", "--contact", "C-bo"]
    assert run([*ask, "--dry-run", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["found"], said["enrolled"], said["left_out"]) == (2, 1, {"no_consent": 1})
    assert run(["nurture", "show", "trial", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["active"] == 0


def test_enroll_show_stop(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    who = add(house, "ann")
    assert run(["nurture", "enroll", "trial", "--contact", who]) == 0
    assert run(["nurture", "show"]) == 0
    assert "trial_started" in capsys.readouterr().out
    assert run(["nurture", "show", "trial", "--contact", who]) == 0
    assert "trial-hello" in capsys.readouterr().out
    assert run(["nurture", "stop", "trial"]) == 2
    assert run(["nurture", "stop", "trial", "--contact", who]) == 0
    assert "1 stopped" in capsys.readouterr().out
    assert run(["nurture", "stop", "trial", "--contact", who]) == 4


def test_an_event_says_what_it_did(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    who = add(house, "ann")
    ask = ["event", "trial_started", "--contact", who, "--key", "T-1"]
    assert run([*ask, "--dry-run"]) == 0
    assert "would start nurture/E-" in capsys.readouterr().out
    assert run(ask) == 0
    assert "started nurture/E-" in capsys.readouterr().out
    assert run([*ask, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["already"] is True
    assert run(["event", "trial_started", "--contact", who]) == 2
    assert run(["event", "demo_requested", "--contact", "nobody@them.example"]) == 4
