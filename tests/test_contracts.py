"""Imports face inward, and the clock of the house stays light."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.gate

ROOT = Path(__file__).parent.parent

LOAD_WORKFLOWS = """
import importlib, pkgutil, sys
import workflows
for module in pkgutil.walk_packages(workflows.__path__, "workflows."):
    importlib.import_module(module.name)
heavy = ("sqlalchemy", "jinja2", "aiosmtplib", "alembic", "psycopg", "fastapi", "store", "mail")
print(sorted(set(heavy) & set(sys.modules)))
"""


def test_the_rooms_keep_their_contracts() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_the_workflows_loads_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOAD_WORKFLOWS], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
