"""docker-compose.yml is a valid Compose file and means what its comments say.

Not run here: that needs a Docker engine. Its scripts are run, in tests/test_deploy.py.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from settings import PREFIX, Settings

pytestmark = pytest.mark.gate

ROOT = Path(__file__).parent.parent
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def example() -> dict[str, str]:
    """The variables of .env.example."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def composed(**given: str) -> dict[str, Any]:
    """The Compose file as read with the example's variables and some passwords."""
    values = {name: value or f"secret-of-{name}" for name, value in example().items()} | given
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    filled = VARIABLE.sub(lambda found: values.get(found[1]) or found[3] or "", text)
    loaded: dict[str, Any] = YAML(typ="safe").load(filled)
    return loaded


COMPOSE = composed()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "worker", "console")
NOT_PASSED = {
    "SLUICE_DATA_DIR": "the image sets it, to the volume",
    "SLUICE_PORT": "the console's command names it",
    "SLUICE_PLAYBOOKS": "a folder of the image; who has his own mounts it and says so there",
    "SLUICE_TEMPLATES": "as above",
    "SLUICE_ACTOR": "who types a command says it: docker compose exec --env SLUICE_ACTOR=...",
    "SLUICE_SHOW_MAILBOX": "shows what `sluice up` catches itself; here a mailbox runs beside it",
}
"""Settings that the Compose file leaves alone, and why."""


def test_it_is_a_compose_file() -> None:
    schema = json.loads((ROOT / "tests" / "data" / "compose-spec.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(COMPOSE)


def test_the_schema_is_one_that_refuses() -> None:
    schema = json.loads((ROOT / "tests" / "data" / "compose-spec.json").read_text(encoding="utf-8"))
    broken = {"services": {"worker": {"image": "sluice", "comand": ["x"]}}}
    assert not jsonschema.Draft7Validator(schema).is_valid(broken)


def test_every_service_waits_for_services_that_exist_and_can_be_so() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in SERVICES, f"{name} waits for {other}"
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{other} has no health to wait for"
            else:
                assert how["condition"] == "service_completed_successfully"
                assert SERVICES[other]["restart"].startswith("on-failure"), f"{other} never ends"


def test_every_image_has_a_version() -> None:
    for service in SERVICES.values():
        image, _, tag = service["image"].partition(":")
        assert image
        assert re.match(r"v?\d", tag), f"{image} has no version"


def test_the_temporal_tools_are_those_of_the_server() -> None:
    tags = {
        service["image"].rpartition(":")[2]
        for service in SERVICES.values()
        if service["image"].startswith(("temporalio/server:", "temporalio/admin-tools:"))
    }
    assert len(tags) == 1


def test_every_port_is_open_to_this_machine_alone_and_once() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
    assert len({port.split(":")[1] for port in ports}) == len(ports)


def test_every_file_that_a_service_mounts_is_there() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    files = [mount.split(":")[0] for mount in mounts if mount.startswith("./")]
    named = {mount.split(":")[0] for mount in mounts if not mount.startswith("./")}
    assert [name for name in files if not (ROOT / name).is_file()] == []
    assert named == set(COMPOSE["volumes"])


def test_every_script_that_a_service_starts_is_mounted_in_it() -> None:
    for name, service in SERVICES.items():
        inside = {mount.split(":")[1] for mount in service.get("volumes", [])}
        for word in service.get("entrypoint", []):
            assert not word.endswith(".sh") or word in inside, f"{name}: {word}"


def test_a_command_is_a_list_so_that_signals_arrive() -> None:
    for name in OURS:
        assert isinstance(SERVICES[name]["command"], list)
        assert SERVICES[name]["init"] is True


def test_workers_are_several_and_may_finish_what_they_began() -> None:
    assert int(SERVICES["worker"]["deploy"]["replicas"]) >= 2
    assert SERVICES["worker"]["stop_grace_period"] == "45s"


def test_shards_are_set_on_day_one() -> None:
    assert int(SERVICES["temporal"]["environment"]["NUM_HISTORY_SHARDS"]) >= 128


def test_the_dynamic_configuration_is_where_the_server_looks() -> None:
    temporal = SERVICES["temporal"]
    looked_for = "/etc/temporal/" + temporal["environment"]["DYNAMIC_CONFIG_FILE_PATH"]
    assert looked_for in {mount.split(":")[1] for mount in temporal["volumes"]}
    settings = YAML(typ="safe").load((ROOT / "deploy" / "temporal-dynamic.yaml").read_text())
    assert all(isinstance(values, list) and "value" in values[0] for values in settings.values())


def test_no_password_is_in_the_repository_and_none_may_be_empty() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert {name for name, value in example().items() if "PASSWORD" in name and value} == set()
    used = {found[1]: found[2] for found in VARIABLE.finditer(text) if "PASSWORD" in found[1]}
    assert set(used) == {name for name in example() if "PASSWORD" in name}
    assert set(used.values()) == {"?"}


def test_the_example_names_every_variable() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert {found[1] for found in VARIABLE.finditer(text)} == set(example())


def test_the_image_runs_without_root_and_from_the_lock() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert "USER sluice" in lines
    assert any("--require-hashes" in line and "requirements.lock" in line for line in lines)
    assert lines[-1] == 'CMD ["python", "worker.py"]'


def test_the_image_is_built_from_what_the_wheel_holds() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    packed = set(
        re.findall(r'^  "([\w.]+)",$', pyproject.split("only-include")[1], re.MULTILINE)[:12]
    )
    assert ignored[0] == "*"
    assert packed <= let_in
    assert ".env" not in let_in


def test_every_setting_is_passed_on_or_has_a_reason_not_to_be() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    given = set(COMPOSE["x-sluice"]["environment"])
    assert given | set(NOT_PASSED) == known
    assert not given & set(NOT_PASSED)
    assert all(SERVICES[name]["environment"] == COMPOSE["x-sluice"]["environment"] for name in OURS)


def test_what_is_passed_on_as_it_is_stands_in_the_example() -> None:
    """Compose gives a variable without a value what .env says, and else does not set it."""
    environment = COMPOSE["x-sluice"]["environment"]
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    shown = [line[2:-1] for line in lines if re.fullmatch(r"# SLUICE_[A-Z_]+=", line)]
    assert sorted(shown) == sorted(name for name, value in environment.items() if value is None)


def test_passwords_of_sending_mailboxes_come_from_a_file_of_their_own() -> None:
    [asked] = COMPOSE["x-sluice"]["env_file"]
    assert asked["required"] is False
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {asked["path"], ".env"} <= set(ignored)


def test_the_commands_that_it_starts_are_commands() -> None:
    if not (ROOT / "cli" / "main.py").is_file():
        return
    for name in OURS:
        command = SERVICES[name]["command"]
        if command[0] != "sluice":
            assert (ROOT / command[1]).is_file()
            continue
        sluice = Path(sys.executable).with_name("sluice")
        asked = [sluice, command[1], "--help"]
        said = subprocess.run(asked, capture_output=True, text=True, env={"COLUMNS": "200"})
        assert said.returncode == 0, said.stderr
        options = [word for word in command[2:] if word.startswith("--")]
        assert [option for option in options if option not in said.stdout] == []
