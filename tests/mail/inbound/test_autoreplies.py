"""Absence notices and other automatic mail in many languages, and people who speak of being away.

The mails in tests/data/inbound/autoreplies are our own words; expected.json says what each is
and when its writer is back.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mail.inbound.absence import back_on
from mail.inbound.classify import Kind, classify
from mail.inbound.message import Message, read

FOLDER = Path(__file__).parents[2] / "data" / "inbound" / "autoreplies"
EXPECTED: dict[str, dict[str, Any]] = json.loads(
    (FOLDER / "expected.json").read_text(encoding="utf-8")
)
SENT = date(2026, 11, 12)  # a Thursday


def test_every_fixture_has_its_expectation() -> None:
    assert {path.name for path in FOLDER.glob("*.eml")} == set(EXPECTED)
    languages = {name.split("-")[0] for name, want in EXPECTED.items() if want["back_on"]}
    assert len(languages) >= 12


@pytest.mark.parametrize("name", EXPECTED)
def test_a_notice_is_known_and_its_return_date_is_read(name: str) -> None:
    verdict = classify(read((FOLDER / name).read_bytes()))
    back = str(verdict.back_on) if verdict.back_on else None
    assert {"kind": verdict.kind.value, "back_on": back} == EXPECTED[name]


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated (vacation)",
        "X-Auto-Response-Suppress: All",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply",
        "Precedence: auto_reply",
        "Precedence: bulk",
        "X-Autoreply: yes",
        "X-Autorespond: yes",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
    ],
)
def test_a_header_alone_makes_a_mail_automatic(header: str) -> None:
    assert classify(mail(header)).kind is Kind.AUTOMATIC


@pytest.mark.parametrize(
    "header",
    ["Auto-Submitted: no", "X-Autoreply: no", "X-Auto-Response-Suppress: DR", "Precedence: first"],
)
def test_these_headers_leave_it_to_a_person(header: str) -> None:
    assert classify(mail(header)).kind is Kind.HUMAN


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("Back on 16 Nov.", "2026-11-16"),
        ("I return on November 16th, 2026.", "2026-11-16"),
        ("back on 2026-11-16", "2026-11-16"),
        ("I'll be back tomorrow.", "2026-11-13"),
        ("On leave November 10-18.", "2026-11-19"),
        ("Away until Thursday.", "2026-11-20"),  # the mail itself is of a Thursday
        ("Away until 12 Nov.", "2026-11-13"),
        ("I am away 10 Nov until Friday, 13 November. Kim stands in.", "2026-11-14"),
        ("From 16 November I am on leave.", None),
        ("The offer of 20 November is fine.", None),
        ("Back on 31 November.", None),
        ("Back on 11 Nov 2026.", None),  # before the mail
        ("Back on 11 November.", None),  # the next one is a year away
        ("Back on 1 June 2029.", None),  # too far to be meant
        ("Back on 10/12.", "2026-12-10"),  # the other reading is long past
        ("Back on 12/10/2026.", "2026-12-10"),
        ("Back on 01/02/2027.", None),  # either may be meant
        ("Back at 10.30.", None),
        ("Bis 14.11. weg, ab 16.11. wieder da.", "2026-11-16"),
        ("Our version 2.11.26 is back.", None),
    ],
)
def test_a_return_date_is_read_or_left_alone(text: str, back: str | None) -> None:
    found = back_on("", text, SENT)
    assert (str(found) if found else None) == back


def mail(header: str) -> Message:
    lines = ["From: a@them.example", "Subject: Re: seats", "Date: Thu, 12 Nov 2026 10:00:00 +0000"]
    message = read("\n".join([*lines, header, "", "Fine."]).encode())
    assert isinstance(message, Message)
    return message
