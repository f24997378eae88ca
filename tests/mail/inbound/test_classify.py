"""One verdict for a mail, in the order of the rules."""

import pytest

from mail.inbound.classify import Kind, Verdict, classify
from mail.inbound.message import Message, read
from mail.inbound.optout import is_wish
from mail.inbound.reasons import Reason, judge

PERSON = "From: Ann <ann@them.example>\nTo: olga@us.example\nSubject: Re: Seats\n"
REPORT = (
    "From: MAILER-DAEMON@mx.them.example\nTo: bounces+x@us.example\nSubject: Undelivered\n"
    "Return-Path: <>\nMIME-Version: 1.0\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
    "--x\nContent-Type: text/plain\n\nIt did not work.\n"
    "--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.them.example\n\n{}\n"
    "--x\nContent-Type: text/rfc822-headers\n\nMessage-ID: <touch-1@us.example>\n"
    "To: ann@them.example\n--x--\n"
)


def verdict(text: str) -> Verdict:
    return classify(read(text.encode()))


def reported(*recipients: tuple[str, str, str, str]) -> Verdict:
    blocks = [
        f"Final-Recipient: rfc822; {who}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {words}\n"
        for who, action, status, words in recipients
    ]
    return verdict(REPORT.format("\n".join(blocks)))


def test_a_report_gives_each_recipient_its_result() -> None:
    found = reported(
        ("ann@them.example", "failed", "5.1.1", "550 5.1.1 No such user"),
        ("bob@them.example", "failed", "5.2.2", "552 5.2.2 Mailbox full"),
        ("cid@them.example", "delivered", "2.0.0", "250 ok"),
    )
    assert found.kind is Kind.MIXED_BOUNCE
    assert found.bounce is not None
    told = [(one.address, one.hard, one.reason, one.status) for one in found.bounce.failures]
    assert told == [
        ("ann@them.example", True, Reason.UNKNOWN_USER, "5.1.1"),
        ("bob@them.example", False, Reason.FULL, "5.2.2"),
    ]
    assert found.bounce.delivered == ("cid@them.example",)
    assert found.bounce.original_id == "<touch-1@us.example>"


def test_a_notice_of_success_is_no_bounce() -> None:
    assert reported(("a@them.example", "delivered", "2.1.5", "ok")).kind is Kind.DELIVERED
    assert reported(("a@them.example", "relayed", "2.1.9", "ok")).kind is Kind.DELIVERED


def test_a_delay_is_soft_whatever_the_code_says() -> None:
    assert reported(("a@them.example", "delayed", "5.1.1", "x")).kind is Kind.SOFT_BOUNCE


@pytest.mark.parametrize(
    ("words", "status", "hard"),
    [
        ("550 5.1.1 Mailbox full", "5.1.1", False),  # words before a code used loosely
        ("550 5.7.1 User unknown", "5.7.1", False),  # a policy, whatever it calls itself
        ("550 5.4.1 Recipient address rejected: Access denied", "5.4.1", True),
        ("554 5.4.6 Too many hops", "5.4.6", False),
        ("550 No such domain", "5.0.0", True),
        ("550 #5.1.0 Address rejected.", "5.0.0", True),
        ("550 5.1.0 sender rejected", "5.1.0", False),
        ("552 message too large", "5.3.4", False),
        ("", "5.0.0", True),
        ("", "4.4.1", False),
    ],
)
def test_only_what_speaks_against_the_mailbox_is_hard(words: str, status: str, hard: bool) -> None:
    assert judge(words, status).hard is hard


def test_words_alone_need_a_mail_system_as_sender() -> None:
    said = "Your message could not be delivered.\n\n<bob@them.example>: 550 5.1.1 User unknown\n"
    notice = "Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nSubject: failure notice\n\n"
    found = verdict(notice + said)
    assert found.kind is Kind.HARD_BOUNCE
    assert found.bounce is not None
    assert [one.address for one in found.bounce.failures] == ["bob@them.example"]
    assert verdict(PERSON + "\n" + said + "What shall I do?").kind is Kind.HUMAN
    answered = PERSON.replace("Re: Seats", "Re: Undelivered Mail Returned to Sender")
    assert verdict(answered + "\n" + said).kind is Kind.HUMAN


@pytest.mark.parametrize(
    ("feedback", "kind"),
    [
        ("abuse", Kind.COMPLAINT),
        ("opt-out", Kind.COMPLAINT),
        ("ann@them.example is angry", Kind.COMPLAINT),
        ("auth-failure", Kind.UNRELATED),
        ("not-spam", Kind.UNRELATED),
    ],
)
def test_a_feedback_report_is_a_complaint_unless_it_says_otherwise(
    feedback: str, kind: Kind
) -> None:
    found = verdict(
        "From: fbl@provider.example\nSubject: FW: Seats\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=x\n\n"
        f"--x\nContent-Type: message/feedback-report\n\nFeedback-Type: {feedback}\n"
        "Original-Rcpt-To: ann@them.example\n"
        "--x\nContent-Type: message/rfc822\n\nMessage-ID: <touch-1@us.example>\nTo: x\n\nHi\n--x--"
    )
    assert found.kind is kind
    assert "@" not in found.why
    if found.complaint:
        assert found.complaint.recipients == ("ann@them.example",)
        assert found.complaint.original_id == "<touch-1@us.example>"


@pytest.mark.parametrize(
    "text",
    [
        "unsubscribe", "STOP", "Stop!", "Please unsubscribe me. Thanks!",
        "remove me from your list", "Hi, please stop emailing me.", "Don’t contact me again",
        "Lütfen beni listeden çıkarın",
        "Отпишете ме, моля", "Proszę mnie wypisać.", "Tolong berhenti berlangganan", "请退订。谢谢",
        "Bitte abmelden", "Désabonnez-moi s'il vous plaît", "Darme de baja, por favor",
        "Cancellatemi, grazie", "Uitschrijven", "Отпишите меня", "配信停止お願いします",
    ],
)  # fmt: skip
def test_a_wish_to_get_no_more_mail_is_known(text: str) -> None:
    quoted = "\n\nOn Thu, Nov 12, 2026 at 9:00 AM Olga <olga@us.example> wrote:\n> Hello"
    assert verdict(PERSON + "\n" + text + quoted).kind is Kind.OPT_OUT


@pytest.mark.parametrize(
    "text",
    [
        "Please don't stop!",
        "Stop by on Friday?",
        "We will stop using the old one, send the offer.",
        "How do I unsubscribe my colleague?",
        "",
        "Thanks",
        "No",
    ],
)
def test_who_says_more_is_a_person(text: str) -> None:
    assert not is_wish(text)
    assert verdict(PERSON + "\n" + text).kind is Kind.HUMAN


@pytest.mark.parametrize(
    "head",
    [
        "To: stop@us.example\nSubject: unsubscribe\n",
        "To: unsubscribe+abcdefghabcdefghabcdefgh@us.example\nSubject: x\n",
        "To: stop@us.example\nSubject: Unsubscribe abc-123\nAuto-Submitted: auto-generated\n",
    ],
)
def test_the_mailto_of_list_unsubscribe_is_an_opt_out(head: str) -> None:
    assert verdict(f"From: ann@them.example\n{head}\n").kind is Kind.OPT_OUT


def test_lists_and_newsletters_are_unrelated() -> None:
    assert verdict("From: a@b.example\nList-Id: <x.b.example>\n\nHi").kind is Kind.UNRELATED
    newsletter = "From: a@b.example\nList-Unsubscribe: <https://b.example/u>\n\nHi"
    assert verdict(newsletter).kind is Kind.UNRELATED


def test_an_answer_through_a_list_is_an_answer() -> None:
    head = PERSON + "In-Reply-To: <touch-1@us.example>\nPrecedence: list\n"
    listed = "List-Id: <team.them.example>\nList-Unsubscribe: <mailto:x@them.example>\n"
    assert verdict(head + listed + "\nYes, please.").kind is Kind.HUMAN


def test_what_is_no_mail_is_unreadable() -> None:
    assert verdict("").kind is Kind.UNREADABLE


def test_a_persons_verdict_holds_the_visible_text() -> None:
    found = verdict(PERSON + "\nYes, please.\n\n> Shall we?\n")
    assert (found.kind, found.reply) == (Kind.HUMAN, "Yes, please.")
    assert isinstance(read(PERSON.encode()), Message)
