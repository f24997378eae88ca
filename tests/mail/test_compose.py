"""The bytes of a message: headers that survive the wire, and the same bytes on every try."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.header import decode_header
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.refusal import Malformed
from mail.compose import Letter, compose, message_id, reply_subject
from mail.handover import Pool
from mail.outcome import Accepted
from tests.support.sink import Sink

PLAIN: dict[str, Any] = {
    "message_id": "<t-abc@house.example>",
    "purpose": "sales",
    "sender_name": "Ann Lee",
    "sender": "ann@house.example",
    "to_name": "Bob Ray",
    "to": "bob@acme.example",
    "subject": "A question about your rollout",
    "html": "<p>Hello</p>",
    "text": "Hello",
    "date": datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=1))),
    "unsubscribe_url": "https://house.example/u/0123456789abcdef0123456789abcdef",
    "unsubscribe_mailto": "stop@house.example",
}
STRUCTURED = {"message-id", "in-reply-to", "references", "list-unsubscribe",
              "list-unsubscribe-post"}  # fmt: skip


def letter(**changes: Any) -> Letter:
    return Letter(**{**PLAIN, **changes})


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)


def header_lines(raw: bytes) -> dict[str, str]:
    """Header fields as they are on the wire, folds kept."""
    head = raw.split(b"\r\n\r\n")[0].decode("ascii")
    fields = re.split(r"\r\n(?![ \t])", head)
    return {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}


def test_a_plain_letter_has_each_header_once_and_text_before_html() -> None:
    message = parsed(compose(letter()))
    assert message["From"] == "Ann Lee <ann@house.example>"
    assert message["To"] == "Bob Ray <bob@acme.example>"
    assert message["Date"] == "Mon, 02 Mar 2026 09:30:00 +0100"
    assert message["Message-ID"] == "<t-abc@house.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["MIME-Version"] == "1.0"
    names = [name.lower() for name in message.keys()]  # noqa: SIM118 (a header may repeat)
    assert len(set(names)) == len(names)
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


def test_equal_letters_give_equal_bytes() -> None:
    assert compose(letter()) == compose(letter())


async def test_no_structured_header_is_encoded_or_folded_on_the_wire() -> None:
    chain = tuple(f"<{'r' * 80}{n}@house.example>" for n in range(14))
    hard = letter(
        message_id=f"<{'t' * 90}@house.example>",
        in_reply_to=chain[-1],
        references=chain,
        unsubscribe_url="https://house.example/u/" + "a" * 150,
        subject="Grüße " * 20,
        sender_name="Zoë " * 20,
    )
    async with Sink() as sink, Pool(sink.url) as pool, pool.talk() as talk:
        assert await talk.envelope(hard.envelope_sender, hard.envelope_recipient) is None
        assert isinstance(await talk.data(compose(hard)), Accepted)
    raw = sink.messages[0].raw
    lines = header_lines(raw)
    assert set(lines) >= STRUCTURED
    for name in STRUCTURED:
        assert "=?" not in lines[name], name
        assert "\r\n" not in lines[name], name
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert lines["list-unsubscribe"].startswith("<https://house.example/u/")
    assert lines["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"


def test_a_long_thread_keeps_its_first_message_and_the_newest() -> None:
    chain = tuple(f"<m{n}@house.example>" for n in range(30))
    kept = str(parsed(compose(letter(in_reply_to=chain[-1], references=chain)))["References"])
    assert kept.split()[0] == chain[0]
    assert kept.split()[1:] == list(chain[-9:])


def test_an_answer_alone_refers_to_what_it_answers() -> None:
    message = parsed(compose(letter(in_reply_to="<other@acme.example>")))
    assert message["References"] == message["In-Reply-To"] == "<other@acme.example>"


@pytest.mark.parametrize("purpose", ["sales", "marketing"])
def test_sales_and_marketing_mail_cannot_leave_without_a_way_out(purpose: str) -> None:
    with pytest.raises(Malformed, match="unsubscribe"):
        compose(letter(purpose=purpose, unsubscribe_url=None))


def test_internal_mail_has_no_list_headers() -> None:
    message = parsed(compose(letter(purpose="internal")))
    assert message["List-Unsubscribe"] is None
    assert message["List-Unsubscribe-Post"] is None


def test_the_mark_of_automatic_mail_can_be_left_out() -> None:
    assert parsed(compose(letter(auto_submitted=False)))["Auto-Submitted"] is None


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs", "Cf"]), min_size=1,
               max_size=120))  # fmt: skip
def test_any_subject_reaches_the_reader_as_it_was_written(subject: str) -> None:
    raw = compose(letter(subject=subject))
    value = header_lines(raw)["subject"]
    words = "".join(
        part.decode(charset or "ascii") if isinstance(part, bytes) else part
        for part, charset in decode_header(value)
    )
    assert words == subject
    for word in re.findall(r"=\?[^?]+\?[bq]\?[^?]*\?=", value):
        assert len(word) <= 75


@given(st.text(st.characters(exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029",
                             exclude_categories=["Cs", "Cc"]), max_size=400))  # fmt: skip
def test_any_text_reaches_the_reader_as_it_was_written(text: str) -> None:
    raw = compose(letter(text=text, html=text))
    for part in list(parsed(raw).walk())[1:]:
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        assert payload.decode().replace("\r\n", "\n") == text + "\n"
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert raw.count(b"\n") == raw.count(b"\r\n")


def test_body_lines_are_short_enough_for_quoted_printable() -> None:
    raw = compose(letter(text="ü" * 5_000, html="x" * 5_000))
    body = raw.split(b"\r\n\r\n", 1)[1]
    assert max(len(line) for line in body.split(b"\r\n")) <= 76


def test_control_characters_in_a_body_do_not_reach_the_wire() -> None:
    raw = compose(letter(text="a\0b\x0bc", html="a\0b"))
    assert b"\0" not in raw
    assert b"=00" not in raw
    assert b"=0B" not in raw


@pytest.mark.parametrize(
    "name",
    ["evil@x.example, Bob", 'Bob" <e@x.example>', "Bob <e@x.example>", "a;b:c,", "\\", "=?x?="],
)
def test_a_name_never_makes_a_second_recipient(name: str) -> None:
    raw = compose(letter(to_name=name))
    addresses = parsed(raw)["To"].addresses
    assert [address.addr_spec for address in addresses] == ["bob@acme.example"]
    assert "\r\nBcc" not in raw.decode("ascii")


HOSTILE_TEXT = ["x\r\nBcc: e@x.example", "x\ny", "x\ry", "x\0y", "x\x0by", "x\x0cy", "x\x1cy",
                "x\x85y", "x\u2028y"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE_TEXT)
@pytest.mark.parametrize("field", ["subject", "to_name", "sender_name"])
def test_words_that_would_break_a_header_are_refused(field: str, text: str) -> None:
    with pytest.raises(Malformed):
        compose(letter(**{field: text}))


@pytest.mark.parametrize(
    "text", [*HOSTILE_TEXT, "no id", "<a b@c>", "<ü@x.example>", "<a@b> <c@d>"]
)
@pytest.mark.parametrize("field", ["message_id", "in_reply_to", "unsubscribe_url", "sender", "to",
                                   "reply_to"])  # fmt: skip
def test_what_is_no_id_no_address_and_no_link_is_refused(field: str, text: str) -> None:
    with pytest.raises(Malformed):
        compose(letter(**{field: text}))


def test_a_body_of_three_megabytes_is_refused_with_its_size() -> None:
    with pytest.raises(Malformed, match="the body is 3,000,007 bytes"):
        compose(letter(text="x" * 3_000_000, html="<p></p>"))


def test_a_date_needs_a_zone() -> None:
    with pytest.raises(ValidationError):
        letter(date=datetime(2026, 3, 2, 9, 30))  # noqa: DTZ001
    assert letter(date=datetime(2026, 3, 2, tzinfo=UTC))


def test_the_envelope_sender_may_differ_from_the_author() -> None:
    assert letter().envelope_sender == "ann@house.example"
    assert letter(return_path="b+1@House.example").envelope_sender == "b+1@house.example"


@pytest.mark.parametrize("first", ["Hello", "Re: Hello", "RE: re: Hello"])
def test_an_answer_has_one_re(first: str) -> None:
    assert reply_subject(first) == "Re: Hello"


def test_a_message_id_is_a_business_key() -> None:
    assert message_id("t-abc", "house.example") == "<t-abc@house.example>"
    with pytest.raises(Malformed):
        message_id("t abc", "house.example")
