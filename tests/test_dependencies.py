"""Every dependency has a reason on its page, and a licence that lets people run Sluice."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.gate

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ROW = re.compile(r"^\| ([\w.-]+) \| (>=[^|]+?) \| ([^|]+?) \| ([^|]+?) \|$", re.MULTILINE)
# LGPL is meant to pass: a library used as it is.
COPYLEFT = re.compile(r"\bA?GPL|(?<!Lesser )General Public License", re.IGNORECASE)


def declared() -> dict[str, str]:
    """Each package that the project file names, with its range."""
    project = PROJECT["project"]
    lists = [
        project["dependencies"],
        *project["optional-dependencies"].values(),
        *PROJECT["dependency-groups"].values(),
    ]
    wanted = [(text, Requirement(text)) for texts in lists for text in texts]
    return {want.name: text[re.search("[<>=~!]", text).start() :] for text, want in wanted}


def listed() -> dict[str, str]:
    """Each package on the page, with its range."""
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    return {name: span for name, span, _why, _licence in ROW.findall(page)}


def locked() -> list[str]:
    """The packages that production installs, without the ones that only build."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return re.findall(r"^([\w.-]+)(?:\[.*\])?==", text, re.MULTILINE)


def licence(distribution: importlib.metadata.Distribution) -> str:
    """What a distribution says of its licence, in one line."""
    about = distribution.metadata
    classifiers = [c for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    said = about.get("License-Expression") or (about.get("License") or "").splitlines()[:1]
    return " ".join([*([said] if isinstance(said, str) else said), *classifiers])


def test_the_page_lists_what_the_project_declares_with_the_same_ranges() -> None:
    assert listed() == declared()


def test_nothing_that_runs_is_under_a_copyleft_that_reaches_us() -> None:
    installed = {
        canonicalize_name(distribution.name): distribution
        for distribution in importlib.metadata.distributions()
    }
    said = {name: licence(installed[name]) for name in locked() if name in installed}
    assert len(said) > 40
    assert {name: text for name, text in said.items() if COPYLEFT.search(text)} == {}
    assert [name for name, text in said.items() if not text.strip()] == []
