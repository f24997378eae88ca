"""How commands end: exits by kind of error, JSON where asked, help without loading anything."""

import json
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
import typer

from cli import main, output
from cli.telling import table
from domain.refusal import Malformed, NotFound, Refused
from operations.desk import ApplyFailed, NotYetRecorded
from operations.house import EngineUnreachable
from settings import ROOT

ENDS = [
    (Malformed("no date", "--on"), 2, "malformed"),
    (Refused("gate_closed", "the gate wants a budget", "budget"), 3, "gate_closed"),
    (NotFound("there is no deal D-1"), 4, "not_found"),
    (EngineUnreachable("Temporal", "no answer"), 5, "unreachable"),
    (ApplyFailed("c-1", "KeyError"), 1, "fault"),
    (ZeroDivisionError("division by zero"), 1, "fault"),
]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Lets the command `doctor` end with an exception."""

    def arrange(error: Exception) -> None:
        app = typer.Typer()

        @app.command()
        def doctor() -> None:
            raise error

        @app.command()
        def other() -> None: ...

        monkeypatch.setattr("cli.running.app", app)

    return arrange


@pytest.mark.parametrize(("error", "code", "kind"), ENDS)
def test_an_error_has_its_exit_and_is_told_as_json(
    failing: Callable[[Exception], None],
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
    kind: str,
) -> None:
    failing(error)
    assert main.run(["doctor", "--json"]) == code
    said = capsys.readouterr()
    assert said.out == ""
    told = json.loads(said.err)["error"]
    assert set(told) == {"type", "message", "where"}
    assert told["type"] == kind


@pytest.mark.parametrize(("error", "code", "kind"), ENDS)
def test_the_same_is_one_plain_line_for_a_person(
    failing: Callable[[Exception], None],
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
    kind: str,
) -> None:
    failing(error)
    assert main.run(["doctor"]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert "Traceback" not in said.err


def test_what_is_accepted_and_not_yet_recorded_is_no_error(
    failing: Callable[[Exception], None], capsys: pytest.CaptureFixture[str]
) -> None:
    failing(NotYetRecorded("c-1", "D-1"))
    assert main.run(["doctor", "--json"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    told = {"command_id": "c-1", "deal_id": "D-1", "status": "waiting"}
    assert json.loads(said.out) == told
    assert main.run(["doctor"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "accepted, not yet recorded: c-1; ask with: sluice command show c-1\n"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["docter"], "'doctor'"),
        (["doctor", "--nope"], "--nope"),
        (["serve", "--port", "many"], "--port"),
    ],
)
def test_a_wrong_command_line_is_exit_2_with_a_hint(
    capsys: pytest.CaptureFixture[str], words: list[str], hint: str
) -> None:
    assert main.run(words) == 2
    assert hint in capsys.readouterr().err


def test_an_unknown_command_is_told_as_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["nonsense", "--json"]) == 2
    assert json.loads(capsys.readouterr().err)["error"]["type"] == "usage"


def test_an_interrupted_command_is_exit_130(failing: Callable[..., None]) -> None:
    failing(KeyboardInterrupt())  # type: ignore[arg-type]
    assert main.run(["doctor"]) == 130


@pytest.mark.parametrize("word", list(main.COMMANDS))
def test_every_word_has_its_command_with_help_and_json(
    capsys: pytest.CaptureFixture[str], word: str
) -> None:
    assert main.run([word, "--help"]) == 0
    said = capsys.readouterr().out
    assert "--json" in said
    assert f"sluice {word}" in said


def test_help_names_every_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [word for word in main.COMMANDS if not any(f"  {word} " in line for line in lines)] == []


def test_help_loads_neither_temporal_nor_a_database() -> None:
    code = (
        "import sys, cli.main; cli.main.run(['--help']);"
        "print([name for name in sys.modules if name.split('.')[0] in"
        " ('temporalio', 'sqlalchemy', 'fastapi', 'jinja2', 'rich', 'aiosmtplib')])"
    )
    asked = [sys.executable, "-c", code]
    said = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1] == "[]"


def test_a_reader_that_left_is_no_fault() -> None:
    code = "import sys; from cli.main import main; main()"
    command = f"{sys.executable} -c '{code}' --help | true"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True)
    assert "Traceback" not in done.stderr


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    told = output.columns(("id", "name"), [("D-1", "A boat"), ("D-22", None)])
    assert told.splitlines() == ["id    name", "D-1   A boat", "D-22"]


OBEYED = "A \x1b[2J\x1b]0;you are root\x07 boat\r \x9b31m \u202eexe.\u2066 \x7f"


def test_what_others_typed_never_commands_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "coloured", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    told = {"title": OBEYED}
    output.say(told, f"one\r\ntwo: {OBEYED}")
    output.say(told, lambda: table(("title",), [(OBEYED,)]))
    output.note(OBEYED)
    output.line(OBEYED)
    output.tell(Refused("odd", OBEYED))
    said = "".join(capsys.readouterr())
    assert "boat" in said
    assert "one\ntwo" in said
    assert (
        re.findall("\x1b(?!\\[[02]m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202e\u2066]", said)
        == []
    )


def test_json_says_what_was_typed_in_signs_that_no_terminal_obeys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output.speak_json()
    output.say({"title": OBEYED})
    output.tell(Refused("odd", OBEYED))
    output.speak_json(False)
    said = capsys.readouterr()
    assert json.loads(said.out)["title"] == OBEYED
    assert json.loads(said.err)["error"]["message"] == OBEYED
    assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066]", said.out + said.err) == []
