"""`sluice events`: the ledger as a feed, resumable by position."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from cli import events
from cli.main import run
from operations import stop_facts
from operations.house import House
from tests.cli.test_deal import Asked, ask, folder, opened, refuse
from tests.support.shortcut import ANN, OLGA, house, no_engine

__all__ = ["ask", "folder", "house", "no_engine", "refuse"]

Said = tuple[list[dict[str, Any]], str]


@pytest.fixture
def feed(folder: object, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """What the feed says: an object a line, and where to go on."""

    def read(*words: str, code: int = 0) -> Said:
        assert run(["events", "--json", *words]) == code
        said = capsys.readouterr()
        return [json.loads(line) for line in said.out.splitlines()], said.err

    return read


def test_a_reader_that_comes_back_misses_nothing_and_sees_nothing_twice(
    ask: Asked, feed: Callable[..., Said]
) -> None:
    opened(ask)
    first, told = feed("--from", "0")
    positions = [one["position"] for one in first]
    assert positions == list(range(1, len(first) + 1))
    assert told.strip() == f"go on with: --from {positions[-1]}"
    assert feed("--from", str(positions[-1]))[0] == []
    deal_id = opened(ask)
    more, _ = feed("--from", str(positions[-1]))
    assert [one["position"] for one in more] == list(
        range(positions[-1] + 1, positions[-1] + 1 + len(more))
    )
    assert {one["stream"] for one in more} == {f"deal/{deal_id}"}


def test_a_stream_and_kinds_can_be_picked(ask: Asked, feed: Callable[..., Said]) -> None:
    deal_id = opened(ask)
    opened(ask)
    found, _ = feed("--stream", f"deal/{deal_id}")
    assert [one["version"] for one in found] == list(range(1, len(found) + 1))
    kinds = ("--kind", "deal_opened", "--kind", "enrolled")
    found, _ = feed("--from", "0", *kinds)
    assert [one["kind"] for one in found] == ["deal_opened", "enrolled"] * 2


def test_people_read_sentences_with_names_and_programs_ids(
    ask: Asked, feed: Callable[..., Said], house: House
) -> None:
    deal_id = opened(ask, "--owner", OLGA)
    words = ask("events", "--from", "0")
    assert f"deal/{deal_id}  " in words
    assert "Given to Olga Owner" in words
    assert "Ann Other takes part as primary" in words
    found, _ = feed("--from", "0")
    assert "Olga" not in json.dumps(found)
    assert all(one["text"] for one in found)


def test_following_goes_on_with_what_happens_until_it_is_stopped(
    ask: Asked, feed: Callable[..., Said], house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal_id = opened(ask)
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 2:
            stop_facts.unsubscribe(house, ANN, actor="test")
        if len(naps) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(events, "sleep", nap)
    found, told = feed("--follow", code=130)
    assert {one["kind"] for one in found} >= {"unsubscribed", "enrollment_ended"}
    assert f"deal/{deal_id}" in {one["stream"] for one in found}
    assert all(one["kind"] != "deal_opened" for one in found)
    assert told.strip().endswith(f"--from {found[-1]['position']}")
    assert naps == [events.LOOK_S] * 4


def test_a_kind_that_is_none_is_answered_with_the_one_that_may_be_meant(
    refuse: Callable[..., dict[str, Any]],
) -> None:
    error = refuse(2, "events", "--kind", "touch_send")
    assert "touch_sent" in error["message"]
