"""Sentences: what people read in a timeline."""

from zoneinfo import ZoneInfo

import pytest

from domain import deal_events as d
from domain import touch_events as e
from domain.events import KINDS
from domain.sentences import SENTENCES, cause, moment, sentence
from tests.domain.test_event_shapes import read
from tests.support.moments import at


def test_every_kind_of_event_has_a_sentence() -> None:
    assert set(SENTENCES) == set(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_sentence_is_one_line_that_begins_with_a_capital(kind: str) -> None:
    told = sentence(read(kind, KINDS[kind].schema_number))
    assert told
    assert told[0].isupper() or told.startswith("C-")
    assert "\n" not in told
    assert "None" not in told
    assert "_" not in told.partition("(")[0]


def test_a_touch_says_its_window_and_its_rule() -> None:
    assert sentence(read("touch_sent", 1)) == (
        "Follow-up 2 was sent (window Mon 2 Mar 10:00 - Wed 4 Mar 10:00, moved: no open hour"
        " between Sat 28 Feb 10:00 and Sun 1 Mar 10:00: weekend, simple/cadence:follow-up@2)"
    )


def test_a_touch_may_leave_its_grounds_to_who_tells_them_beside_it() -> None:
    assert sentence(read("touch_sent", 1), grounds=False) == "Follow-up 2 was sent"
    missed = sentence(read("touch_missed", 1), grounds=False)
    assert missed == "Follow-up 2 was missed: its window passed while nothing could go out"
    for kind in ("deal_opened", "reply_recorded"):
        same = read(kind, 1)
        assert sentence(same, grounds=False) == sentence(same)


def test_a_touch_that_did_not_go_says_why() -> None:
    told = sentence(read("touch_missed", 1))
    assert told.startswith("Follow-up 2 was missed: its window passed while nothing could go out")


def test_stagnation_names_its_measure_its_limit_and_its_rule() -> None:
    flagged = d.StagnationFlagged(
        at=at(7), reason="silence", since=at(), limit="7 days", rule="simple/limits@2"
    )
    assert sentence(flagged) == (
        "Stagnant: no word from the other side since Mon 2 Mar 09:00"
        " (limit 7 days, simple/limits@2)"
    )


def test_moments_are_told_in_the_zone_of_the_reader() -> None:
    assert moment(at(), ZoneInfo("Europe/Warsaw")) == "Mon 2 Mar 10:00"
    waits = d.WaitAgreed(at=at(), until=at(20, hours=15))
    assert sentence(waits, ZoneInfo("Asia/Tokyo")) == "Agreed to wait until Mon 23 Mar 09:00"


def test_a_notice_to_nobody_says_so() -> None:
    told = e.Notified(
        at=at(), touch_id="t", template="stagnation-notice", about="stagnant", role="manager"
    )
    assert sentence(told) == ("Nobody plays the role manager, so nobody got the stagnation notice")


@pytest.mark.parametrize(
    ("because", "words"),
    [
        ("stage:new", "the deal entered new"),
        ("lost:no_need", "the deal was lost (no need)"),
        ("event:trial_started", "it was reported: trial started"),
        ("cadence:row:no_answer", "row ended without an answer"),
        ("nurture:check-in:answered", "check-in was answered"),
        ("won", "the deal was won"),
        ("by_hand", "a person began it"),
        ("import", "the import asked for it"),
        ("campaign", "of campaign"),
    ],
)
def test_a_cause_is_told_in_words(because: str, words: str) -> None:
    assert cause(because) == words
