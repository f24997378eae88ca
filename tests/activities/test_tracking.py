"""A tracked mail: led only when house and mail ask for it, the same on every try."""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from activities.performing import Performer
from activities.writing import MailWriter
from mail.kitchen import Kitchen
from mail.outbox import Outgoing
from store import links
from store.database import Store
from tests.activities.test_outgoing import going
from tests.support.household import MAILS, SECRET, Household
from tests.support.sink import Sink, reply

AWAY = "https://a.example/offer?for={{ contact.first_name }}&x=1"
LED = re.compile(r"http://127\.0\.0\.1:8000/l/([A-Za-z0-9_-]{32})")
ON = Outgoing(track_links=True)


def put(folder: Path, *, track: bool) -> None:
    """The first mail of the series, with two links, one of them to the console."""
    asked = "track: true\n" if track else ""
    (folder / "first-contact.md").write_text(
        f"---\nsubject: A question\npurpose: sales\n{asked}---\n"
        f"Look at [the offer]({AWAY}) or [the price](https://b.example/), "
        "[write](mailto:us@us.example) or [see](http://127.0.0.1:8000/deals/x).\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    room = tmp_path / "mail"
    shutil.copytree(MAILS, room)
    put(room, track=True)
    return room


@pytest.fixture
async def house(sqlite_store: Store, sink: Sink, folder: Path) -> AsyncIterator[Household]:
    """Where the first mail asks to be tracked."""
    with Kitchen(folder, within=20) as kitchen:
        opened = Household(sqlite_store, sink.url, kitchen)
        yield opened
        await opened.close()


def parts(sink: Sink, which: int = 0) -> tuple[str, str]:
    mail = sink.messages[which].parsed
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html is not None
    assert text is not None
    return html.get_content(), text.get_content()


async def test_links_of_a_tracked_mail_are_led_and_its_text_stays_true(
    house: Household, sink: Sink
) -> None:
    going(house, ON)
    deal = house.open()
    await house.perform(deal)
    html, text = parts(sink)
    with house.store.read() as tx:
        kept = links.of_mail(tx, house.mail(deal).touch_id)
    assert [(one.position, one.url, one.contact_id) for one in kept] == [
        (1, "https://a.example/offer?for=Ann&x=1", "C-1"),
        (2, "https://b.example/", "C-1"),
    ]
    assert LED.findall(html) == [one.link_id for one in kept]
    assert "a.example" not in html
    for stays in ("mailto:us@us.example", "http://127.0.0.1:8000/deals/x", "8000/u/"):
        assert stays in html
    assert "https://a.example/offer?for=Ann&x=1" in text
    assert not LED.search(text)


@pytest.mark.parametrize(("house_on", "mail_on"), [(False, True), (True, False), (False, False)])
async def test_nothing_is_led_unless_house_and_mail_ask_for_it(
    house: Household, sink: Sink, folder: Path, house_on: bool, mail_on: bool
) -> None:
    put(folder, track=mail_on)
    going(house, Outgoing(track_links=house_on))
    deal = house.open()
    await house.perform(deal)
    html, _ = parts(sink)
    assert 'href="https://a.example/offer?for=Ann&amp;x=1"' in html
    assert not LED.search(html)
    with house.store.read() as tx:
        assert links.of_mail(tx, house.mail(deal).touch_id) == []


async def test_every_try_sends_the_same_bytes(house: Household, sink: Sink, folder: Path) -> None:
    going(house, ON)
    sink.script("rcpt", reply("450 4.2.0 greylisted"))
    deal = house.open()
    await house.perform(deal)
    frozen = house.payload(house.mail(deal).touch_id)
    put(folder, track=False)
    await house.until(deal, 1)
    assert house.payload(house.mail(deal).touch_id) == frozen
    assert LED.search(parts(sink)[0])


async def test_an_attempt_that_comes_too_late_changes_no_link(
    house: Household, sink: Sink, folder: Path
) -> None:
    """Its words may be others, and the links in the frozen mail would lead astray."""
    going(house, ON)
    sink.script("rcpt", reply("450 4.2.0 greylisted"))
    deal = house.open()
    await house.perform(deal)
    send = house.mail(deal)
    source = (folder / "first-contact.md").read_text()
    more = source.replace("a.example", "c.example") + "\n[one more](https://d.example/)\n"
    (folder / "first-contact.md").write_text(more)

    class Slow(Performer):
        def _payload(self, send: object) -> bytes:
            return b""

    slow = Slow(house.store, house.time, house.performer.writer, house.pool)
    await slow._frozen(send)
    with house.store.read() as tx:
        kept = [one.url for one in links.of_mail(tx, send.touch_id)]
    assert kept == ["https://a.example/offer?for=Ann&x=1", "https://b.example/"]


async def test_an_id_is_unguessable_and_tells_nothing(house: Household, sink: Sink) -> None:
    going(house, ON)
    writer = house.performer.writer
    assert isinstance(writer, MailWriter)
    deal = house.open()
    await house.perform(deal)
    send = house.mail(deal)
    first = LED.findall(parts(sink)[0])
    again = await writer.write(send)
    assert [one.link_id for one in again.links] == first
    writer.secret = SECRET[::-1]
    other = await writer.write(send)
    assert not {one.link_id for one in other.links} & set(first)
    assert len(set(first)) == 2
