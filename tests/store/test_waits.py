"""What mails waited for is kept: one wait for each reason in a row, and the last one open."""

from domain.limits import Wait
from store import waits
from store.database import Store
from tests.support.moments import at


def test_a_mail_that_goes_on_waiting_for_the_same_has_one_wait(store: Store) -> None:
    tries = [(at(), at(hours=1)), (at(hours=1), at(hours=3)), (at(hours=3.1), at(hours=9))]
    with store.write() as tx:
        for since, until in tries:
            waits.note(tx, "t1", "deal/D-1", Wait(since, until, "relay: try later"))
        found = waits.of_stream(tx, "deal/D-1")
    assert found == {"t1": (Wait(at(), at(hours=9), "relay: try later", tries=3),)}


def test_another_reason_begins_another_wait_and_mails_have_their_own(store: Store) -> None:
    first = Wait(at(), at(hours=1), "mailbox_minute")
    second = Wait(at(hours=1), at(hours=5), "mailbox_day")
    third = Wait(at(hours=5), at(hours=6), "mailbox_minute")
    with store.write() as tx:
        for one in (first, second, third):
            waits.note(tx, "t1", "deal/D-1", one)
        waits.note(tx, "t2", "deal/D-1", second)
        waits.note(tx, "t3", "deal/D-2", first)
        assert waits.of_stream(tx, "deal/D-1") == {"t1": (first, second, third), "t2": (second,)}
        assert waits.of_stream(tx, "deal/D-3") == {}


def test_a_wait_that_was_cut_short_still_says_until_when_it_was_meant(store: Store) -> None:
    with store.write() as tx:
        waits.note(tx, "t1", "deal/D-1", Wait(at(), at(5), "mail_stopped"))
        waits.note(tx, "t1", "deal/D-1", Wait(at(1), at(2), "mailbox_day"))
        found = waits.of_stream(tx, "deal/D-1")["t1"]
    assert found == (Wait(at(), at(5), "mail_stopped"), Wait(at(1), at(2), "mailbox_day"))


def test_in_one_moment_the_last_word_holds(store: Store) -> None:
    with store.write() as tx:
        for reason in ("mailbox_minute", "breaker"):
            waits.note(tx, "t1", "deal/D-1", Wait(at(), at(hours=1), reason))
        [only] = waits.of_stream(tx, "deal/D-1")["t1"]
    assert only.reason == "breaker"
