"""Settings come from the environment, from files, from a running `up`, or are defaults."""

import json
import stat
from pathlib import Path

import pytest

import settings
from domain.refusal import Malformed
from settings import Settings, load


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No setting is given but the data folder, which is empty."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"SLUICE_{name.upper()}", raising=False)
        monkeypatch.delenv(f"SLUICE_{name.upper()}_FILE", raising=False)
    monkeypatch.delenv("SLUICE_SETTINGS", raising=False)
    monkeypatch.setenv("SLUICE_DATA_DIR", str(tmp_path))
    return tmp_path


def test_everything_has_a_default() -> None:
    told = load()
    assert told.temporal_address == "127.0.0.1:7233"
    assert told.origin("temporal_address") == "default"
    assert told.playbooks.is_dir()
    assert told.templates.is_dir()


def test_the_first_source_that_has_a_value_wins(
    monkeypatch: pytest.MonkeyPatch, bare: Path
) -> None:
    file = bare / "sluice.env"
    file.write_text("SLUICE_COMPANY=From the file\nSLUICE_SENDER=file@us.example\nSLUICE_PORT=1\n")
    (bare / "company").write_text("From a secret\n")
    monkeypatch.setenv("SLUICE_SETTINGS", str(file))
    monkeypatch.setenv("SLUICE_COMPANY_FILE", str(bare / "company"))
    monkeypatch.setenv("SLUICE_PORT", "2")
    told = load()
    assert (told.port, told.origin("port")) == (2, "the environment")
    assert told.company == "From a secret"
    assert told.origin("company") == "the file of SLUICE_COMPANY_FILE"
    assert (told.sender, told.origin("sender")) == ("file@us.example", str(file))


def test_what_up_wrote_is_found_unless_something_else_is_said(
    monkeypatch: pytest.MonkeyPatch, bare: Path
) -> None:
    written = {"temporal_address": "127.0.0.1:4711", "smtp_url": "smtp://127.0.0.1:4712"}
    (bare / "addresses.json").write_text(json.dumps({"settings": written}))
    monkeypatch.setenv("SLUICE_SMTP_URL", "smtp://relay.example")
    told = load()
    assert told.temporal_address == "127.0.0.1:4711"
    assert told.origin("temporal_address") == str(bare / "addresses.json")
    assert told.smtp_url.get_secret_value() == "smtp://relay.example"
    assert load(of_running=False).temporal_address == "127.0.0.1:7233"


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "eight"), ("PLAYBOOKS", "nowhere"), ("POLLERS", "1"), ("POSTAL_ADDRESS", " ")],
)
def test_a_value_that_cannot_be_is_refused_with_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"SLUICE_{name}", value)
    with pytest.raises(Malformed) as wrong:
        load()
    assert wrong.value.where == f"SLUICE_{name}"


def test_a_secret_file_that_is_not_there_is_refused_with_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLUICE_SECRET_FILE", "nowhere")
    with pytest.raises(Malformed) as wrong:
        load()
    assert wrong.value.where == "SLUICE_SECRET_FILE"


def test_a_secret_is_made_once_and_is_its_owners_alone(bare: Path) -> None:
    first = load().secret_key()
    assert len(first) >= 32
    assert load().secret_key() == first
    assert stat.S_IMODE((bare / "secret").stat().st_mode) == 0o600
    assert [file.name for file in bare.iterdir()] == ["secret"]


def test_settings_do_not_show_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICE_SECRET", "swordfish")
    monkeypatch.setenv("SLUICE_SMTP_URL", "smtp://me:swordfish@relay.example")
    monkeypatch.setenv("SLUICE_DATABASE_URL", "postgresql://me:swordfish@db.example/sluice")
    assert "swordfish" not in repr(load())


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().port = 1  # type: ignore[misc]


def test_the_house_is_opened_with_what_was_set(monkeypatch: pytest.MonkeyPatch, bare: Path) -> None:
    monkeypatch.setenv("SLUICE_COMPANY", "Canal Boats Ltd")
    config = load().config()
    assert config.company.name == "Canal Boats Ltd"
    assert config.database_url == f"sqlite:///{bare / 'sluice.db'}"
    assert config.data_dir == bare


def test_there_is_a_place_for_every_setting_in_the_module() -> None:
    text = Path(settings.__file__).read_text(encoding="utf-8")
    assert all(f"    {name}: " in text for name in Settings.model_fields)
