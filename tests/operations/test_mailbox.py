"""The mailbox takes what is sent to it, keeps it in a Maildir, and shows it."""

import asyncio
import mailbox as maildir
import socket
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from domain.refusal import NotFound, Refused
from operations.post import mailbox


def letter(subject: str = "Hello Ann", text: str = "How are you?") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Olga Owner <olga@us.example>"
    message["To"] = "Ann <ann@them.example>"
    message["Subject"] = subject
    message["Message-ID"] = f"<{len(subject)}.{len(text)}@us.example>"
    message.set_content(text)
    message.add_alternative(f"<p>{text}</p>", subtype="html")
    return message


async def send(port: int, *letters: EmailMessage) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False) as client:
        for one in letters:
            await client.send_message(one, sender="bounce@us.example")


async def test_a_mail_that_is_sent_can_be_read(tmp_path: Path) -> None:
    async with mailbox.serving(tmp_path, 0) as port:
        await send(port, letter())
    [mail] = mailbox.arrived(tmp_path)
    assert mail.subject == "Hello Ann"
    assert mail.sender == "Olga Owner"
    assert mail.recipient == "ann@them.example"
    opened = mailbox.read(tmp_path, mail.key)
    assert opened.text.strip() == "How are you?"
    assert opened.html is not None
    assert "<p>How are you?</p>" in opened.html
    assert ("Return-Path", "<bounce@us.example>") in opened.headers
    assert opened.mail.message_id == "<9.12@us.example>"


async def test_mails_are_listed_newest_first(tmp_path: Path) -> None:
    async with mailbox.serving(tmp_path, 0) as port:
        for number in range(5):
            await send(port, letter(f"mail {number}"))
    subjects = [mail.subject for mail in mailbox.arrived(tmp_path, limit=3)]
    assert subjects == ["mail 4", "mail 3", "mail 2"]


async def test_mails_sent_at_once_are_all_kept(tmp_path: Path) -> None:
    async with mailbox.serving(tmp_path, 0) as port:
        await asyncio.gather(*(send(port, letter(f"mail {number}")) for number in range(20)))
    assert len({mail.subject for mail in mailbox.arrived(tmp_path)}) == 20
    assert len(maildir.Maildir(tmp_path / "mailbox")) == 20


async def test_words_of_any_script_and_lines_that_begin_with_dots_survive(tmp_path: Path) -> None:
    text = "Grüße aus Łódź\n.\n..two dots\n東京で"
    async with mailbox.serving(tmp_path, 0) as port:
        await send(port, letter("Grüße, 東京で", text))
    [mail] = mailbox.arrived(tmp_path)
    assert mail.subject == "Grüße, 東京で"
    assert mailbox.read(tmp_path, mail.key).text.strip() == text


async def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        serving = mailbox.serving(tmp_path, taken.getsockname()[1])
        with pytest.raises(Refused, match="cannot be used"):
            await serving.__aenter__()


@pytest.mark.parametrize("key", ["nothing", "../../clock.json", "", "a/b", "x" * 300])
def test_a_mail_that_is_not_there_is_not_found(tmp_path: Path, key: str) -> None:
    mailbox.Keeper(tmp_path)
    with pytest.raises(NotFound):
        mailbox.read(tmp_path, key)


def test_an_empty_folder_has_no_mails(tmp_path: Path) -> None:
    assert mailbox.arrived(tmp_path) == []
