"""Ids and spreads: always the same for the same parts, different for different ones."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ids import deal_id_for, digest, new_id, spread

parts = st.lists(st.text(max_size=8), max_size=4).map(tuple)


def test_a_digest_has_26_lower_case_base32_characters():
    assert re.fullmatch("[a-z2-7]{26}", digest("a", "b"))


def test_a_digest_is_the_same_in_every_process_and_version():
    # Kept ids and planned moments rest on these very values.
    assert digest("a", "b") == "7lg546v7d2wfwmasoovs4kbppg"
    assert deal_id_for("command-1") == "D-ze72jnmqlh"
    assert new_id("C", "command-1") == "C-lot4ylvcnkul"
    assert spread("D-1", "E-1", "follow-up-1") == pytest.approx(0.355609733797, abs=1e-12)


def test_a_deal_id_follows_from_its_command():
    assert deal_id_for("command-1") == deal_id_for("command-1") != deal_id_for("command-2")
    assert re.fullmatch("D-[a-z2-7]{10}", deal_id_for("command-1"))


def test_ids_of_two_sorts_differ_beyond_their_prefix():
    assert new_id("C", "x")[2:] != new_id("E", "x")[2:]


def test_a_prefix_may_be_written_with_its_dash():
    assert new_id("E-", "x") == new_id("E", "x")


@settings(deadline=None)
@given(parts, parts)
def test_different_parts_give_different_digests(some, others):
    assert (digest(*some) == digest(*others)) == (some == others)


def test_moving_a_letter_to_the_next_part_makes_another_digest():
    assert len({digest("ab", "c"), digest("a", "bc"), digest("abc"), digest("abc", "")}) == 4


@settings(deadline=None)
@given(parts)
def test_a_spread_lies_from_zero_up_to_one(some):
    assert 0 <= spread(*some) < 1
    assert spread(*some) == spread(*some)


def test_spreads_are_even():
    tenths = [0] * 10
    for number in range(10_000):
        tenths[int(spread("deal", str(number)) * 10)] += 1
    assert all(900 < count < 1100 for count in tenths)
