"""The wheel holds the rooms, no more, and runs from an empty folder."""

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.gate

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTENTS = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """The output of a command that must succeed, without the checkout on its path."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=kept, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def holds_files(path: Path) -> bool:
    """Whether there is anything to pack: a file, or a folder with one in it."""
    return path.is_file() or any(inner.is_file() for inner in path.rglob("*"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as a release would be."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of an environment with the wheel and the packages that we have anyway.

    Those come by a path file, which is not followed any further: the editable checkout that
    another path file adds here is not seen there.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
    ours = sysconfig.get_path("purelib")
    (Path(str(packages).strip()) / "packages.pth").write_text(f"{ours}\n", encoding="utf-8")
    run(python, "-m", "installer", wheel)
    return folder / "bin"


def test_the_wheel_holds_the_rooms_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name.split("/")[0] for name in archive.namelist()}
    names = {name for name in names if not name.endswith(".dist-info")}
    assert names == {name for name in CONTENTS if holds_files(ROOT / name)}


def test_every_room_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    rooms = [name for name in CONTENTS if (ROOT / name / "__init__.py").exists()]
    assert len(rooms) == 9
    assert [room for room in rooms if f"{room}/__init__.py" not in names] == []


def test_the_rooms_come_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    where = run(
        installed / "python", "-c", "import domain; print(domain.__file__)", cwd=tmp_path
    ).strip()
    assert Path(where).is_relative_to(installed.parent)


def test_sluice_says_its_version_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    if not (ROOT / "cli" / "main.py").is_file():
        return
    assert PROJECT["project"]["version"] in run(installed / "sluice", "--version", cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []
