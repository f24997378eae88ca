"""What is erased of a person in both databases, and what of others stays."""

import re

from store import commands, contacts, erasing, sends, texts
from store.commands import Kept
from store.contacts import Contact
from store.database import Store, Tx
from store.erasing import Person
from store.sends import Send
from tests.support.moments import at
from tests.support.stories import opening, record

ADDRESS = "ann_o'neil%@them.example"


def _person(tx: Tx) -> Person:
    words = re.compile(re.escape(ADDRESS), re.IGNORECASE)
    return Person("C-1", ADDRESS, ["D-1"], ["D-1"], erasing.nurtures_of(tx, "C-1"), words)


def _keep(tx: Tx, its_id: str, stream: str, said: str, answer: str | None) -> None:
    kept = Kept(
        command_id=its_id, stream=stream, kind="x", actor="t", fingerprint="f", kept_at=at(),
        body={"note": said},
    )  # fmt: skip
    commands.keep(tx, kept)
    if answer is not None:
        commands.answer(tx, its_id, {"status": "refused", "message": answer, "version": 3}, at())


def test_commands_lose_what_they_say_of_the_person_and_keep_their_outcome(store: Store) -> None:
    with store.write() as tx:
        _keep(tx, "theirs", "deal/D-1", "she likes blue", f"no field {ADDRESS}")
        _keep(tx, "elsewhere", "deal/D-9", f"copy {ADDRESS.upper()}", "done")
        _keep(tx, "waits", "deal/D-1", "not applied yet", None)
        _keep(tx, "like", "deal/D-9", "copy annXo'neil@them.example", "done")
        person = _person(tx)
        assert erasing.waiting(tx, person) == 1
        assert erasing.said(tx, person) == 2
        left = {name: commands.load(tx, name) for name in ("theirs", "elsewhere", "waits", "like")}
    assert [name for name, one in left.items() if one and one.body is not None] == ["waits", "like"]
    theirs = left["theirs"]
    assert theirs is not None
    assert theirs.receipt == {"status": "refused", "message": "erased", "version": 3}
    assert theirs.fingerprint == ""


def test_texts_and_mails_that_speak_of_the_person_go(store: Store) -> None:
    with store.write() as tx:
        contacts.add(tx, Contact(contact_id="C-1", created_at=at(), email=ADDRESS))
        record(tx, "D-1", opening())
        texts.save_many(
            tx,
            {
                "D-1": {"title": "A boat", "n-1": "blue"},
                "D-9": {"n-2": f"to {ADDRESS}", "n-3": "x"},
            },
        )
        mail = {"template": "t", "purpose": "sales", "planned_at": at()}
        for its_id, stream, more in (
            ("to-her", "deal/D-1", {"contact_id": "C-1", "reason": "opt_out"}),
            ("of-her", "deal/D-1", {"person_id": "P-1", "reason": "Ann rang, it came"}),
            ("other", "person/P-1", {"person_id": "P-1"}),
        ):
            told = {**mail, **more, "touch_id": its_id, "stream": stream, "subject": "A boat"}
            sends.plan(tx, Send(message_id=f"<{its_id}@x>", **told), b"bytes")
        person = _person(tx)
        assert sorted(its for its, _ in erasing.written(tx, "C-1")) == ["of-her", "other"]
        assert erasing.texts(tx, person) == 3
        assert erasing.mails(tx, person, []) == 2
        assert (texts.of(tx, "D-1"), texts.of(tx, "D-9")) == ({}, {"n-3": "x"})
        left = {name: sends.load(tx, name) for name in ("to-her", "of-her", "other")}
        assert [sends.payload(tx, name) for name in left] == [None, None, b"bytes"]
    assert [(one.subject, one.reason) for one in left.values() if one] == [
        (None, "opt_out"), (None, "erased"), ("A boat", None),
    ]  # fmt: skip
