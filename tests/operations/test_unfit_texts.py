"""A zero byte or half a character in any text from outside is a plain refusal, or is taken out.

PostgreSQL's driver fails on both, SQLite keeps the first: no door may find that out by itself.
"""

import inspect
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cli.main import run
from domain import commands as c
from domain.plain import cleaned, unfit
from domain.refusal import Malformed, Refused
from operations import (
    accounts,
    asking_consent,
    barring,
    consenting,
    contact_events,
    contacts,
    deals,
    people,
    preferences,
    stop_facts,
    tasks,
)
from operations.deals import Opening
from operations.house import House
from operations.importing.contacts import import_contacts
from operations.inbound import hooks, inbox, letters
from operations.nurturing import nurtures
from operations.post import mail_room
from store import inbound
from tests.support.databases import Fresh, postgres_databases, postgres_server
from tests.support.houses import opened_house
from tests.support.moments import MONDAY
from tests.support.post import came, kept
from tests.support.shortcut import ANN, OLGA, no_engine, opened_deal

__all__ = ["no_engine", "postgres_databases", "postgres_server"]

UNFIT = {"zero byte": "a\x00b", "half a character": "a\ud800b", "no UTF-8": "a\udcffb"}

bad = pytest.mark.parametrize("text", UNFIT.values(), ids=UNFIT)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def house(tmp_path: Path, no_engine: None, request: pytest.FixtureRequest) -> Iterator[House]:
    url = None
    if request.param == "postgres":
        fresh: Fresh = request.getfixturevalue("postgres_databases")
        url = fresh()
    with opened_house(tmp_path, MONDAY + timedelta(hours=1), ("simple",), url=url) as opened:
        people.add(opened, people.NewPerson(email=OLGA, name="Olga Owner"), actor="test")
        contacts.add(opened, contacts.NewContact(email=ANN, name="Ann Other"), actor="test")
        yield opened


Ask = Callable[[House, str, str], Any]
"""Asks something of the house about a deal, with a text that somebody gave."""

DOORS: dict[str, Ask] = {
    "a contact's address": lambda h, _, t: _add(h, email=f"{t}@them.example"),
    "a contact's name": lambda h, _, t: _add(h, name=t),
    "a contact's company": lambda h, _, t: _add(h, account=t),
    "a contact's zone": lambda h, _, t: _add(h, zone=t),
    "where a contact is from": lambda h, _, t: _add(h, source=t),
    "a consent": lambda h, _, t: _add(h, consents=(f"marketing:{t}",)),
    "a fact about a contact": lambda h, _, t: _add(h, facts={"persona": t}),
    "the name of a fact": lambda h, _, t: _add(h, facts={t: "ops"}),
    "which contact": lambda h, _, t: contacts.show(h, t),
    "contacts of a country": lambda h, _, t: contacts.list_all(h, country=t),
    "a person's name": lambda h, _, t: _hire(h, name=t),
    "a person's address": lambda h, _, t: _hire(h, email=f"{t}@us.example"),
    "which person": lambda h, _, t: people.show(h, t),
    "a company": lambda h, _, t: accounts.add(h, t),
    "which company": lambda h, _, t: accounts.show(h, t),
    "a deal's title": lambda h, _, t: _open(h, title=t),
    "a deal's product": lambda h, _, t: _open(h, product=t),
    "a deal's source": lambda h, _, t: _open(h, source=t),
    "a deal's company": lambda h, _, t: _open(h, account=t),
    "a deal's field": lambda h, _, t: _open(h, fields={"website": t}),
    "a deal's stage": lambda h, _, t: _open(h, stage=t),
    "a deal's playbook": lambda h, _, t: _open(h, playbook=t),
    "a deal's contact": lambda h, _, t: _open(h, contacts=(t,)),
    "which deal": lambda h, _, t: deals.show(h, t),
    "deals of a stage": lambda h, _, t: deals.list_page(h, stage=t),
    "a note": lambda h, d, t: _tell(h, d, c.LogActivity(activity="call", note=t)),
    "what was written": lambda h, d, t: _tell(h, d, c.RecordReply(channel="email", note=t)),
    "a new title": lambda h, d, t: _tell(h, d, c.ChangeDetails(title=t)),
    "a command's id": lambda h, d, t: _tell(h, d, c.PauseDeal(), t),
    "a reply without a deal": lambda h, _, t: stop_facts.reply(h, ANN, actor="test", note=t),
    "whom an answer is from": lambda h, _, t: stop_facts.reply(h, t, actor="test"),
    "who says so": lambda h, _, t: stop_facts.reply(h, ANN, actor=t),
    "how somebody opts out": lambda h, _, t: _opt_out(h, t),
    "which mail bounced": lambda h, _, t: stop_facts.addressee(h, t),
    "the token of a way out": lambda h, _, t: stop_facts.unsubscribe_by_token(h, t),
    "what consent is for": lambda h, _, t: asking_consent.ask(h, ANN, t, actor="test"),
    "whom a bar is for": lambda h, _, t: barring.suppress(h, t, reason="by_hand", actor="test"),
    "why a bar is": lambda h, _, t: barring.suppress(h, ANN, reason=t, actor="test"),
    "a consent taken back": lambda h, _, t: consenting.withdraw(h, ANN, t, actor="test"),
    "what happened": lambda h, _, t: contact_events.report(h, t, ANN, actor="test"),
    "which time": lambda h, _, t: contact_events.report(h, "visit", ANN, actor="test", key=t),
    "which nurture": lambda h, _, t: nurtures.show(h, t),
    "which task": lambda h, _, t: tasks.done(h, t, actor="test"),
    "whose tasks": lambda h, _, t: tasks.list_open(h, person=t),
    "which doubt": lambda h, _, t: mail_room.resolve(h, t, "lost", actor="test"),
    "why mail is stopped": lambda h, _, t: mail_room.stop(h, actor="test", reason=t),
    "which mail": lambda h, d, t: inbox.attach(h, t, d, actor="test"),
    "a page's cursor": lambda h, _, t: inbox.list_page(h, cursor=f"{MONDAY.isoformat()}~{t}"),
}


def _add(house: House, **more: Any) -> object:
    told = {"email": "new@them.example", **more}
    return contacts.add(house, contacts.NewContact(**told), actor="test")


def _hire(house: House, **more: Any) -> object:
    return people.add(house, people.NewPerson(**{"email": "n@us.example", **more}), actor="test")


def _open(house: House, **more: Any) -> Any:
    opening = Opening(**{"title": "A boat", "contacts": (ANN,), "owner": OLGA, **more})
    return deals.open_deal(house, opening, actor="test")


def _tell(house: House, deal: str, command: c.AnyCommand, its_id: str | None = None) -> Any:
    return deals.tell(house, deal, command, actor="test", command_id=its_id)


def _opt_out(house: House, text: str) -> object:
    return stop_facts.unsubscribe(house, ANN, actor="test", how=text)


@bad
async def test_each_text_parameter_refuses_it_plainly(house: House, text: str) -> None:
    """All of them over one house: a refusal leaves nothing behind that the next could trip on."""
    deal = await opened_deal(house)
    wrong = {}
    for name, ask in DOORS.items():
        try:
            asked = ask(house, deal, text)
            if inspect.isawaitable(asked):
                await asked
        except (Malformed, Refused, ValidationError):  # as the doors know them
            continue
        except Exception as fault:
            wrong[name] = f"{type(fault).__name__}: {fault!a}"
        else:
            wrong[name] = "took it"
    assert wrong == {}
    assert deals.show(house, deal).title == "A boat"


@bad
def test_a_token_that_no_database_holds_is_a_token_of_nobody(house: House, text: str) -> None:
    """The pages behind the links in mails are the same for whatever is none of ours."""
    assert preferences.stop(house, text) == preferences.stop(house, "of-nobody")
    assert preferences.of_link(house, text) == preferences.of_link(house, "of-nobody")
    assert not asking_consent.confirm(house, text)


MAILS: dict[str, Callable[[str], bytes]] = {
    "a subject": lambda t: _raw(subject=f"=?utf-7?Q?{t}?="),
    "a zero byte in a subject": lambda _: _raw(subject="a\x00b"),
    "a name": lambda t: _raw(sender=f"=?utf-7?Q?{t}?= <zoe@else.example>"),
    "a zero byte in an address": lambda _: _raw(sender="<zo\x00e@else.example>"),
    "a zero byte in an id": lambda _: _raw(message_id="<1\x00@else.example>"),
    "a text": lambda t: _raw(text=t, charset="utf-7"),
    "a text that spells Python": lambda _: _raw(text="a\\ud800\\x00b", charset="unicode escape"),
    "a zero byte in a text": lambda _: _raw(text="a\x00b"),
    "HTML": lambda _: _raw(text="<p>a&#0;&#xD800;b</p>", kind="html"),
}


def _raw(
    text: str = "Hello",
    subject: str = "Hello",
    sender: str = "Zoe <zoe@else.example>",
    message_id: str = "<1@else.example>",
    charset: str = "utf-8",
    kind: str = "plain",
) -> bytes:
    head = f"From: {sender}\nTo: sales@us.example\nSubject: {subject}\nMessage-ID: {message_id}\n"
    return f"{head}Content-Type: text/{kind}; charset={charset}\n\n{text}\n".encode()


@pytest.mark.parametrize("name", MAILS)
async def test_a_mail_with_it_is_taken_and_it_is_taken_out(house: House, name: str) -> None:
    half = "a+2AA-b"  # UTF-7 for half a character
    row = kept(house, came(house, MAILS[name](half)))
    assert not row.why.startswith("could not be taken"), row.why
    shown = f"{row.subject}{row.sender}{row.sender_name}{row.text}{row.message_id}"
    assert unfit(shown) is None
    with house.store.read() as tx:
        assert inbound.raw(tx, row.inbound_id) is not None


@bad
async def test_mail_that_programs_bring_is_cleaned(house: House, text: str) -> None:
    escaped = json.dumps(text)[1:-1]
    for body in (
        f'{{"RecordType": "Inbound", "MessageID": "1", "From": "z@else.example",'
        f' "Subject": "{escaped}", "TextBody": "{escaped}", "Headers":'
        f' [{{"Name": "X-{escaped}", "Value": "{escaped}"}}]}}',
        f'{{"RecordType": "Inbound", "RawEmail": "From: z@else.example\\nSubject: {escaped}\\n'
        f'Message-ID: <2@e.x>\\n\\n{escaped}"}}',
        f'{{"RecordType": "Bounce", "Type": "HardBounce", "Email": "{escaped}@else.example",'
        f' "Details": "{escaped}", "Subject": "{escaped}", "ID": "1-2"}}',
    ):
        brought = hooks.postmark(house, body.encode())
        assert brought.inbound_id is not None
    assert letters.made([("Subject", text)], text).decode()
    with house.store.read() as tx:
        for row in inbound.page(tx):
            assert unfit(f"{row.subject}{row.text}{row.sender}") is None
            assert not row.why.startswith("could not be taken")


def test_a_file_with_it_says_where(house: House, tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    for coding in ("utf-8", "utf-16"):
        lines = "Email,Name\nann@them.example,Ann\nbo@them.example,B\x00o\n"
        file.write_bytes(lines.encode(coding))
        with pytest.raises(Malformed, match="zero byte") as wrong:
            import_contacts(house, file, actor="test")
        assert wrong.value.where == "contacts.csv:3"
    file.write_bytes(b"Email,Name\nbo@them.example,B" + b"\xed\xa0\x80o\n")
    assert import_contacts(house, file, actor="test").rows == 1  # read as Windows-1252, and told


@bad
def test_an_argument_with_it_is_named(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["contact", "show", text, "--json"]) == 2
    assert '"where":"argument 3"' in capsys.readouterr().err.replace(": ", ":")


def test_what_can_be_kept_is_left_alone() -> None:
    for text in ("", "plain", "Żółć 李伟 🚣", "a\\u0000b", "\ufffd"):
        assert unfit(text) is None
        assert cleaned(text) == text
    assert cleaned("a\x00b\ud800c") == "a\ufffdb\ufffdc"


async def test_words_about_a_zero_byte_are_no_zero_byte(house: House) -> None:
    deal = await opened_deal(house)
    await _tell(house, deal, c.LogActivity(activity="call", note="they sent \\u0000, twice"))
    assert deals.show(house, deal).version > 1
