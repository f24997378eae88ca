"""The limits of sending: what holds a mail, for how long, and who goes first."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.enrollment import Enrollment
from domain.limits import (
    ANSWER,
    CADENCE,
    CHECK_IN,
    NURTURE,
    WELCOME,
    Breaker,
    Cap,
    ContactLimits,
    Gone,
    Held,
    MailLimits,
    Rate,
    Rival,
    Wait,
    caps_of,
    held_at,
    held_for_contact,
    in_hours,
    lets_first,
    order,
    rank_of,
    trips,
)
from domain.times.calendar import Calendar, Hours
from tests.support.moments import at

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("part", "because", "more", "rank"),
    [
        ("cadence:follow-up", "stage:new", {"approved": True}, ANSWER),
        ("nurture:thanks", "cadence:follow-up:answered", {}, ANSWER),
        ("cadence:follow-up", "stage:new", {}, CADENCE),
        ("cadence:follow-up", "by_hand", {}, CADENCE),
        ("nurture:welcome", "won", {}, WELCOME),
        ("nurture:check-in", "lost:price", {}, CHECK_IN),
        ("nurture:check-in", "nurture:welcome:finished", {}, CHECK_IN),
        ("nurture:trial", "event:trial_started", {}, NURTURE),
        ("nurture:news", "campaign", {}, NURTURE),
    ],
)
def test_answers_come_before_cadences_welcome_check_in_and_nurtures(
    part: str, because: str, more: dict[str, Any], rank: int
) -> None:
    one = Enrollment(
        enrollment_id="E-1",
        part=part,
        version=1,
        contact_id="C-1",
        because=because,
        started_at=at(),
        anchor_at=at(),
        **more,
    )
    assert rank_of(one) == rank


def _rival(touch: str, rank: int, closes: int, due: int = 0, reason: str | None = None) -> Rival:
    return Rival(touch, rank, at(closes), at(due), reason)


@pytest.mark.parametrize(
    ("mine", "other", "waits"),
    [
        (_rival("a", NURTURE, 1), _rival("b", CADENCE, 9), True),
        (_rival("a", CADENCE, 9), _rival("b", NURTURE, 1), False),
        (_rival("a", CADENCE, 3), _rival("b", CADENCE, 2), True),
        (_rival("a", CADENCE, 2), _rival("b", CADENCE, 3), False),
        (_rival("a", NURTURE, 1), _rival("b", CADENCE, 9, 2), False),
        (_rival("a", NURTURE, 1), _rival("b", CADENCE, 9, 2, "contact_gap"), True),
        (_rival("a", NURTURE, 1), _rival("b", CADENCE, 9, 2, "minimum_gap"), True),
        (_rival("a", NURTURE, 1), _rival("b", CADENCE, 9, 2, "paused"), False),
        (_rival("a", NURTURE, 1), _rival("b", CADENCE, 9, 2, "mailbox_day"), False),
    ],
)
def test_of_two_that_wait_for_one_contact_the_greater_goes_first(
    mine: Rival, other: Rival, waits: bool
) -> None:
    held = lets_first(mine, [other], at(0, hours=1))
    assert (held is not None) is waits
    if held is not None:
        assert held.word == "other_first"
        assert held.until > max(other.at, at(0, hours=1))


_RIVALS = st.lists(
    st.builds(
        Rival,
        touch_id=st.uuids().map(str),
        rank=st.integers(0, 4),
        closes=st.none() | st.integers(0, 5).map(lambda day: at(day)),
        at=st.integers(0, 3).map(lambda day: at(day)),
        reason=st.sampled_from([None, "contact_gap", "other_first"]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one.touch_id,
)


@given(_RIVALS)
def test_exactly_one_of_those_that_wait_may_go(rivals: list[Rival]) -> None:
    """Nobody waits in a circle, and no two go at once."""
    now = at(3)
    free = [
        one
        for one in rivals
        if lets_first(one, [other for other in rivals if other is not one], now) is None
    ]
    assert free == [min(rivals, key=order)]


def test_a_contact_has_its_rest_between_two_mails() -> None:
    held = held_for_contact(ContactLimits(), "sales", [Gone(at(), "sales")], at(0, minutes=20))
    assert held == Held("contact_gap", at(0, hours=1))
    assert held_for_contact(ContactLimits(), "sales", [Gone(at(), "sales")], at(0, hours=1)) is None


def test_a_contact_gets_no_more_than_its_number_in_its_days() -> None:
    gone = [Gone(at(day), "sales") for day in range(5)]
    held = held_for_contact(ContactLimits(), "service", gone, at(4, hours=5))
    assert held == Held("contact_cap", at(7))
    assert held_for_contact(ContactLimits(), "service", gone, at(7)) is None


def test_marketing_has_a_smaller_number_that_other_mail_does_not_use_up() -> None:
    gone = [Gone(at(day), "marketing") for day in (0, 1, 2)]
    held = held_for_contact(ContactLimits(), "marketing", gone, at(3))
    assert held == Held("marketing_cap", at(7))
    assert held_for_contact(ContactLimits(), "sales", gone, at(3)) is None
    sales = [Gone(at(day), "sales") for day in (0, 1, 2)]
    assert held_for_contact(ContactLimits(), "marketing", sales, at(3)) is None


def test_each_place_in_a_queue_waits_for_its_own_departure() -> None:
    cap = Cap("mailbox_minute", "main", 3, MINUTE)
    places = [cap.place(ahead) for ahead in range(7)]
    assert places == [
        (3, timedelta(0)),
        (2, timedelta(0)),
        (1, timedelta(0)),
        (3, MINUTE),
        (2, MINUTE),
        (1, MINUTE),
        (3, 2 * MINUTE),
    ]


def test_a_mailbox_may_bring_a_rate_of_its_own() -> None:
    limits = MailLimits(mailbox=Rate(10, 100), domain=Rate(None, 50))
    ours = caps_of("main", "x.example", limits, None, MINUTE)
    assert [(cap.key, cap.most) for cap in ours] == [
        ("mailbox_minute:main", 10),
        ("mailbox_day:main", 100),
        ("domain_day:x.example", 50),
    ]
    own = caps_of("olga", None, limits, Rate(per_day=7), MINUTE)
    assert [(cap.key, cap.most) for cap in own] == [("mailbox_day:olga", 7)]


@given(st.uuids().map(str))
def test_what_was_held_over_a_night_does_not_all_go_at_the_opening(key: str) -> None:
    hours = Hours.of(Calendar(zone="Europe/London", country="GB"))
    night = at(1, hours=12)
    assert not hours.is_open(night)
    opens = hours.next_open(night)
    again = in_hours(Held("mailbox_day", night), hours, key)
    assert opens <= again <= opens + timedelta(hours=2)
    assert hours.is_open(again)


def test_keys_spread_what_was_held_over_a_night() -> None:
    hours = Hours.of(Calendar(zone="Europe/London", country="GB"))
    night = at(1, hours=12)
    moments = {in_hours(Held("x", night), hours, str(number)) for number in range(50)}
    assert len(moments) > 40


@pytest.mark.parametrize(
    ("left", "bounces", "complaints", "told"),
    [
        (10, 4, 1, []),
        (10, 5, 0, ["all"]),
        (500, 5, 0, []),
        (500, 25, 0, ["all"]),
        (500, 0, 1, []),
        (500, 0, 2, ["marketing"]),
        (100, 9, 3, ["all", "marketing"]),
    ],
)
def test_a_mailbox_is_halted_by_a_number_and_a_share(
    left: int, bounces: int, complaints: int, told: list[str]
) -> None:
    assert trips(Breaker(), left, bounces, complaints) == told


def test_a_wait_that_was_cut_short_does_not_hold_beyond_the_next() -> None:
    stopped, busy = Wait(at(), at(5), "mail_stopped"), Wait(at(1), at(2), "mailbox_day")
    found = [held_at((stopped, busy), at(day)) for day in (-1, 0, 0.5, 1, 1.9, 2, 3)]
    assert found == [None, stopped, stopped, busy, busy, None, None]
    assert held_at((), at()) is None
