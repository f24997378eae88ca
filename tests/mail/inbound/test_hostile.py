"""Random, mutated and monstrous mails: no error from the reader, and an end in bounded time."""

import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mail.inbound.classify import Kind, Verdict, classify
from mail.inbound.keys import keys_of
from mail.inbound.message import Message, Unreadable, read

FIXTURES = sorted((Path(__file__).parents[2] / "data/inbound/autoreplies").glob("*.eml"))
LONGEST_S = 3.0  # of processor time; the machine may be busy, the slowest here takes a fifth
HEAD = b"From: a@b.example\nTo: c@d.example\nSubject: x\n"
DAEMON = b"Return-Path: <>\nFrom: mailer-daemon@x.example\nSubject: Undelivered\n\n"
AUTO = HEAD + b"Auto-Submitted: auto-replied\nDate: Thu, 12 Nov 2026 10:00:00 +0000\n\n"
HTML = HEAD + b"Content-Type: text/html\n\n"


def whole_way(raw: bytes) -> Verdict:
    """Everything that is done with a mail. What no rule foresaw would show as unreadable."""
    message = read(raw)
    verdict = classify(message)
    if isinstance(message, Message):
        assert all(key.value for key in keys_of(message, verdict.bounce, verdict.complaint))
    else:
        assert message == Unreadable("there is no header")
    return verdict


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2_000))
@example(b"From: a@b\nContent-Type: multipart/mixed; boundary=\n\n--\n")
@example(b"From: =?utf-8?b?====?=\nSubject: =?a?q?=ZZ?=\n\n")
@example(b"From: a@b\nDate: Thu, 32 Nov 99999 99:99:99 +9999\n\n")
def test_random_bytes_are_no_error(raw: bytes) -> None:
    whole_way(raw)
    whole_way(HEAD + raw)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    raw = bytearray(draw(st.sampled_from(FIXTURES)).read_bytes())
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(raw)))
        length = draw(st.integers(0, 30))
        raw[at : at + length] = draw(st.binary(max_size=30))
    return bytes(raw)


@settings(max_examples=200, deadline=None)
@given(mutated())
def test_mutated_mails_are_no_error(raw: bytes) -> None:
    whole_way(raw)


_FIELD = st.sampled_from(
    [b"From", b"To", b"References", b"Content-Type", b"Content-Transfer-Encoding", b"Date",
     b"Content-Disposition", b"X-Apple-Criteria", b"Received", b"Return-Path", b"Subject"]
)  # fmt: skip
_VALUE = st.sampled_from(
    [b"multipart/mixed; boundary=x",
     b"multipart/report; report-type=delivery-status; boundary=x",
     b"message/delivery-status", b"message/rfc822", b"text/html; charset=utf-16", b"base64",
     b"text/plain; charset*0*=x'; charset*1=y", b"quoted-printable",
     b"kind=VACATION,endDate=9999-99",
     b"attachment; filename*0*=%ff''%", b"=?utf-7?q?+AAA?=", b"<>", b"mailer-daemon@x.example"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(_FIELD, _VALUE | st.binary(max_size=40)), max_size=8), st.binary())
def test_odd_headers_are_no_error(fields: list[tuple[bytes, bytes]], body: bytes) -> None:
    head = b"".join(name + b": " + value + b"\n" for name, value in fields)
    part = b"--x\n" + head + b"\n" + body + b"\n--x\nAction: failed\n\n"
    whole_way(HEAD + head + b"\n" + part * 2)


MONSTERS = {
    "nested parts": HEAD
    + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(20_000)
    ),
    "one boundary for all": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\n\n"
    + b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 50_000,
    "700,000 parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 700_000,
    "nested messages": HEAD + b"Content-Type: message/rfc822\n\n" * 50_000,
    "50,000 references": HEAD + b"References:" + b" <a@x.example>\n" * 50_000 + b"\nhi",
    "50,000 recipients": HEAD + b"Cc: " + b"u@x.example, " * 50_000 + b"\n\nhi",
    "parentheses": b"From: " + b"(" * 100_000 + b"\nTo: " + b"<" * 50_000 + b"\n\nhi",
    "quotes": b"From: " + b'"\\' * 50_000 + b"\n\nhi",
    "encoded words": b"From: a@b.example\nSubject: " + b"=?utf-8?q?=41?= " * 20_000 + b"\n\nhi",
    "10 kB header": HEAD + b"X-Y: " + b"a" * 10_000 + b"\n\nhi",
    "one line of 6 MB": HEAD + b"\n" + b"a" * 6_000_000,
    "recipients of a report": DAEMON.replace(
        b"\n\n", b"\nContent-Type: multipart/report; boundary=b\n\n--b\n"
    )
    + b"Content-Type: message/delivery-status\n\n"
    + b"Final-Recipient: rfc822; u@x.example\nAction: failed\n\n" * 30_000,
    "recipients in words": DAEMON + b"<u@x.example>: user unknown\n" * 50_000,
    **{
        f"{name}: {piece!r}": head + piece * (200_000 // len(piece))
        for name, head in (("bounce", DAEMON), ("person", HEAD + b"\n"), ("absence", AUTO))
        for piece in (b"\n", b" \n", b"-", b"_", b"> ", b"5.1.1 ", b"a@b.cc ", b"wrote ",
                      b"From: a\n", b"back 12 Nov ", b"the original ", b"not ", b"1 a@b: ")
    },
    **{
        f"html: {piece!r}": HTML + piece * (400_000 // len(piece))
        for piece in (b"<", b"<!", b"<!--", b"<a ", b"<div>", b"&", b"<blockquote>", b"</", b"<?")
    },
}  # fmt: skip


@pytest.mark.parametrize("name", MONSTERS)
def test_a_monster_is_read_in_bounded_time(name: str) -> None:
    began = time.process_time()
    verdict = whole_way(MONSTERS[name])
    took = time.process_time() - began
    assert verdict.kind is not Kind.UNREADABLE
    assert took < LONGEST_S
