"""The mail room as its page shows it: mails by what became of them, and what holds mail back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, get_args

from domain.limits import WORDS
from domain.refusal import Malformed
from domain.sentences import spoken
from operations import places
from operations.access.masking import shown_name
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from operations.naming import names_in
from operations.post.limits import MailboxStands, stand_in
from operations.post.mail_room import MailLine, MailSwitch, line_of, switch_of
from store import contacts, inbound, people, sends, switches, texts
from store.database import Tx
from store.sends import Send, Status

Shown = Literal[
    "all", "planned", "deferred", "leaving", "in_doubt", "sent", "refused", "missed", "cancelled"
]
SHOWN: Final[tuple[Shown, ...]] = get_args(Shown)
"""What the page can be asked for; `deferred` are planned mails that were put off."""

PAGE: Final = 50
"""Mails on one page."""

MANY: Final = 1_000
"""Mails that are still to go, and mails that came in, are counted up to here."""


class RoomLine(View):
    """A mail with whom it goes to and what it is about; `why` is its reason in words.

    `until` is when a mail that was put off is tried again (business time).
    """

    mail: MailLine
    to: str | None
    title: str | None
    why: str | None
    until: datetime | None


class Room(View):
    """One page of mails, and how the mail room stands.

    `counts` has how many are still to go, by what they are shown under, at most MANY in all;
    `by` names who flipped the switch, `inbox` counts mail that came in and waits.
    """

    shown: Shown
    lines: tuple[RoomLine, ...]
    cursor: str | None
    counts: dict[str, int]
    switch: MailSwitch
    by: str | None
    mailboxes: tuple[MailboxStands, ...]
    inbox: int


def show(
    house: House,
    shown: str = "all",
    *,
    deal: str | None = None,
    contact: str | None = None,
    cursor: str | None = None,
) -> Room:
    """The mail room; of one deal or contact (by id) where one is named.

    Raises Malformed for a word that is none, for a cursor that is none, and for an address, which
    has no place in an address of a page.
    """
    if shown not in SHOWN:
        raise Malformed(f"'{shown[:40]}' is none of {', '.join(SHOWN)}", "show")
    if contact is not None and "@" in contact:
        raise Malformed("name the contact by its id", "contact")
    place = places.read(cursor)
    with reaching("the database"), house.store.read() as tx:
        found = _page(tx, _status(shown), shown == "deferred", deal, contact, place)
        switch = switch_of(switches.load(tx, switches.MAIL_STOPPED))
        last = found[PAGE - 1] if len(found) > PAGE else None
        return Room(
            shown=next(one for one in SHOWN if one == shown),
            lines=tuple(_lines(tx, found[:PAGE])),
            cursor=places.written((last.planned_at, last.touch_id) if last else None),
            counts=_counts(sends.unsettled_counts(tx, MANY)),
            switch=switch,
            by=names_in(tx, [switch.by])(switch.by) if switch.by else None,
            mailboxes=tuple(stand_in(tx, house)),
            inbox=inbound.waiting(tx, MANY),
        )


def _status(shown: str) -> Status | None:
    if shown in ("all", "deferred"):
        return None
    return "data" if shown == "leaving" else next(one for one in get_args(Status) if one == shown)


def _page(
    tx: Tx,
    status: Status | None,
    deferred: bool,
    deal: str | None,
    contact: str | None,
    place: places.Place | None,
) -> list[Send]:
    return sends.page(
        tx,
        deal_id=deal,
        contact_id=contact,
        status=status,
        deferred=deferred,
        after=place,
        limit=PAGE + 1,
    )


def _counts(found: Mapping[tuple[Status, bool], int]) -> dict[str, int]:
    named = {"planned": "planned", "claimed": "leaving", "data": "leaving", "in_doubt": "in_doubt"}
    told = dict.fromkeys(("planned", "deferred", "leaving", "in_doubt"), 0)
    for (status, put_off), count in found.items():
        told[named[status]] += count
        told["deferred"] += count if status == "planned" and put_off else 0
    return told


def _lines(tx: Tx, found: Sequence[Send]) -> list[RoomLine]:
    readers = contacts.load_many(tx, sorted({one.contact_id for one in found if one.contact_id}))
    staff = people.load_many(tx, sorted({one.person_id for one in found if one.person_id}))
    titles = texts.titles(tx, sorted({one.deal_id for one in found if one.deal_id}))
    told = []
    for one in found:
        reader, ours = readers.get(one.contact_id or ""), staff.get(one.person_id or "")
        name = (reader.name or reader.email) if reader else ours.name if ours else None
        told.append(
            RoomLine(
                mail=line_of(one),
                to=shown_name(name) if name else None,
                title=titles.get(one.deal_id or ""),
                why=in_words(one.reason),
                until=one.not_before if one.status == "planned" and one.reason else None,
            )
        )
    return told


def in_words(reason: str | None) -> str | None:
    """Why a mail waits, or came to nothing, as people say it."""
    return WORDS.get(reason, spoken(reason)) if reason else None
