"""Every mail that ships, in every language, as the relay gets it: by the rules, all of them.

`tests/support/rfc.py` holds the rules. Each is broken once here, so that it is known to see.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from mail.compose import Letter, compose, reply_subject
from mail.context import OUTWARD
from mail.handover import Pool
from mail.obliged import assert_shown
from mail.outcome import Accepted
from mail.render import Renderer, plain
from mail.samples import sample
from mail.words import MailFile
from tests.mail.conftest import SHIPPED
from tests.support.rfc import faults, mailbox, words
from tests.support.sink import Sink

SHELF = Renderer(SHIPPED)
NAMES = SHELF.words.names
UNSUBSCRIBE = "https://sluice.example/u/0123456789abcdef0123456789abcdef"


def letter_of(file: MailFile) -> Letter:
    """The mail as the house sends it, an answer within a long thread where it may be one."""
    context = sample(file.front.context)
    done = SHELF.render(file.name, plain(context), file.locale)
    chain = tuple(f"<t-{number}-{'x' * 40}@lockkeeper.example>" for number in range(12))
    outward = file.front.context in OUTWARD
    told: dict[str, Any] = {
        "message_id": f"<t-{file.name}@lockkeeper.example>",
        "purpose": done.purpose,
        "sender_name": "Zoë Çelik, Lockkeeper GmbH & Söhne für alle Schleusen des Landes",
        "sender": "hello@lockkeeper.example",
        "to_name": "李雷 Okafor",
        "to": "sam.okafor@weir.example",
        "reply_to": "ines@lockkeeper.example" if outward else None,
        "subject": reply_subject(done.subject) if done.in_thread else done.subject,
        "html": done.html,
        "text": done.text,
        "date": datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
        "in_reply_to": chain[-1] if done.in_thread else None,
        "references": chain if done.in_thread else (),
        "unsubscribe_url": UNSUBSCRIBE if outward else None,
        "unsubscribe_mailto": "stop@lockkeeper.example" if outward else None,
    }
    return Letter.model_validate(told)


@pytest.fixture(scope="module")
async def relay() -> AsyncIterator[tuple[Sink, Pool]]:
    async with Sink() as sink, Pool(sink.url) as pool:
        yield sink, pool


@pytest.mark.parametrize("name", NAMES)
async def test_a_shipped_mail_keeps_every_rule_in_every_language(
    relay: tuple[Sink, Pool], name: str
) -> None:
    sink, pool = relay
    wrong = {}
    for path in SHELF.words.variants(name):
        file = SHELF.words.read(path)
        letter = letter_of(file)
        async with pool.talk() as talk:
            outcome = await talk.envelope(letter.envelope_sender, letter.envelope_recipient)
            assert isinstance(outcome or await talk.data(compose(letter)), Accepted)
        raw = sink.messages[-1].raw
        if broken := faults(raw, letter.purpose):
            wrong[path.name] = broken
        assert_shown(letter, sample("deal").company.postal_address)
        assert "<img" not in letter.html, "no picture is fetched, so no opening is told"
        head = dict(line.split(": ", 1) for line in unfolded(raw) if ": " in line)
        assert words(head["Subject"]) == letter.subject
        assert mailbox(head["To"]) == (letter.to_name, letter.to)
        assert mailbox(head["From"]) == (letter.sender_name, letter.sender)
    assert wrong == {}


def unfolded(raw: bytes) -> list[str]:
    return raw.partition(b"\r\n\r\n")[0].decode("ascii").replace("\r\n ", " ").split("\r\n")


SOUND = compose(letter_of(SHELF.words.read(SHELF.words.variants("check-in-3")[0])))


def without(name: bytes) -> bytes:
    """The sound mail, one header left out."""
    head, _, body = SOUND.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if not line.startswith(name + b":")]
    return b"\r\n".join(kept) + b"\r\n\r\n" + body


def put(line: bytes) -> bytes:
    """The sound mail with one more header, or another value of one it has."""
    return line + b"\r\n" + without(line.partition(b":")[0])


BROKEN = [
    (SOUND.replace(b"\r\n", b"\n"), "2.1: no blank line"),
    (SOUND.replace(b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\n"), "stands alone"),
    (SOUND + b"x\r.\ry\r\n", "stands alone"),
    (SOUND[:-2], "not ended"),
    (put(b"X-Long: " + b"x" * 1_000), "a line of 1008 octets"),
    (put("X-Name: Zoë".encode()), "not plain ASCII"),
    (put(b"X-Nul: a\0b"), "not plain ASCII"),
    (b"no header\r\n" + SOUND, "is no header"),
    (put(b"X-Fold: \r\n \r\n x"), "fold with nothing"),
    (without(b"Date"), "date stands 0 times"),
    (without(b"From"), "from stands 0 times"),
    (without(b"Message-ID"), "message-id stands 0 times"),
    (b"Subject: another\r\n" + SOUND, "subject stands 2 times"),
    (b"List-Unsubscribe: <https://a.example>\r\n" + SOUND, "list-unsubscribe stands 2 times"),
    (put(b"Bcc: eve@evil.example"), "bcc has no place"),
    (put(b"List-Unsubscribe: =?utf-8?q?=3Chttps=3A//a.example=3E?="), "encoded or folded"),
    (put(b"References: <a@b.example>\r\n <c@d.example>"), "encoded or folded"),
    (put(b"X-Word: =?utf-8?q?" + b"x" * 70 + b"?="), "an encoded-word of 82 characters"),
    (put(b"X-Words: " + b"=?utf-8?q?abcdefgh?= " * 5), "with an encoded-word"),
    (put(b"To: ann@them.example, eve@evil.example"), "to is not one mailbox"),
    (put(b"To: Ann, Lee <ann@them.example>"), "to is not one mailbox"),
    (put(b"From: Ann (<ann@them.example>"), "from is not one mailbox"),
    (put(b"To: friends: ann@them.example;"), "to is not one mailbox"),
    (put(b"Reply-To: nobody"), "reply-to is not one mailbox"),
    (put(b"Date: Mon, 02 Mar 2026 09:30:00"), "the date is not one"),
    (put(b"Date: 2026-03-02T09:30:00Z"), "the date is not one"),
    (put(b"Message-ID: t-1"), "the Message-ID is none"),
    (put(b"Subject: "), "the subject is empty"),
    (put(b"Auto-Submitted: maybe"), "Auto-Submitted"),
    (put(b"In-Reply-To: <a@b.example>"), "belong together"),
    (put(b"References: a b"), "no list of ids"),
    (without(b"List-Unsubscribe-Post"), "are missing"),
    (put(b"List-Unsubscribe-Post: yes"), "does not say One-Click"),
    (put(b"List-Unsubscribe: https://a.example"), "no list of <links>"),
    (put(b"List-Unsubscribe: <mailto:a@b.example>"), "not by https"),
    (put(b"List-Unsubscribe: <http://a.example/u/x>"), "not by https"),
    (put(b"List-Unsubscribe: <https://a.example/u?to=ann@them.example>"), "an address in"),
    (put(b"List-Unsubscribe: <https://a.example/u>, <https://b.example>"), "not by mail"),
    (
        without(b"In-Reply-To").replace(
            b"Auto-Submitted",
            b"In-Reply-To: <a@b.c>\r\nReferences: "
            + b"<a@b.c> " * 10
            + b"<a@b.c>\r\nAuto-Submitted",
        ),
        "more than ten",
    ),
    (put(b"Content-Type: text/plain"), "not multipart/alternative"),
    (SOUND.replace(b"text/plain", b"text/html"), "where text/plain belongs"),
    (SOUND.replace(b"quoted-printable", b"8bit"), "not in quoted-printable"),
    (SOUND.replace(b"--\r\n", b"\r\n"), "parts between the boundaries"),
    (SOUND.replace(b"\r\n\r\nHello", b"\r\n\r\nHello =zz"), "a loose ="),
    (SOUND.replace(b"\r\n\r\nHello", b"\r\n\r\nHello \r\n"), "a blank at the end"),
    (SOUND.replace(b"\r\n\r\nHello", b"\r\n\r\nHello" + b"x" * 80), "longer than 76"),
]


def test_the_sound_mail_is_sound() -> None:
    assert faults(SOUND, "marketing") == []
    assert faults(SOUND, "internal") == ["RFC 2369: mail among colleagues is no list"]


@pytest.mark.parametrize(("raw", "told"), BROKEN, ids=[told for _, told in BROKEN])
def test_a_broken_rule_is_seen_and_named(raw: bytes, told: str) -> None:
    found = faults(raw, "marketing")
    assert any(told in fault for fault in found), found
    assert all(fault.startswith("RFC ") for fault in found)
