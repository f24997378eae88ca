"""Reading mailboxes over IMAP: from the last mail on, each once, none lost, nothing changed."""

import asyncio
import os
import ssl
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities import inbox as activity
from domain.refusal import Malformed, Refused
from mail.imap import Mailbox, MailboxFailed, reading
from operations import deals, doctor
from operations.house import Arriving, House
from operations.inbound import polling, taking
from operations.inbound.inbox import InboxLine, list_page
from store import cursors
from store.errors import Unreachable
from tests.support.imap import Letterbox, imap_server, letterbox
from tests.support.post import sent, written
from tests.support.shortcut import ANN, OLGA, events_of, house, no_engine, opened_deal

__all__ = ["house", "imap_server", "letterbox", "no_engine"]

SAMPLES = os.environ.get("SLUICE_SAMPLE_DATA")


@pytest.fixture
def office(house: House, letterbox: Letterbox) -> House:
    """A house that reads the letterbox."""
    reads(house, letterbox.url)
    return house


def reads(house: House, *urls: str) -> None:
    house.config = replace(house.config, arriving=Arriving(mailboxes=urls))


def strangers(*numbers: int) -> list[bytes]:
    return [
        written(sender="zoe@else.example", message_id=f"<{n}@else.example>", subject=f"No. {n}")
        for n in numbers
    ]


def came(house: House) -> list[InboxLine]:
    return list(list_page(house, everything=True).mails)


def subjects(house: House) -> list[str | None]:
    return sorted(one.subject or "" for one in came(house))


async def test_mail_is_taken_from_where_the_last_look_ended_and_stays_unread(
    office: House, letterbox: Letterbox
) -> None:
    letterbox.put(*strangers(1, 2))
    assert sum(one.fresh for one in polling.read_now(office)) == 2
    letterbox.put(*strangers(3))
    looked = {one.folder: one.looked for one in polling.read_now(office)}
    assert looked == {letterbox.inbox: 1, letterbox.sent: 0}
    assert sum(one.looked for one in polling.read_now(office)) == 0
    assert subjects(office) == ["No. 1", "No. 2", "No. 3"]
    assert not any(b"Seen" in one for one in letterbox.flags())


async def test_an_answer_that_comes_in_stops_the_cadence(
    office: House, letterbox: Letterbox
) -> None:
    deal = await opened_deal(office)
    letterbox.put(written())
    polling.read_now(office)
    told = deals.show(office, deal)
    assert told.our_turn_since is not None
    assert [one.status for one in told.sequences] == ["ended"]


async def test_what_lies_among_the_sent_is_a_mail_of_ours(
    office: House, letterbox: Letterbox
) -> None:
    deal = await opened_deal(office)
    letterbox.put(written("Here.", sender=OLGA, to=ANN, message_id="<o@us.example>"), sent=True)
    polling.read_now(office)
    kinds = [one.kind for one in events_of(office, f"deal/{deal}")]
    assert "activity_logged" in kinds


async def test_old_mail_is_left_alone_and_recent_mail_is_not(
    office: House, letterbox: Letterbox
) -> None:
    now = office.time.wall()
    letterbox.put(*strangers(1), came_at=now - timedelta(days=30))
    letterbox.put(*strangers(2), came_at=now - timedelta(days=3))
    polling.read_now(office)
    assert subjects(office) == ["No. 2"]
    letterbox.put(*strangers(3))
    polling.read_now(office)
    assert subjects(office) == ["No. 2", "No. 3"]


async def test_an_empty_folder_is_read_from_its_first_mail_on(
    office: House, letterbox: Letterbox
) -> None:
    polling.read_now(office)
    letterbox.put(*strangers(1), came_at=office.time.wall() - timedelta(days=30))
    polling.read_now(office)
    assert subjects(office) == ["No. 1"]


async def test_a_folder_whose_uids_begin_anew_loses_nothing_and_doubles_nothing(
    office: House, letterbox: Letterbox
) -> None:
    letterbox.put(*strangers(1, 2))
    polling.read_now(office)
    before = polling.folders(office)
    letterbox.begin_anew()
    letterbox.put(*strangers(3, 2))
    polling.read_now(office)
    assert subjects(office) == ["No. 1", "No. 2", "No. 3"]
    assert {one.uid_validity for one in before} != {
        one.uid_validity for one in polling.folders(office)
    }


async def test_a_look_takes_so_many_and_the_next_one_the_rest(
    office: House, letterbox: Letterbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "BATCH", 2)
    letterbox.put(*strangers(1, 2, 3, 4, 5))
    first = polling.reader(office).read_all()
    assert [(one.fresh, one.more) for one in first] == [(2, True), (0, False)]
    polling.read_now(office)
    assert len(came(office)) == 5


async def test_a_database_that_goes_in_the_middle_loses_no_mail_and_takes_none_twice(
    office: House, letterbox: Letterbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = await opened_deal(office)
    letterbox.put(*strangers(1), written(), *strangers(2))
    real, calls = cursors.save, []

    def goes(tx: Any, cursor: Any) -> None:
        calls.append(cursor)
        real(tx, cursor)
        if len(calls) == 2:  # within the transaction that takes the answer, all but committed
            raise Unreachable("the database is down")

    monkeypatch.setattr(cursors, "save", goes)
    with pytest.raises(Unreachable):
        polling.reader(office).read_all()
    assert subjects(office) == ["No. 1"]
    assert deals.show(office, deal).our_turn_since is None
    polling.read_now(office)
    assert subjects(office) == ["No. 1", "No. 2", "Re: A boat"]
    kinds = [one.kind for one in events_of(office, f"deal/{deal}")]
    assert kinds.count("reply_recorded") == 1


async def test_a_mailbox_that_fails_is_told_and_the_others_are_read(
    house: House, letterbox: Letterbox
) -> None:
    wrong = letterbox.at("folders=INBOX", password="no")
    missing = letterbox.at(f"folders=none,{letterbox.inbox}")
    reads(house, wrong, missing)
    letterbox.put(*strangers(1))
    told = {one.folder: one.problem for one in polling.read_now(house)}
    assert told == {
        "INBOX": "the server refuses the user or the password",
        "none": "there is no folder none, or it may not be read",
        letterbox.inbox: None,
    }
    assert subjects(house) == ["No. 1"]
    failing = {one.folder: one.failing_since for one in polling.folders(house)}
    assert failing["INBOX"] is not None
    assert failing[letterbox.inbox] is None
    since = failing["INBOX"]
    polling.read_now(house)
    assert {one.folder: one.failing_since for one in polling.folders(house)}["INBOX"] == since


async def test_a_mailbox_out_of_reach_is_told_without_its_password(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    reads(house, "imap://box:hush@127.0.0.1:1")
    [told] = polling.read_now(house)
    assert told.problem is not None
    assert told.problem.startswith("cannot be reached")
    assert "hush" not in repr(Mailbox.at("imap://box:hush@127.0.0.1:1")) + caplog.text
    assert "hush" not in repr(house.config)


@pytest.mark.parametrize(
    "url",
    ["smtp://a:b@c", "imaps://host", "imaps://user@host", "imaps://a:b@c:x", "imaps://a:b@c/INBOX"],
)
def test_a_mailbox_that_cannot_be_is_refused(url: str) -> None:
    with pytest.raises(Malformed):
        Mailbox.at(url)


def test_without_tls_only_on_loopback() -> None:
    assert Mailbox.at("imap://a:b@127.0.0.1").on_loopback
    far = Mailbox.at("imap://a:b@mail.example")
    assert (far.on_loopback, far.implicit_tls, far.port) == (False, False, 143)
    assert Mailbox.at("imaps://a%40us.example:b@mail.example").name == "a@us.example@mail.example"


async def test_of_a_persons_own_mailbox_only_deals_are_read(
    house: House, letterbox: Letterbox
) -> None:
    reads(house, f"{letterbox.url}&owner=person")
    deal = await opened_deal(house)
    letterbox.put(*strangers(1), written())
    polling.read_now(house)
    assert sorted(one.status for one in came(house)) == ["ignored", "matched"]
    assert deals.show(house, deal).our_turn_since is not None


def test_a_mailbox_elsewhere_is_never_read_without_tls(
    letterbox: Letterbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This server has no TLS, and counts here as one elsewhere."""
    box = Mailbox.at(letterbox.url)
    monkeypatch.setattr(Mailbox, "on_loopback", False)
    with pytest.raises(MailboxFailed), reading(box, 5):
        raise AssertionError("it was read")


@pytest.mark.parametrize("certificate", ["expired", "elsewhere", "loopback"])
async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(certificate: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).parents[1] / "support" / "tls" / f"{certificate}.pem")
    server = await asyncio.start_server(lambda _, out: out.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        box = Mailbox.at(f"imaps://a:hush@127.0.0.1:{port}")

        def read() -> None:
            with reading(box, 5):
                raise AssertionError("it was read")

        with pytest.raises(MailboxFailed, match="certificate"):
            await asyncio.to_thread(read)


async def test_the_doctor_logs_in_to_each_mailbox_and_takes_nothing(
    office: House, letterbox: Letterbox
) -> None:
    letterbox.put(*strangers(1))

    async def found() -> doctor.Finding:
        return next(one for one in await doctor.examine(office) if one.name == "mailboxes")

    told = await found()
    assert (told.state, told.text) == ("works", "box@127.0.0.1 can be read")
    assert came(office) == []
    polling.read_now(office)
    assert (await found()).text.endswith("can be read; waiting in the inbox: 1")
    reads(office, letterbox.at("folders=none"))
    told = await found()
    assert (told.state, told.engine) == ("fails", True)
    assert "no folder none" in told.text


async def test_without_a_mailbox_there_is_nothing_to_read(house: House) -> None:
    with pytest.raises(Refused, match="SLUICE_IMAP_URL"):
        polling.read_now(house)


async def test_hostile_mails_are_taken_and_stop_nobody(office: House, letterbox: Letterbox) -> None:
    deal = await opened_deal(office)
    ours = sent(office, "C-none", deal)
    hostile = [
        b"no mail at all",
        b"From: a@b.example\n" + b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n" * 999,
        b"From: =?utf-8?b?/////w==?= <a@b.example>\nMessage-ID: <x\x01@y>\n\n\xff\xfe\n",
        b"From: a@b.example\nTo: " + b"c@d.example, " * 3000 + b"\n\nhello\n",
        f"From: {'x' * 900}@b.example\nIn-Reply-To: {ours.message_id}\n\nhello\n".encode(),
    ]
    letterbox.put(*hostile, written())
    polling.read_now(office)
    assert deals.show(office, deal).our_turn_since is not None
    assert len(came(office)) == len(hostile) + 1


@pytest.mark.sample
@pytest.mark.skipif(SAMPLES is None, reason="SLUICE_SAMPLE_DATA names no folder of sample mails")
async def test_the_sample_mails_come_through_whole(office: House, letterbox: Letterbox) -> None:
    folder = Path(SAMPLES or "")
    files = [
        file
        for name in ("mail-bounces", "mail-autoreplies", "mail-replies")
        for file in sorted((folder / name).rglob("*.eml"))
    ]
    assert len(files) > 100
    letterbox.put(*(file.read_bytes() for file in files))
    polling.read_now(office)
    found = came(office)
    assert not [one.why for one in found if one.why.startswith("could not be taken")]
    again = [taking.take(office, taking.Arrival(one.read_bytes(), "file")).fresh for one in files]
    assert not any(again)
