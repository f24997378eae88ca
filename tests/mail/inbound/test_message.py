"""Any bytes become a message or a value that says why not."""

from datetime import timedelta

import pytest

from mail.inbound import message as module
from mail.inbound.message import Message, Unreadable, read

HEAD = b"From: a@them.example\nTo: b@us.example\nSubject: Hi\n"


def parsed(raw: bytes) -> Message:
    message = read(raw)
    assert isinstance(message, Message)
    return message


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_any_line_end_will_do(end: bytes) -> None:
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nOne\nTwo\n--x--\n"
    message = parsed(raw.replace(b"\n", end))
    assert (message.sender, message.to, message.text) == (
        "a@them.example",
        ("b@us.example",),
        "One\nTwo",
    )


@pytest.mark.parametrize(
    ("charset", "words"),
    [
        ("utf-8", "Grüße, 您好"),
        ("iso-8859-1", "Grüße"),
        ("windows-1251", "Здравствуйте"),
        ("koi8-r", "Здравствуйте"),
        ("iso-2022-jp", "お願いします"),
        ("shift_jis", "お願いします"),
        ("gb2312", "您好"),
        ("big5", "您好"),
        ("iso-8859-9", "Teşekkür"),
    ],
)
def test_any_charset_is_read(charset: str, words: str) -> None:
    kind = f"Content-Type: text/plain; charset={charset}\n\n".encode()
    assert parsed(HEAD + kind + words.encode(charset)).text == words


@pytest.mark.parametrize("charset", ["utf-8", "no-such-charset", "x" * 500, "idna", "punycode"])
def test_a_charset_that_lies_is_no_error(charset: str) -> None:
    kind = f"Content-Type: text/plain; charset={charset}\n\n".encode()
    assert "Gr" in parsed(HEAD + kind + "Grüße".encode("latin-1")).text


def test_headers_are_decoded_and_stay_on_one_line() -> None:
    raw = (
        b"From: =?utf-8?Q?M=C3=BCller=2C_Ann?= <Ann@THEM.example>\n"
        b"Subject: =?utf-8?B?R3LDvA==?=\n =?utf-8?B?w59l?= =?x-none?q?=41?=\n"
        b"X-Evil: =?utf-8?q?a=0D=0Ab?=\nDate: Thu, 12 Nov 2026 10:00:00 +0300\n\n"
    )
    message = parsed(raw)
    assert (message.sender_name, message.sender) == ("Müller, Ann", "Ann@them.example")
    assert message.subject == "GrüßeA"
    assert message.header("X-Evil") == "a b"
    assert message.date is not None
    assert message.date.utcoffset() == timedelta(hours=3)


def test_ids_keep_their_brackets_and_their_order() -> None:
    many = b"\n ".join(b"<%d@us.example>" % number for number in range(50_000))
    message = parsed(HEAD + b"In-Reply-To: bare@us.example\nReferences: " + many + b"\n\nHi")
    assert message.in_reply_to == ("<bare@us.example>",)
    assert len(message.references) == module.MOST_IDS
    assert message.references[0] == "<0@us.example>"
    assert message.cut


def test_broken_headers_are_skipped() -> None:
    raw = b"From someone Thu\nFrom: a@them.example\nno header at all\nSubject: Hi\nDate: soon\n\nx"
    message = parsed(raw)
    assert (message.subject, message.date, message.text) == ("Hi", None, "x")


def test_an_attachment_leaves_its_name_and_not_its_content() -> None:
    raw = (
        HEAD + b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nSee this.\n--x\n"
        b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n"
        b"Content-Disposition: attachment; filename*=utf-8''Gr%C3%BC.pdf\n\nU0VDUkVU\n--x\n"
        b"Content-Type: text/plain; name=notes.txt\nContent-Disposition: attachment\n\nno\n--x--"
    )
    message = parsed(raw)
    assert message.attachments == ("Grü.pdf", "notes.txt")
    assert message.text == "See this."
    assert "SECRET" not in repr(message)


def test_html_alone_is_read_with_its_quotation_marked() -> None:
    raw = (
        HEAD + b"Content-Type: text/html\n\n<html><head><style>p{}</style></head><body>"
        b"<p>Fine &amp; good.</p><!-- no --><blockquote>Old<br>words</blockquote></body></html>"
    )
    assert parsed(raw).text == "Fine & good.\n\n> Old\n> words\n"


def test_the_address_that_a_blind_copy_was_delivered_to_is_found() -> None:
    raw = b"Received: from x by y with ESMTP id 1 for <deal+t@us.example>; Thu, 12 Nov\n" + HEAD
    assert parsed(raw + b"\nx").delivered_to == ("deal+t@us.example",)


def test_an_empty_return_path_is_told_from_none() -> None:
    assert parsed(HEAD + b"\nx").return_path is None
    assert parsed(b"Return-Path: <>\n" + HEAD + b"\nx").return_path == ""


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\x00\xff" * 100, b"only words without a header"])
def test_what_is_no_mail_is_a_value(raw: bytes) -> None:
    assert isinstance(read(raw), Unreadable)


def test_an_error_nobody_thought_of_is_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> object:
        raise LookupError("secret words")

    monkeypatch.setattr(module, "_type", broken)
    unreadable = read(HEAD + b"\nx")
    assert unreadable == Unreadable("the mail could not be read: LookupError")
