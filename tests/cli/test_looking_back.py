"""`--as-of` and `--known`: the past in the terminal, in the same words as the present."""

from collections.abc import Callable
from typing import Any

import pytest

from cli.main import run
from tests.cli.test_deal import Asked, ask, folder, opened, refuse
from tests.support.shortcut import house, no_engine

__all__ = ["ask", "folder", "house", "no_engine", "refuse"]


def test_each_look_takes_a_moment(ask: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    deal_id = opened(ask)
    now = ask("deal", "show", deal_id, "--json")
    ask("deal", "reply", deal_id)
    moment = ("--as-of", now["opened_at"], "--known")
    assert ask("deal", "show", deal_id, *moment, "--json")["version"] == now["version"]
    kinds = [one["kind"] for one in ask("deal", "history", deal_id, *moment, "--json")]
    assert "reply_recorded" not in kinds
    assert ask("deal", "next", deal_id, *moment, "--json")["as_of"] == now["opened_at"]
    told = ask("deal", "explain", deal_id, *moment, "--json")["touches"]
    assert told[0]["status"] == "planned"
    assert ask("deal", "explain", deal_id, "--json")["touches"][0]["status"] == "not_made"
    assert run(["deal", "timeline", deal_id, *moment]) == 0
    said = capsys.readouterr()
    assert said.err.startswith("as of Mon 2 Mar")
    assert "only what had been recorded by then" in said.err
    assert "first-contact" in said.out


def test_the_timeline_has_both_sides_of_now_and_what_was_not_done(ask: Asked) -> None:
    deal_id = opened(ask)
    ask("deal", "reply", deal_id, "--note", "Not now")
    told = ask("deal", "timeline", deal_id, "--json")
    assert {one["place"] for one in told["entries"]} == {"past", "now", "ahead"}
    assert {one["what"] for one in told["entries"]} >= {"event", "not_made", "now"}
    words = ask("deal", "timeline", deal_id)
    assert "---" in words
    assert 'They replied by email "Not now"' in words
    assert "no reply while the sequence runs" in words


def test_sentences_are_told_in_the_zone_of_the_terminal(ask: Asked) -> None:
    words = ask("deal", "explain", opened(ask))
    assert words.endswith("times in Europe/Warsaw\n")
    assert "window Mon 2 Mar 11:00" in words


def test_a_moment_that_cannot_be_looked_at_is_refused(
    ask: Asked, refuse: Callable[..., dict[str, Any]]
) -> None:
    deal_id = opened(ask)
    error = refuse(2, "deal", "next", deal_id, "--as-of", "tomorrow")
    assert error["where"] == "--as-of"
    assert (
        "still lies ahead" in refuse(2, "deal", "show", deal_id, "--as-of", "2099-01-01")["message"]
    )
    assert refuse(2, "deal", "show", deal_id, "--known")["message"].startswith("say as of when")
    error = refuse(4, "deal", "history", deal_id, "--as-of", "2026-02-01")
    assert "had not begun yet" in error["message"]
