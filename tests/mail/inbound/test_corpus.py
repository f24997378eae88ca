"""Real bounces, complaints, out-of-office notices and replies, against what their owners say."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mail.inbound.bounces import bounce_in
from mail.inbound.classify import Kind, classify
from mail.inbound.message import Message, read
from mail.inbound.visible import visible_reply

FOLDER = os.environ.get("SLUICE_SAMPLE_DATA")
pytestmark = [
    pytest.mark.sample,
    pytest.mark.skipif(not FOLDER, reason="SLUICE_SAMPLE_DATA does not name the sample data"),
]

KINDS = {
    "bounce_hard": Kind.HARD_BOUNCE,
    "bounce_soft": Kind.SOFT_BOUNCE,
    "bounce_mixed": Kind.MIXED_BOUNCE,
    "complaint": Kind.COMPLAINT,
    "auto_reply": Kind.OUT_OF_OFFICE,
}
REST_RIGHT = 57  # of the bounces in words alone that their owners did not mark as clear


@cache
def expected(corpus: str) -> dict[str, dict[str, Any]]:
    path = Path(FOLDER or "") / corpus / "expected.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))["expected"])


def mail(corpus: str, name: str) -> Message:
    message = read((Path(FOLDER or "") / corpus / name).read_bytes())
    assert isinstance(message, Message)
    return message


def demanded(wanted: dict[str, Any]) -> bool:
    """Marked as clear by the owners, or with a machine-readable report."""
    return bool(wanted.get("clear") or wanted["headers"]["delivery_status"])


def test_every_clear_bounce_and_every_report_is_read_right() -> None:
    names = {name: want for name, want in expected("mail-bounces").items() if demanded(want)}
    found = {name: classify(mail("mail-bounces", name)).kind for name in names}
    assert found == {name: KINDS[want["class"]] for name, want in names.items()}
    assert len(names) == 74


def test_the_rest_of_the_bounces_does_not_get_worse() -> None:
    rest = {
        name: want
        for name, want in expected("mail-bounces").items()
        if not demanded(want) and want["class"] != "not_bounce"
    }
    wrong = {
        name: (want["class"], found.value)
        for name, want in rest.items()
        if (found := classify(mail("mail-bounces", name)).kind) is not KINDS[want["class"]]
    }
    for name, (want, got) in wrong.items():
        print(f"{name}: the owner says {want}, we say {got}")
    assert len(rest) - len(wrong) >= REST_RIGHT
    missed = {name for name, (_, got) in wrong.items() if not got.endswith("_bounce")}
    assert missed == {"flufl-simple_20.eml", "lhost-fml-03.eml"}  # known by no word of ours


def test_what_is_no_bounce_is_a_person() -> None:
    message = mail("mail-bounces", "is-not-bounce-01.eml")
    assert bounce_in(message) is None
    assert classify(message).kind is Kind.HUMAN


def test_a_bounce_names_who_was_not_reached() -> None:
    wrong = {}
    for name, want in expected("mail-bounces").items():
        if "permanent" in want:
            bounce = bounce_in(mail("mail-bounces", name))
            found = {failure.address.lower() for failure in bounce.failures} if bounce else set()
            if found != {one.lower() for one in want["permanent"] + want["temporary"]}:
                wrong[name] = found
    assert set(wrong) == {
        "flufl-aol_01.eml",  # a screen name without a domain
        "flufl-microsoft_02.eml",  # a broken mail, read with its copy
        "flufl-microsoft_03.eml",  # the address is in X-Original-To as well, as if it were ours
        "flufl-simple_20.eml",  # not known as a bounce
    }


def test_a_bounce_names_the_mail_that_came_back() -> None:
    wrong = {}
    for name, want in expected("mail-bounces").items():
        original = want["headers"]["original_message_id"]
        bounce = bounce_in(mail("mail-bounces", name))
        if original and bounce and bounce.original_id != original.strip():
            wrong[name] = bounce.original_id
    # Both carry a list server's mail, which carries another: ours is the outer one.
    assert set(wrong) == {"flufl-simple_25.eml", "flufl-simple_27.eml"}


def test_every_absence_notice_is_read_right() -> None:
    found = {
        name: classify(mail("mail-autoreplies", name)) for name in expected("mail-autoreplies")
    }
    assert {verdict.kind for verdict in found.values()} == {Kind.OUT_OF_OFFICE}
    back = {name: str(verdict.back_on) for name, verdict in found.items()}
    assert back == {
        "rfc3834-01.eml": "2005-05-05",  # "returning to the office on May 5th"
        "rfc3834-02.eml": "None",  # "I'm out of the office Friday"
        "rfc3834-03.eml": "2020-01-10",  # the end in a header of its own
    }


def test_every_reply_is_a_person_and_its_visible_text_is_right() -> None:
    for name, want in expected("mail-replies").items():
        raw = (Path(FOLDER or "") / "mail-replies" / name).read_bytes()
        if name.endswith(".txt"):
            head = b"From: a@them.example\nSubject: Re: x\nContent-Type: text/plain; charset=utf-8"
            raw = head + b"\n\n" + raw
        message = read(raw)
        assert isinstance(message, Message)
        assert classify(message).kind is Kind.HUMAN, name
        assert tidy(visible_reply(message.text)) == tidy(want["visible_reply"]), name


def tidy(text: str) -> list[str]:
    """Lines without the blanks at their ends, which no reader sees."""
    return [line.rstrip() for line in text.strip().splitlines()]
