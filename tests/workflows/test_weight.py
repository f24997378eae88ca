"""Workflow code is light, and asks nothing that could be different at a replay."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from worker import sandbox

ROOT = Path(__file__).parents[2]
FORBIDDEN = {
    "time", "random", "uuid", "os", "secrets", "socket", "subprocess", "logging", "threading",
    "requests", "sqlite3", "pathlib",
}  # fmt: skip


def test_importing_workflows_loads_nothing_heavy() -> None:
    said = "import sys, workflows.deal, workflows.nurture, workflows.rounds; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", said], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    heavy = {"sqlalchemy", "jinja2", "aiosmtplib", "store", "mail", "fastapi", "css_inline"}
    assert not loaded & heavy


@pytest.mark.parametrize("path", sorted((ROOT / "workflows").glob("*.py")), ids=lambda p: p.name)
def test_workflow_code_asks_no_clock_and_draws_no_lot(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert not {one.name.partition(".")[0] for one in node.names} & FORBIDDEN
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in FORBIDDEN
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"utcnow", "today", "create_task", "gather", "wait_for"}
            if node.attr == "now":
                assert isinstance(node.value, ast.Name)
                assert node.value.id == "workflow"


def test_the_sandbox_passes_our_light_rooms_through() -> None:
    """Loading them anew for every workflow costs five times the processor time."""
    passed = sandbox().restrictions.passthrough_modules
    assert {"domain", "activities", "workflows"} <= passed
