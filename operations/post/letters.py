"""Letters in the local mailbox with what the house knows of them, answered as their reader."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, get_args
from urllib.parse import urlsplit

from domain import commands as c
from domain.deal import Deal
from domain.refusal import Malformed
from domain.times.calendar import Calendar, Hours
from operations import moments, stop_facts
from operations.desk import reaching
from operations.house import House
from operations.post import mailbox
from operations.post.mailbox import Arrived, Opened
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
    house: House,
    data_dir: Path,
    key: str,
    what: Act,
    *,
    back_on: str | None = None,
    command_id: str | None = None,
) -> str:
    """Do as the reader would, and say what it stopped. Stop facts need no workflow engine.

    `back_on` is the day of return of who is away. Raises NotFound for a letter that nobody
    outside got, Malformed for a day that is none, Refused.
    """
    letter, opened = await asyncio.to_thread(read, house, data_dir, key)
    contact_id, deal_id = await asyncio.to_thread(stop_facts.addressee, house, letter.message_id)
    hand = _Hand(house, contact_id, deal_id, command_id)
    match what:
        case "reply":
            return await hand.reply()
        case "away":
            return await asyncio.to_thread(hand.be_away, back_on)
        case "leave":
            return await asyncio.to_thread(hand.leave, _token(opened))
        case "bounce":
            return await asyncio.to_thread(hand.bounce)


@dataclass(frozen=True, slots=True)
class _Hand:
    """The hand of a letter's reader; each method says what it stopped."""

    house: House
    contact_id: str
    deal_id: str | None
    command_id: str | None

    async def reply(self) -> str:
        """Answer; the deal hears it, and all that writes to the reader stops."""
        told: dict[str, Any] = {"actor": READER, "command_id": self.command_id}
        if self.deal_id is not None:
            said = c.RecordReply(channel="email", contact_id=self.contact_id)
            await stop_facts.deal_reply(self.house, self.deal_id, said, **told)
        else:
            await asyncio.to_thread(stop_facts.reply, self.house, self.contact_id, **told)
        return "The reply is recorded; what wrote to this contact stops, and it is our turn"

    def be_away(self, back_on: str | None) -> str:
        """Let a machine answer."""
        with reaching("the database"), self.house.store.read() as tx:
            hours = _hours(tx, self.house, self.deal_id)
        back_at = moments.ahead(back_on, hours, "back_on") if back_on else None
        if back_at is not None and back_at <= self.house.time.now():
            raise Malformed("the day of return is past", "back_on")
        told: dict[str, Any] = {"actor": READER, "command_id": self.command_id}
        stop_facts.absence(self.house, self.contact_id, back_at=back_at, **told)
        if back_at is None:
            return "The absence is noted; without a day of return nothing waits"
        return f"The absence is noted; what may wait, waits until {moments.spoken(back_at, hours)}"

    def leave(self, token: str | None) -> str:
        """Press the one-click way out, or write that no mail is wanted where there is none."""
        if token is not None:
            stopped = stop_facts.unsubscribe_by_token(self.house, token)
        else:
            told: dict[str, Any] = {"actor": READER, "command_id": self.command_id}
            stopped = stop_facts.unsubscribe(self.house, self.contact_id, **told)
        return "This contact had unsubscribed before" if stopped.already else "Unsubscribed"

    def bounce(self) -> str:
        """Let the reader's mail server say that there is no such address."""
        told: dict[str, Any] = {"actor": READER, "command_id": self.command_id}
        stopped = stop_facts.bounce(self.house, self.contact_id, hard=True, **told)
        if stopped.already:
            return "The address had been barred before"
        return "It came back for good: the address is barred"


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
