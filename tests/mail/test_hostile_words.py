"""Hostile names, products, titles, addresses and words, from the door to the relay.

Each ends in a refusal that names its place, or in one mail to the one right recipient that keeps
every rule of `tests/support/rfc.py` and reads as it was written. The texts are in
`tests/data/hostile/`.
"""

import json
import unicodedata
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from activities.performing import Performer
from activities.writing import MailWriter
from domain.refusal import Malformed, Refused
from mail.address import normalise
from mail.compose import Letter, compose
from mail.flaws import Flawed, RenderFailed
from mail.handover import Pool
from mail.kitchen import Kitchen
from mail.outcome import Accepted
from mail.render import Renderer, plain
from mail.samples import sample
from mail.words import Words
from operations import contacts, deals, people
from operations.house import House
from store import sends
from tests.mail.conftest import SHIPPED
from tests.support.houses import opened_house
from tests.support.moments import MONDAY
from tests.support.rfc import faults, mailbox, words
from tests.support.shortcut import OLGA, no_engine
from tests.support.sink import Caught, Sink

__all__ = ["no_engine"]

FOLDER = Path(__file__).parents[1] / "data" / "hostile"
ADDRESSES: dict[str, str | None] = json.loads((FOLDER / "addresses.json").read_text("utf-8"))
TEXTS: dict[str, str] = {
    **json.loads((FOLDER / "texts.json").read_text("utf-8")),
    "10 kB": "Ann " * 2_500,
    "10 kB without a blank": "A" * 10_000,
    "10 kB of line ends": "\r\n" * 5_000,
    "200 characters": "L" * 200,
    "200 wide characters": "李" * 200,
    "200 emoji": "\U0001f600" * 200,
    "a thousand marks": "A" + "\u0301" * 1_000,
}
BODIES: dict[str, str] = {
    **TEXTS,
    **{
        f"end of data {end!r}": f"one{end}MAIL FROM:<e@evil.example>\r\nRCPT TO:<e@evil.example>"
        for end in (
            "\n.\n", "\r.\r", "\n.\r\n", "\r\n.\n", "\r\n.\r\n", "\r\n.\r", "\r.\r\n", "\r\r.\r\r",
            "\n\n.\n\n", "\r\n\0.\r\n", "\r\n.\0\r\n", "\x85.\x85", "\u2028.\u2028", "\x0b.\x0b",
        )
    },
    "dots alone": ".\n..\n...\n.x\n",
    "from at the start of a line": "one\nFrom two\n>From three\n",
    "a long line": "x" * 100_000,
    "a long line of wide characters": "李" * 30_000,
    "blanks at the ends": "one  \ntwo\t\n  three",
    "equals signs": "a=b =3D =\n=20 ==",
}  # fmt: skip
LETTER: dict[str, Any] = {
    "message_id": "<t-abc@house.example>",
    "purpose": "marketing",
    "sender_name": "Olga Owner",
    "sender": "owner@house.example",
    "to": "ann@them.example",
    "subject": "A subject",
    "html": "<p>Hello</p>",
    "text": "Hello",
    "date": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    "unsubscribe_url": "https://house.example/u/0123456789abcdef0123456789abcdef",
}


def name_of(text: str) -> str:
    """A name as its reader sees it."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def body_of(text: str) -> str:
    """A text as its reader sees it: without control characters, its line ends alike."""
    for end in ("\r\n", "\r", "\x85", "\u2028", "\u2029"):
        text = text.replace(end, "\n")
    kept = "".join(c for c in text if c in "\t\n" or not (c < " " or c == "\x7f"))
    return kept.rstrip("\n") + "\n"


def header_of(caught: Caught, name: str) -> str:
    """A header as it is on the wire, folds taken out."""
    head = caught.raw.partition(b"\r\n\r\n")[0].decode("ascii").replace("\r\n ", " ")
    (found,) = [line for line in head.split("\r\n") if line.startswith(f"{name}: ")]
    return found.partition(": ")[2]


def text_of(caught: Caught, which: int) -> str:
    parts: Any = message_from_bytes(caught.raw).get_payload()
    return bytes(parts[which].get_payload(decode=True)).decode().replace("\r\n", "\n")


READ = {
    "subject": lambda one: words(header_of(one, "Subject")),
    "to_name": lambda one: (mailbox(header_of(one, "To")) or ("", ""))[0],
    "sender_name": lambda one: (mailbox(header_of(one, "From")) or ("", ""))[0],
    "text": lambda one: text_of(one, 0),
    "html": lambda one: text_of(one, 1),
}
SHOWN = {
    "subject": str.strip,
    "to_name": name_of,
    "sender_name": name_of,
    "text": body_of,
    "html": body_of,
}
PLACES = {"subject": "Subject", "to_name": "To", "sender_name": "From"}


@pytest.mark.parametrize("field", READ)
async def test_a_text_in_a_letter_is_refused_in_its_place_or_arrives(field: str) -> None:
    wrong = []
    async with Sink() as sink, Pool(sink.url) as pool:
        for what, text in (BODIES if field in ("text", "html") else TEXTS).items():
            try:
                payload = compose(Letter(**{**LETTER, field: text}))
            except Malformed as no:
                if no.where != PLACES.get(field, "body"):
                    wrong.append(f"{what}: refused at {no.where}")
                continue
            async with pool.talk() as talk:
                outcome = await talk.envelope("b@house.example", "ann@them.example")
                outcome = outcome or await talk.data(payload)
            taken, sink.messages[:] = list(sink.messages), []
            if not isinstance(outcome, Accepted) or len(taken) != 1:
                wrong.append(f"{what}: {outcome}, {len(taken)} mails")
            elif taken[0].recipient != "ann@them.example" or taken[0].raw != payload:
                wrong.append(f"{what}: to {taken[0].recipient}")
            elif broken := [one for one in faults(payload, "marketing") if "nothing" not in one]:
                wrong.append(f"{what}: {broken}")
            elif READ[field](taken[0]) != SHOWN[field](text):
                wrong.append(f"{what}: reads {READ[field](taken[0])[:80]!r}")
    assert wrong == []


@pytest.mark.parametrize("id_", ["<=?utf-8?q?a=0d=0aBcc:_eve=40evil.example?=@x.example>",
                                 "<a@x.example>\r\nBcc: <eve@evil.example>"])  # fmt: skip
@pytest.mark.parametrize("field", ["in_reply_to", "references", "message_id"])
def test_an_id_never_begins_a_header_of_its_own(field: str, id_: str) -> None:
    answered = {"in_reply_to": "<b@x.example>"}
    more = {field: (id_,) if field == "references" else id_}
    with pytest.raises(Malformed):
        compose(Letter(**{**LETTER, **answered, **more}))


def test_what_a_template_writes_is_refused_in_its_place_or_arrives(tmp_path: Path) -> None:
    room = tmp_path / "mail"
    room.mkdir()
    page = "{% block body %}{% endblock %}<p>{{ company.postal_address }} {{ links.unsubscribe }}"
    (room / "_layout.html").write_text(page)
    renderer, wrong = Renderer(room), []
    for what, text in TEXTS.items():
        front = f"subject: {json.dumps(text)}\npreheader: {json.dumps(text)}\npurpose: marketing"
        mail = f"---\n{front}\n---\nHello {text}\n"
        (room / "x.md").write_bytes(mail.encode("utf-8", "surrogatepass"))
        try:
            done = renderer.render("x", plain(sample("deal")))
            told = {"subject": done.subject, "html": done.html, "text": done.text}
            raw = compose(Letter(**{**LETTER, **told}))
        except (Flawed, RenderFailed) as no:
            if not (no.where or "").startswith(str(room / "x.md")):
                wrong.append(f"{what}: refused at {no.where}")
        except Malformed as no:
            if no.where not in ("Subject", "body"):
                wrong.append(f"{what}: refused at {no.where}")
        else:
            caught = Caught("", "", raw)
            if broken := faults(raw, "marketing"):
                wrong.append(f"{what}: {broken}")
            if words(header_of(caught, "Subject")) != " ".join(text.split()):
                wrong.append(f"{what}: reads {header_of(caught, 'Subject')!r}")
    assert wrong == []


class Way:
    """A house, and the whole way of its mails to the sink."""

    def __init__(self, house: House, kitchen: Kitchen, sink: Sink, pool: Pool) -> None:
        self.house = house
        self.sink = sink
        found = Words(kitchen.folder)
        writer = MailWriter(
            house.store,
            house.time,
            kitchen,
            lambda name: found.find(name, None).front.context,
            house.sender,
            house.config.secret,
        )
        self.performer = Performer(house.store, house.time, writer, pool)

    async def mail_of(self, deal_id: str) -> tuple[str, Caught | None]:
        """Hand over what is due: how the ledger has it, and what the sink took."""
        before = len(self.sink.messages)
        await self.performer.perform(f"deal/{deal_id}", "run/1/1")
        with self.house.store.read() as tx:
            (row,) = [one for one in sends.page(tx, deal_id=deal_id) if one.contact_id]
        taken = self.sink.messages[before:]
        assert len(taken) == (row.status == "sent")
        return f"{row.status} {row.reason or ''}".strip(), taken[0] if taken else None


@pytest.fixture(scope="module")
def kitchen() -> Iterator[Kitchen]:
    with Kitchen(SHIPPED, within=20) as one:
        yield one


@pytest.fixture
async def way(tmp_path: Path, no_engine: None, kitchen: Kitchen) -> AsyncIterator[Way]:
    with opened_house(tmp_path, MONDAY + timedelta(hours=1), ("simple",)) as house:
        people.add(house, people.NewPerson(email=OLGA, name="Olga Owner"), actor="test")
        async with Sink() as sink, Pool(sink.url) as pool:
            yield Way(house, kitchen, sink, pool)


def test_an_address_is_refused_at_the_door_or_kept_in_one_plain_form(way: Way) -> None:
    wrong = []
    for text, kept in ADDRESSES.items():
        try:
            contacts.add(way.house, contacts.NewContact(email=text), actor="test", dry_run=True)
            if normalise(text) != kept:
                wrong.append(f"{text!r} is kept as {normalise(text)!r}")
        except Malformed as no:
            if kept is not None or no.where != "email":
                wrong.append(f"{text!r} is refused at {no.where}: {no}")
    assert wrong == []


def test_each_door_refuses_a_text_in_its_place_or_takes_it(way: Way) -> None:
    """And refuses in words: nothing else is raised, whatever the text."""
    told, wrong = {"email": "ann@them.example"}, []
    contacts.add(way.house, contacts.NewContact(**told), actor="test")
    for what, text in TEXTS.items():
        for field in ("name", "account", "source", "zone", "country", "locale"):
            try:
                wanted = contacts.NewContact(**{**told, field: text})
                contacts.add(way.house, wanted, actor="test")
            except Malformed as no:
                if no.where != field:
                    wrong.append(f"{what} as {field}: refused at {no.where}: {no}")
        for field in ("title", "product"):
            given = {"title": "A boat", "contacts": ("ann@them.example",), field: text}
            try:
                opening = deals.Opening.model_validate(given)
                deals.preview_opening(way.house, opening, actor="test")
            except Malformed as no:
                if no.where != field:
                    wrong.append(f"{what} as {field}: refused at {no.where}: {no}")
            except ValueError as no:
                if field not in str(no):
                    wrong.append(f"{what} as {field}: {no}")
    assert wrong == []


WHOLE_WAY = [
    "crlf and a header", "line separator", "nul", "lone high surrogate", "right-to-left override",
    "two mailboxes", "group", "quote and bracket", "backslash at the end", "encoded word",
    "two encoded words", "half an encoded word", "end of data", "a boundary", "an image",
    "our own marks", "a template", "homograph", "stacked marks", "family emoji", "chinese",
    "zero width", "200 wide characters", "10 kB",
]  # fmt: skip


async def test_the_whole_way_from_the_door_to_the_relay(way: Way) -> None:
    """One text as a name and an account, the next as product and title, and so round."""
    wrong = []
    for number, what in enumerate(WHOLE_WAY):
        name, product = TEXTS[what], TEXTS[WHOLE_WAY[number - 1]]
        email = f"c{number}@them.example"
        fit = {"name": name, "account": f"Firm {number} {name}"}
        for field in (*fit, None):
            try:
                wanted = contacts.NewContact(email=email, **({field: fit[field]} if field else {}))
                contacts.add(way.house, wanted, actor="test")
            except Malformed:
                fit[str(field)] = ""
        given = {"title": product, "product": product, "contacts": (email,), "owner": OLGA}
        try:
            opening = deals.Opening.model_validate(given)
            opened = await deals.open_deal(way.house, opening, actor="test")
        except (Malformed, Refused, ValueError):
            product = "Locks"
            given |= {"title": product, "product": product}
            opening = deals.Opening.model_validate(given)
            opened = await deals.open_deal(way.house, opening, actor="test")
        said, caught = await way.mail_of(opened.deal_id)
        if caught is None:
            if "Subject" not in said:
                wrong.append(f"{what}: {said}")
            continue
        if caught.recipient != email or mailbox(header_of(caught, "To")) != (
            name_of(fit["name"]),
            email,
        ):
            wrong.append(f"{what}: goes to {header_of(caught, 'To')}")
        if broken := faults(caught.raw, "sales"):
            wrong.append(f"{what}: {broken}")
        if name_of(product) not in name_of(words(header_of(caught, "Subject"))):
            wrong.append(f"{what}: the subject is {header_of(caught, 'Subject')}")
    assert wrong == []
    assert {one.sender for one in way.sink.messages} == {way.house.sender.company.sender}
