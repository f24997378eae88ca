"""Mail that came in, cursors and further addresses, as both databases keep them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from store import aliases, contacts, cursors, inbound
from store.contacts import Contact
from store.cursors import Cursor
from store.database import Store
from store.inbound import Inbound
from tests.support.moments import at


def mail(its_id: str = "IN-1", **more: Any) -> Inbound:
    told: dict[str, Any] = {
        "inbound_id": its_id,
        "source": "imap",
        "arrived_at": at(),
        "taken_at": at(),
        "kind": "human_reply",
        "why": "nothing speaks of a machine",
        "status": "unmatched",
        "sender": "zoe@else.example",
        "sender_key": "key-of-zoe",
        "subject": "Hello",
        "text": "Can we talk?",
        "message_id": f"<{its_id}@else.example>",
        **more,
    }
    return Inbound(**told)


def test_a_mail_is_kept_once_also_when_two_take_it_at_once(store: Store) -> None:
    together = threading.Barrier(2)

    def take(_: int) -> bool:
        together.wait()
        with store.write() as tx:
            return inbound.add(tx, mail(), b"raw")

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, range(2))) == [False, True]
    with store.read() as tx:
        assert inbound.load(tx, "IN-1") == mail()
        assert inbound.raw(tx, "IN-1") == b"raw"


def test_what_was_ignored_is_forgotten_after_its_time_and_nothing_else(store: Store) -> None:
    def days(number: int) -> datetime:
        return at() + timedelta(days=number)

    with store.write() as tx:
        for number in range(5):
            inbound.add(tx, mail(f"IN-{number}", taken_at=days(number), status="ignored"))
        inbound.add(tx, mail("IN-waits", taken_at=days(0)))
        inbound.add(tx, mail("IN-matched", taken_at=days(0), status="matched"))
        set_aside = {"status": "ignored", "settled_at": days(4), "settled_by": "P-1"}
        inbound.add(tx, mail("IN-by-hand", taken_at=days(0), **set_aside))
        assert [inbound.prune(tx, days(3), 2) for _ in range(3)] == [2, 1, 0]
        left = {one.inbound_id for one in inbound.page(tx)}
        assert left == {"IN-3", "IN-4", "IN-waits", "IN-matched", "IN-by-hand"}
        assert inbound.prune(tx, days(5), 9) == 3


def test_what_waits_is_listed_the_newest_first_in_pages(store: Store) -> None:
    with store.write() as tx:
        for number in range(4):
            arrived = at() + timedelta(hours=number)
            inbound.add(tx, mail(f"IN-{number}", arrived_at=arrived))
        inbound.change(tx, "IN-2", status="matched", deal_id="D-1", contact_id="C-1")
    with store.read() as tx:
        assert [one.inbound_id for one in inbound.page(tx, waiting=True, limit=2)] == [
            "IN-3",
            "IN-1",
        ]
        last = inbound.page(tx, waiting=True, limit=2)[-1]
        after = (last.arrived_at, last.inbound_id)
        assert [one.inbound_id for one in inbound.page(tx, waiting=True, after=after)] == ["IN-0"]
        assert inbound.waiting(tx) == 3
        assert [one.inbound_id for one in inbound.page(tx, deal_id="D-1")] == ["IN-2"]
        found = inbound.by_message_id(tx, "<IN-2@else.example>")
        assert found is not None
        assert found.deal_id == "D-1"
        assert inbound.by_message_id(tx, "<IN-3@else.example>") is None


def test_erased_are_a_contacts_mails_and_those_from_its_addresses(store: Store) -> None:
    with store.write() as tx:
        inbound.add(tx, mail("IN-1", contact_id="C-1", sender_key="other"), b"raw")
        inbound.add(tx, mail("IN-2"), b"raw")
        inbound.add(tx, mail("IN-3", sender_key="key-of-ann"), b"raw")
        assert inbound.erase_of(tx, "C-1", ["key-of-zoe"]) == 2
    with store.read() as tx:
        gone = [inbound.load(tx, name) for name in ("IN-1", "IN-2")]
        assert [(one.sender, one.text, one.message_id) for one in gone if one] == [
            (None, None, None)
        ] * 2
        assert [inbound.raw(tx, name) for name in ("IN-1", "IN-2", "IN-3")] == [None, None, b"raw"]


def test_a_cursor_never_goes_back_under_the_same_uids(store: Store) -> None:
    cursor = Cursor(mailbox="box", folder="INBOX", uid_validity=4_000_000_000, last_uid=7)
    with store.write() as tx:
        cursors.save(tx, cursor)
        cursors.save(tx, replace(cursor, last_uid=5))
        assert cursors.load(tx, "box", "INBOX") == cursor
        cursors.save(tx, replace(cursor, uid_validity=1, last_uid=2))
        found = cursors.load(tx, "box", "INBOX")
        assert found is not None
        assert (found.uid_validity, found.last_uid) == (1, 2)
        cursors.failed(tx, "box", "INBOX", "no answer in time", at())
        cursors.failed(tx, "box", "INBOX", "still none", at(1))
        [told] = cursors.all_of(tx)
        assert (told.problem, told.failing_since, told.last_uid) == ("still none", at(), 2)


def test_addresses_and_tokens_stand_for_whom_they_were_given_to(store: Store) -> None:
    with store.write() as tx:
        for its_id, email in (("C-1", "ann@them.example"), ("C-2", "bob@notthem.example")):
            contacts.add(
                tx, Contact(contact_id=its_id, email=email, email_key=its_id, created_at=at())
            )
        aliases.add(tx, "key", "C-1", at(), "P-1")
        aliases.add(tx, "key", "C-2", at(), "P-1")
        assert aliases.owner_of(tx, "key") == "C-2"
        assert list(aliases.keys_of(tx, "C-2")) == ["key"]
        assert aliases.of_domain(tx, "them.example") == ["C-1"]
        assert aliases.of_domain(tx, "%") == []
        assert aliases.issue(tx, "token", "deal", "D-1", at())
        assert not aliases.issue(tx, "token", "deal", "D-2", at())
        assert aliases.stands_for(tx, "token", "deal") == "D-1"
        assert aliases.stands_for(tx, "token", "bounces") is None
        assert aliases.erase_of(tx, "C-2") == 1
        assert aliases.owner_of(tx, "key") is None
