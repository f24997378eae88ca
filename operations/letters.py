"""Letters in the local mailbox with what the house knows of them, answered as their reader."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

from domain import commands as c
from domain.calendar import Calendar, Hours
from domain.deal import Deal
from domain.refusal import Malformed
from operations import mailbox, moments, stop_facts
from operations.desk import reaching
from operations.house import House
from operations.mailbox import Arrived, Opened
from store import deals, playbooks, sends, situation, texts
from store.database import Tx

PAGE: Final = 40
"""Letters on one page of the list."""

Act = Literal["reply", "away", "leave", "bounce"]
ACTS: Final[tuple[Act, ...]] = get_args(Act)
"""What a reader, or the reader's mail server, may do with a letter."""

READER: Final = "contact"
"""Who is named in the events: it is the reader who acts."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in the mailbox. `at` is business time where the house knows the mail.

    `contact_id` is None for mail to people of ours, which nobody answers here.
    """

    key: str
    message_id: str
    at: datetime
    sender: str
    recipient: str
    subject: str
    contact_id: str | None
    deal_id: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, newest first, and the number of the next one (None: no more)."""

    letters: tuple[Letter, ...]
    following: int | None


def page(house: House, data_dir: Path, number: int = 1) -> Page:
    """The letters of a page, counted from 1."""
    start = (max(1, number) - 1) * PAGE
    found = mailbox.arrived(data_dir, start + PAGE + 1)[start:]
    with reaching("the database"), house.store.read() as tx:
        known = tuple(_letter(tx, house, one) for one in found[:PAGE])
    return Page(known, number + 1 if len(found) > PAGE else None)


def read(house: House, data_dir: Path, key: str) -> tuple[Letter, Opened]:
    """One letter and everything in it. Raises NotFound."""
    opened = mailbox.read(data_dir, key)
    with reaching("the database"), house.store.read() as tx:
        return _letter(tx, house, opened.mail), opened


async def act(
    house: House, data_dir: Path, key: str, what: Act, *, back_on: str | None = None
) -> str:
    """Do as the reader would, and say what it stopped. Stop facts need no workflow engine.

    `back_on` is the day of return of who is away. Raises NotFound for a letter that nobody
    outside got, Malformed for a day that is none, Refused.
    """
    letter, opened = await asyncio.to_thread(read, house, data_dir, key)
    contact_id, deal_id = await asyncio.to_thread(stop_facts.addressee, house, letter.message_id)
    match what:
        case "reply":
            return await _reply(house, contact_id, deal_id)
        case "away":
            return await asyncio.to_thread(_away, house, contact_id, deal_id, back_on)
        case "leave":
            return await asyncio.to_thread(_leave, house, contact_id, opened)
        case "bounce":
            stopped = await asyncio.to_thread(
                stop_facts.bounce, house, contact_id, actor=READER, hard=True
            )
            told = "The address had been barred before" if stopped.already else "It came back for"
            return told if stopped.already else f"{told} good: the address is barred"


async def _reply(house: House, contact_id: str, deal_id: str | None) -> str:
    if deal_id is None:
        await asyncio.to_thread(stop_facts.reply, house, contact_id, actor=READER)
        return "The reply is recorded; what wrote to this contact stops"
    said = c.RecordReply(channel="email", contact_id=contact_id)
    await stop_facts.deal_reply(house, deal_id, said, actor=READER)
    return "The reply is recorded; the cadence stops, and it is our turn"


def _away(house: House, contact_id: str, deal_id: str | None, back_on: str | None) -> str:
    with reaching("the database"), house.store.read() as tx:
        hours = _hours(tx, house, deal_id)
    back_at = moments.ahead(back_on, hours, "back_on") if back_on else None
    if back_at is not None and back_at <= house.time.now():
        raise Malformed("the day of return is past", "back_on")
    stop_facts.absence(house, contact_id, actor=READER, back_at=back_at)
    if back_at is None:
        return "The absence is noted; without a day of return nothing waits"
    return f"The absence is noted; what may wait, waits until {moments.spoken(back_at, hours)}"


def _leave(house: House, contact_id: str, opened: Opened) -> str:
    token = _token(opened)
    if token is not None:
        stopped = stop_facts.unsubscribe_by_token(house, token)
    else:
        stopped = stop_facts.unsubscribe(house, contact_id, actor=READER)
    return "This contact had unsubscribed before" if stopped.already else "Unsubscribed"


def _token(opened: Opened) -> str | None:
    """The token of the one-click way out that the letter's header names."""
    named = {name.lower(): value for name, value in opened.headers}
    for part in named.get("list-unsubscribe", "").split(","):
        path = urlsplit(part.strip().strip("<>")).path
        if "/u/" in path:
            return path.rpartition("/")[2] or None
    return None


def _letter(tx: Tx, house: House, one: Arrived) -> Letter:
    send = sends.by_message_id(tx, one.message_id)
    send = send or sends.by_message_id(tx, one.message_id.strip("<>"))
    deal_id = send.deal_id if send else None
    sent_at = send.sent_at if send else None
    return Letter(
        key=one.key,
        message_id=one.message_id,
        at=sent_at or house.time.clock().now(one.at),
        sender=one.sender,
        recipient=one.recipient,
        subject=one.subject,
        contact_id=send.contact_id if send else None,
        deal_id=deal_id,
        title=texts.titles(tx, [deal_id]).get(deal_id) if deal_id else None,
    )


def _hours(tx: Tx, house: House, deal_id: str | None) -> Hours:
    """The calendar of the deal, or of the house's usual playbook."""
    deal = deals.load(tx, deal_id) if deal_id else None
    if deal is None and playbooks.newest(tx, house.config.default_playbook) is None:
        return Hours.of(Calendar())
    rules = situation.rules_for(tx, deal or Deal(deal_id=""), house.config.default_playbook)
    return Hours.of(rules.calendar)
