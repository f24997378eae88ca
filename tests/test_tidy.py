"""The house rules that a machine can check; each test's name is the rule."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.gate

ROOT = Path(__file__).parent.parent
ROOMS = (
    "domain", "workflows", "activities", "store", "mail", "operations", "console", "cli", "client",
)  # fmt: skip
PURE_ROOMS = ("domain", "workflows")
TEXT = {
    ".py", ".md", ".toml", ".yml", ".yaml", ".txt", ".lock", ".sh", ".html", ".j2", ".cfg",
    ".css", ".js", ".json", ".example", "",
}  # fmt: skip

# Written in pieces, so that this file does not break the rules it checks.
REGISTRY_HOSTS = re.compile(
    r"py" r"pi\.org|python" r"hosted\.org|registry\.npm" r"js|deb\.deb" r"ian\.org"
)
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
HOMES = re.compile(r"(?<![\w.])/(home|Users|root)/\w")

UNSTABLE_MODULES = {"os", "random", "secrets", "socket", "subprocess", "time", "uuid"}
UNSTABLE_CALLS = {"open", "print", "input"}
UNSTABLE_METHODS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("dt", "now"), ("dt", "utcnow"),
}  # fmt: skip


def committed() -> list[Path]:
    """Every file that is committed or would be, as a path from the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return sorted(Path(name) for name in listed.splitlines() if (ROOT / name).is_file())


def sources(*rooms: str) -> list[Path]:
    """The Python files of some rooms, or all of them."""
    python = [path for path in committed() if path.suffix == ".py"]
    return [path for path in python if not rooms or path.parts[0] in rooms]


def texts() -> Iterator[tuple[Path, int, str]]:
    """Each line of committed text with its place."""
    for path in committed():
        if path.suffix in TEXT:
            content = (ROOT / path).read_text(encoding="utf-8")
            for number, line in enumerate(content.splitlines(), 1):
                yield path, number, line


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))


def matching(pattern: re.Pattern[str]) -> list[str]:
    """The places where a pattern stands in committed text."""
    return [f"{path}:{number}: {line}" for path, number, line in texts() if pattern.search(line)]


def test_a_function_fits_a_screen() -> None:
    long = [
        f"{path}:{node.lineno}: {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > 70
    ]
    assert long == []


def test_a_line_has_at_most_100_columns() -> None:
    wide = [
        f"{path}:{number}: {len(line)} columns"
        for path, number, line in texts()
        if path.suffix in {".py", ".sh"} and len(line) > 100
    ]
    assert wide == []


def test_a_file_can_be_read_in_one_sitting() -> None:
    long = [
        f"{path}: {lines} lines"
        for path in sources()
        if (lines := len((ROOT / path).read_text(encoding="utf-8").splitlines())) >= 500
    ]
    assert long == []


def test_each_file_of_a_room_says_what_it_is() -> None:
    silent = [
        str(path)
        for path in [*sources(*ROOMS, "benchmarks"), Path("settings.py"), Path("worker.py")]
        if (ROOT / path).is_file() and not ast.get_docstring(tree(path))
    ]
    assert silent == []


def test_the_tests_are_no_package() -> None:
    assert [path for path in sources("tests") if path.name == "__init__.py"] == []


def test_nothing_is_left_unfinished() -> None:
    assert matching(UNFINISHED) == []


def test_no_text_names_a_package_registry() -> None:
    assert matching(REGISTRY_HOSTS) == []


def test_no_text_names_a_path_of_one_machine() -> None:
    here = re.compile(re.escape(str(ROOT)) + r"\b")
    own = [] if len(ROOT.parts) < 3 else matching(here)
    assert own + matching(HOMES) == []


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_a_pure_room_reads_no_clock_no_chance_and_no_world(room: str) -> None:
    places = [
        f"{path}:{line}: {what}" for path in sources(room) for line, what in impure(tree(path))
    ]
    assert places == []


def test_the_domain_imports_the_standard_library_and_pydantic_alone() -> None:
    allowed = sys.stdlib_module_names | {"domain", "pydantic", "pydantic_core"}
    strangers = [
        f"{path}:{line}: {module}"
        for path in sources("domain")
        for line, module in imported(tree(path))
        if module.split(".")[0] not in allowed
    ]
    assert strangers == []


def imported(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Each imported module with the line that names it."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or "." * node.level


def impure(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Imports and calls whose answer differs from run to run."""
    for line, name in imported(module):
        if name.split(".")[0] in UNSTABLE_MODULES:
            yield line, f"imports {name}"
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in UNSTABLE_CALLS:
            yield node.lineno, f"calls {called.id}"
        elif isinstance(called, ast.Attribute) and (owner(called), called.attr) in UNSTABLE_METHODS:
            yield node.lineno, f"calls {owner(called)}.{called.attr}"


def owner(called: ast.Attribute) -> str:
    """The last name before the dot: `datetime` of `dt.datetime.now`."""
    value = called.value
    if isinstance(value, ast.Attribute):
        return value.attr
    return value.id if isinstance(value, ast.Name) else ""


@pytest.mark.parametrize(
    "code",
    [
        "import random",
        "from time import monotonic",
        "from uuid import uuid4",
        "import os",
        "at = datetime.now(UTC)",
        "at = datetime.datetime.utcnow()",
        "day = date.today()",
        "print(1)",
        "open('x')",
    ],
)
def test_the_purity_check_sees(code: str) -> None:
    assert list(impure(ast.parse(code))) != []


@pytest.mark.parametrize(
    "code", ["workflow.now()", "workflow.uuid4()", "from datetime import time"]
)
def test_the_purity_check_lets_pass(code: str) -> None:
    assert list(impure(ast.parse(code))) == []
