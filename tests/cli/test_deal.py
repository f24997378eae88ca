"""`sluice deal` and its neighbours: shapes that scripts read, exits, and what a person reads."""

import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.main import run
from operations.clock import ClockFile
from operations.house import House
from store.database import Store
from tests.support.moments import MONDAY
from tests.support.shortcut import ANN, OLGA, house, no_engine

__all__ = ["house", "no_engine"]

Asked = Callable[..., Any]


@pytest.fixture
def folder(house: House, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a house that the commands find."""
    monkeypatch.setenv("SLUICE_DATA_DIR", str(house.config.data_dir))
    monkeypatch.setenv("SLUICE_SECRET", house.config.secret.decode())
    monkeypatch.setenv("SLUICE_TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("TZ", "Europe/Warsaw")
    monkeypatch.delenv("SLUICE_ACTOR", raising=False)
    ClockFile(house.config.data_dir).start(begins=MONDAY + timedelta(hours=1))
    return house.config.data_dir


@pytest.fixture
def ask(folder: Path, capsys: pytest.CaptureFixture[str]) -> Asked:
    """Run a command that works; its data with `--json`, otherwise its words."""

    def asked(*words: str) -> Any:
        code = run(list(words))
        said = capsys.readouterr()
        assert code == 0, said.err
        return json.loads(said.out) if "--json" in words else said.out

    return asked


@pytest.fixture
def refuse(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Run a command that is refused with this exit; its error."""

    def refused(code: int, *words: str) -> dict[str, Any]:
        assert run([*words, "--json"]) == code
        said = capsys.readouterr()
        assert said.out == ""
        error: dict[str, Any] = json.loads(said.err.splitlines()[-1])["error"]
        assert set(error) == {"type", "message", "where"}
        return error

    return refused


def opened(ask: Asked, *more: str) -> str:
    told = ask("deal", "open", "--contact", ANN, "--title", "A boat", "--json", *more)
    return str(told["deal_id"])


def test_open_gives_an_id_a_version_and_says_what_goes_when(ask: Asked) -> None:
    told = ask("deal", "open", "--contact", ANN, "--title", "A boat", "--owner", OLGA, "--json")
    assert {"deal_id", "version", "next"} <= told.keys()
    assert told["next"][0]["what"] == "mail first-contact"
    words = ask("deal", "open", "--contact", ANN, "--title", "Another boat")
    assert "mail first-contact" in words
    assert "3-5 days after the previous touch" in words
    assert "times in Europe/Warsaw" in words


def test_show_next_and_history_have_the_shapes_that_scripts_read(ask: Asked) -> None:
    deal_id = opened(ask)
    shown = ask("deal", "show", deal_id, "--json")
    assert {"deal_id", "title", "stage", "status", "paused", "stagnant", "version"} <= shown.keys()
    assert (shown["title"], shown["status"], shown["stagnant"]) == ("A boat", "open", [])
    assert {"at", "what", "why"} <= shown["next"][0].keys()
    assert shown["next"][0]["at"].endswith("Z")
    told = ask("deal", "history", deal_id, "--json")
    keys = {"version", "at", "recorded_at", "kind", "actor", "cause", "playbook_version", "text"}
    assert all(keys <= one.keys() for one in told)
    assert ask("deal", "next", deal_id, "--json")["next"]
    assert ask("mail", "list", "--deal", deal_id, "--json") == []
    explained = ask("deal", "explain", deal_id, "--json")
    assert explained["touches"][0]["step"] == "first-contact"


def test_people_read_pages_and_not_data(ask: Asked) -> None:
    deal_id = opened(ask, "--owner", OLGA)
    page = ask("deal", "show", deal_id)
    assert "Olga Owner" in page
    assert "Ann Other (primary)" in page
    assert "Opened with the playbook simple" in ask("deal", "history", deal_id)
    assert "first-contact" in ask("deal", "next", deal_id)
    assert "first-contact: planned" in ask("deal", "explain", deal_id, "--step", "first-contact")
    assert "A boat" in ask("deal", "list", "--status", "open")
    assert "No deal is like that." in ask("deal", "list", "--status", "won")


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        (("advance", "contacted"), ["stage_entered"]),
        (("log", "call", "--note", "hi", "--at", "2026-03-02"), ["activity_logged"]),
        (("reply", "--channel", "phone"), ["reply_recorded"]),
        (("promise", "--what", "the drawings", "--due", "2026-03-05"), ["promise_made"]),
        (("wait", "--until", "2026-04-01"), ["wait_agreed"]),
        (("pause", "--until", "2026-04-01"), ["deal_paused"]),
        (("win", "--reason", "price"), ["deal_won"]),
        (("lose", "--reason", "price"), ["deal_lost"]),
        (("assign", OLGA), ["owner_assigned"]),
        (("change", "--amount", "480.50", "--currency", "EUR"), ["details_changed"]),
        (("link", "bob@them.example", "--role", "decider"), ["contact_linked"]),
        (("account", "Weir & Sons"), ["account_set"]),
        (("stop", "follow-up"), ["enrollment_ended"]),
        (("away", "--back", "2026-03-20"), ["absence_noted"]),
    ],
)
def test_each_word_tells_the_deal_its_thing(
    ask: Asked, words: tuple[str, ...], kinds: list[str]
) -> None:
    opening = ask("deal", "open", "--contact", ANN, "--title", "A boat", "--json")
    deal_id, before = opening["deal_id"], opening["version"]
    if words[0] != "account":
        assert ask("deal", words[0], deal_id, *words[1:], "--dry-run", "--json")["would"]
    told = ask("deal", words[0], deal_id, *words[1:], "--as", "olga", "--json")
    assert told["version"] > before
    added = ask("deal", "history", deal_id, "--after", str(before), "--json")
    assert added[0]["version"] == before + 1
    assert set(kinds) <= {one["kind"] for one in added}
    assert {one["actor"] for one in added} == {"olga"}


def test_a_deal_goes_all_the_way_and_back(ask: Asked) -> None:
    deal_id = opened(ask)
    ask("deal", "change", deal_id, "--field", "budget=5000")
    assert ask("deal", "advance", deal_id, "negotiation", "--json")["stage"] == "negotiation"
    assert ask("deal", "back", deal_id, "contacted", "--json")["stage"] == "contacted"
    assert ask("deal", "win", deal_id, "--json")["status"] == "won"
    assert ask("deal", "reopen", deal_id, "--json")["status"] == "open"
    ask("deal", "pause", deal_id)
    assert "is in contacted" in ask("deal", "resume", deal_id)
    ask("deal", "enroll", deal_id, "follow-up")
    promised = ask("deal", "promise", deal_id, "--what", "it", "--due", "2026-03-05", "--json")
    assert promised["deal_id"] == deal_id
    [kept] = ask("deal", "show", deal_id, "--json")["promises"]
    ask("deal", "keep-promise", deal_id, kept["promise_id"])
    assert ask("deal", "show", deal_id, "--json")["promises"] == []


def test_a_bare_date_is_spelled_out(ask: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    deal_id = opened(ask)
    assert run(["deal", "wait", deal_id, "--until", "2026-03-07"]) == 0
    assert "--until means Mon 09 Mar 2026 09:00 Europe/London" in capsys.readouterr().err


def test_refusals_have_their_exit_their_fact_and_their_place(
    ask: Asked, refuse: Callable[..., dict[str, Any]]
) -> None:
    deal_id = opened(ask)
    closed = refuse(3, "deal", "advance", deal_id, "proposal")
    assert closed["type"] == "gate_closed"
    assert 'wants "budget" filled in' in closed["message"]
    unknown = refuse(3, "deal", "advance", deal_id, "propsal")
    assert (unknown["type"], unknown["where"]) == ("unknown_stage", "stage")
    assert refuse(4, "deal", "show", "D-nothing")["type"] == "not_found"
    assert (
        refuse(4, "deal", "open", "--title", "x", "--contact", "z@z.example")["where"] == "contact"
    )
    assert refuse(2, "deal", "open", "--title", "x", "--amount", "many")["where"] == "amount"
    assert refuse(2, "deal", "open", "--title", "x" * 10_000)["where"] == "title"
    assert refuse(2, "deal", "wait", deal_id, "--until", "soon")["where"] == "--until"
    assert refuse(2, "deal", "list", "--status", "closed")["where"] == "--status"
    assert refuse(2, "deal", "log", deal_id, "cal")["where"] == "activity"
    assert refuse(2, "deal", "change", deal_id, "--field", "budget")["where"] == "--field"
    ask("deal", "win", deal_id)
    assert refuse(3, "deal", "win", deal_id)["type"] == "already_won"
    assert refuse(3, "deal", "lose", deal_id, "--reason", "price")["type"] == "deal_closed"


def test_a_command_id_answers_again_and_never_for_something_else(
    ask: Asked, refuse: Callable[..., dict[str, Any]]
) -> None:
    deal_id = opened(ask, "--command-id", "o-1")
    assert opened(ask, "--command-id", "o-1") == deal_id
    refuse(2, "deal", "open", "--title", "Another", "--command-id", "o-1")
    assert ask("command", "show", "o-1", "--json")["status"] == "done"
    refuse(4, "command", "show", "o-2")


def test_an_engine_that_is_away_is_exit_5_and_nothing_is_half_done(
    ask: Asked, refuse: Callable[..., dict[str, Any]], house: House,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    deal_id = opened(ask)
    before = ask("deal", "show", deal_id, "--json")["version"]
    real = Store.open
    monkeypatch.setattr(Store, "open", lambda url: real(url, wait_s=0.1))
    locker = sqlite3.connect(str(house.store.url.database), isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    try:
        for words in (
            ("deal", "pause", deal_id),
            ("deal", "reply", deal_id),
            ("contact", "unsubscribe", ANN),
            ("contact", "add", "new@them.example"),
            ("mail", "stop"),
        ):
            error = refuse(5, *words)
            assert error["type"] == "unreachable"
            assert "locked" in error["message"]
    finally:
        locker.execute("ROLLBACK")
        locker.close()
    assert ask("deal", "show", deal_id, "--json")["version"] == before
    refuse(4, "contact", "show", "new@them.example")


@pytest.mark.parametrize("words", [("deal",), ("contact",), ("mail",), ("playbook",), ("task",)])
def test_a_word_alone_shows_what_it_can_do(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    run([*words, "--help"])
    assert "Commands" in capsys.readouterr().out
