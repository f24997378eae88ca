"""Every mail of a deal's life as the relay gets it, against what the mail standards ask for."""

import re
from dataclasses import replace
from email.header import decode_header, make_header
from itertools import pairwise

from domain import commands as c
from domain.playbooks.parts import parts
from store import contacts, people, playbooks
from tests.journeys.test_morning import SIMPLE, live
from tests.support.household import ANN, Household
from tests.support.houses import shipped
from tests.support.moments import at
from tests.support.sink import Caught, Sink

ONCE = {
    *("from", "to", "reply-to", "subject", "date", "message-id", "mime-version", "content-type"),
    *("auto-submitted", "list-unsubscribe", "list-unsubscribe-post"),
}
STRUCTURED = {
    *("message-id", "in-reply-to", "references", "date", "auto-submitted"),
    *("list-unsubscribe", "list-unsubscribe-post", "list-id"),
}
PRODUCT = "Грюнвальд & Söhne, Schleusensteuerung mit Fernwartung und allem, was dazugehört"


def fields_of(mail: Caught) -> list[tuple[str, str]]:
    """The header's fields as they are on the wire, folds kept."""
    head = mail.raw.split(b"\r\n\r\n")[0].decode("ascii")
    fields = re.split(r"\r\n(?![ \t])", head)
    return [(name.lower(), value) for name, _, value in (one.partition(": ") for one in fields)]


def check(mail: Caught) -> dict[str, str]:
    """What must be so of every mail to a contact (RFC 5322, 2045, 2047, 2369, 8058, 3834)."""
    fields = fields_of(mail)
    names = [name for name, _ in fields]
    assert len(set(names)) == len(names)
    header = dict(fields)
    assert set(header) >= ONCE
    for name in STRUCTURED & set(header):
        assert "=?" not in header[name], name
        assert "\r\n" not in header[name], name
    assert b"\n" not in mail.raw.replace(b"\r\n", b"")
    assert b"\r" not in mail.raw.replace(b"\r\n", b"")
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998
    assert re.fullmatch(r"<[\x21-\x7e]{1,58}@us\.example>", header["message-id"])
    assert re.fullmatch(r"<https?://[\x21-\x3d\x3f-\x7e]{1,120}>", header["list-unsubscribe"])
    assert header["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert header["auto-submitted"] == "auto-generated"
    assert mail.recipient == ANN
    message = mail.parsed
    assert [one.addr_spec for one in message["To"].addresses] == [ANN]
    assert [one.addr_spec for one in message["From"].addresses] == ["sales@us.example"]
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    return header


async def test_every_mail_of_a_life_is_what_the_standards_ask_for(
    house: Household, sink: Sink
) -> None:
    """Nobody answers, then the deal is won: nine mails with names that are hard to carry."""
    with house.store.write() as tx:
        simple = shipped(SIMPLE)
        playbooks.publish(tx, "simple", parts(simple), "test", house.watch.now)
        olga, ann = people.load(tx, "P-1"), contacts.load(tx, "C-1")
        assert olga is not None
        assert ann is not None
        people.save(tx, replace(olga, name='Ольга "Оля" Петренко-Заславська, заступниця'))
        contacts.save(tx, replace(ann, name="Zoë, Bcc: eve@evil.example"))
    deal = house.open(playbook="simple", title="A boat", product=PRODUCT)
    await live(house, [deal], at(45))
    house.ask(c.WinDeal(), deal)
    await live(house, [deal], at(75))
    mails = [one for one in sink.messages if one.recipient == ANN]
    assert len(mails) == 9
    headers = [check(one) for one in mails]
    ids = [header["message-id"] for header in headers]
    assert len(set(ids)) == 9
    for after, (before, header) in enumerate(pairwise(headers[:6]), start=1):
        assert header["in-reply-to"] == before["message-id"]
        assert header["references"].split() == ids[:after]
    subjects = [str(make_header(decode_header(one["subject"]))) for one in headers]
    assert subjects[1:6] == [f"Re: {subjects[0]}"] * 5
    assert PRODUCT in subjects[0]
    # A follow-up is a letter of one's own; a series says which it is (RFC 2919).
    lists = [header.get("list-id") for header in headers]
    assert lists == [None] * 6 + ["<welcome.simple.us.example>"] * 3
    # The welcome begins a conversation of its own.
    assert "in-reply-to" not in headers[6]
    # One recipient an envelope, however the name of the reader is written.
    told = [line for line in sink.commands if line.upper().startswith("RCPT")]
    assert all(line.count("@") == 1 for line in told)
    assert not any("evil" in line for line in told)


async def test_the_reps_own_mail_is_touch_one_and_the_first_follow_up_begins_a_thread(
    house: Household, sink: Sink
) -> None:
    """Nobody knows the id of a mail that we did not send, so nothing is made up about it."""
    with house.store.write() as tx:
        simple = shipped(SIMPLE)
        playbooks.publish(tx, "simple", parts(simple), "test", house.watch.now)
    deal = house.open(playbook="simple", title="A boat", wrote_on=at())
    await live(house, [deal], at(16))
    first, second = (check(one) for one in sink.messages if one.recipient == ANN)
    assert [one.template for one in house.mails(deal)] == ["follow-up-1", "follow-up-2"]
    assert first["subject"] == "A question about your plans"
    assert "in-reply-to" not in first
    assert "references" not in first
    assert second["subject"] == f"Re: {first['subject']}"
    assert second["in-reply-to"] == first["message-id"]
