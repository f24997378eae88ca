"""What `sluice up` starts: its own Temporal, and nothing that settings ask of another one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.plan import plan
from cli.ports import Ports
from domain.refusal import Refused
from settings import Settings


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings that say nothing but where the data is."""
    for name in ("SLUICE_TEMPORAL_ADDRESS", "SLUICE_TEMPORAL_NAMESPACE", "TEMPORAL_TLS"):
        monkeypatch.delenv(name, raising=False)
    return Settings(data_dir=tmp_path)


@pytest.fixture
def ports() -> Iterator[Ports]:
    with Ports() as opened:
        yield opened


def test_a_plan_brings_its_own_temporal_on_loopback(own: Settings, ports: Ports) -> None:
    shared = plan(own, 0, {}, ports).shared()
    assert shared["temporal_address"].startswith("127.0.0.1:")
    assert shared["temporal_namespace"] == "default"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLUICE_TEMPORAL_ADDRESS", "acme.tmprl.example:7233"),
        ("SLUICE_TEMPORAL_NAMESPACE", "acme.prod"),
        ("TEMPORAL_TLS", "true"),
    ],
)
def test_settings_of_another_temporal_are_refused_with_what_to_do(
    own: Settings, ports: Ports, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Refused, match=f"{name} asks for another; unset it, or start") as no:
        plan(Settings(data_dir=own.data_dir), 0, {}, ports)
    assert (no.value.code, no.value.where) == ("temporal_is_set", name)


@pytest.mark.parametrize("name", ["TEMPORAL_API_KEY", "TEMPORAL_TLS"])
def test_a_key_for_elsewhere_or_a_no_to_tls_keeps_nobody_from_starting(
    own: Settings, ports: Ports, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "false")
    assert plan(own, 0, {}, ports).temporal_port > 0


def test_the_address_that_is_told_is_the_link_or_where_people_sign_in(
    own: Settings, ports: Ports
) -> None:
    assert "/?key=" in plan(own, 0, {}, ports).link
    wanted = plan(Settings(data_dir=own.data_dir, sign_in="password"), 0, {}, ports)
    assert wanted.link == f"{wanted.console}/signin"


def test_two_starts_at_once_share_no_port(own: Settings, ports: Ports) -> None:
    with Ports() as others:
        first, second = plan(own, None, {}, ports), plan(own, None, {}, others)
        theirs = {second.console_port, second.temporal_port, second.ui_port, second.mail_port}
        assert not theirs & {
            first.console_port,
            first.temporal_port,
            first.ui_port,
            first.mail_port,
        }
