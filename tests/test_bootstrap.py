"""Setting up says what is missing, in words that can be typed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.gate

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted([*ROOT.glob("scripts/*.sh"), *ROOT.glob("deploy/*.sh"), ROOT / ".ci" / "run"])

# A Python 3.12 as Debian ships it without its package for environments.
BARE_PYTHON = """#!/bin/sh
case "$2" in
    *ensurepip*) exit 1 ;;
    *"%d.%d"*) echo 3.12 ;;
esac
"""
OLD_PYTHON = "#!/bin/sh\nexit 1\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with what setting up reads, and a bin folder without uv and Python."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "bootstrap.sh", tmp_path / "scripts")
    for name in ("pyproject.toml", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "cat", "cksum", "dirname", "date", "grep", "rm"):
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / "bin" / tool).symlink_to(found)
    return tmp_path


def give_python(checkout: Path, script: str) -> None:
    """Puts a stand-in for python3 on the path."""
    python = checkout / "bin" / "python3"
    python.write_text(script, encoding="utf-8")
    python.chmod(0o755)


def bootstrap(checkout: Path, *kind: str) -> subprocess.CompletedProcess[str]:
    """Runs the script there, seeing that bin folder alone."""
    return subprocess.run(
        ["/bin/sh", "scripts/bootstrap.sh", *kind],
        cwd=checkout,
        env={"PATH": str(checkout / "bin")},
        capture_output=True,
        text=True,
    )


def test_a_python_that_cannot_make_environments_gets_the_exact_line(checkout: Path) -> None:
    give_python(checkout, BARE_PYTHON)
    done = bootstrap(checkout)
    assert done.returncode == 1
    assert "sudo apt-get install -y python3.12-venv" in done.stderr
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("python", [None, OLD_PYTHON])
def test_without_a_python_of_this_age_it_says_which_one(checkout: Path, python: str | None) -> None:
    if python is not None:
        give_python(checkout, python)
    done = bootstrap(checkout)
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr


def test_a_folder_of_somebody_else_is_not_removed(checkout: Path) -> None:
    give_python(checkout, BARE_PYTHON.replace("*ensurepip*) exit 1 ;;", ""))
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "precious").touch()
    done = bootstrap(checkout)
    assert "is no Python environment; move it away" in done.stderr
    assert (checkout / ".venv" / "precious").exists()


def test_an_unknown_kind_is_refused(checkout: Path) -> None:
    done = bootstrap(checkout, "everything")
    assert (done.returncode, "not 'everything'" in done.stderr) == (2, True)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_parses_and_can_be_started(script: Path) -> None:
    shell = "bash" if "bash" in script.read_text(encoding="utf-8").splitlines()[0] else "sh"
    done = subprocess.run([shell, "-n", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert os.access(script, os.X_OK)


def make(*words: str) -> subprocess.CompletedProcess[str]:
    """What make says, whether or not a make started this test."""
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(
        ["make", *words], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_every_word_of_make_is_listed_and_known() -> None:
    words = [line.split()[1] for line in make().stdout.splitlines()]
    assert words[:2] == ["demo", "test"]
    planned = make("-n", *words)
    assert (planned.returncode, planned.stderr) == (0, "")
