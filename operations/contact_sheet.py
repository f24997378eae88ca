"""Contacts as pages show them: searched by name or address, and one with everything about it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from domain.refusal import Malformed, NotFound
from mail.address import address_key
from operations import places
from operations.contact_view import ContactPage, page_of
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from operations.naming import names_in
from operations.post.mail_room import MailLine, to_contact
from store import accounts, aliases, board, contacts, deals, people, suppression
from store.contacts import Contact
from store.database import Tx
from store.suppression import EVERYTHING

PAGE: Final = 40
"""Contacts on one page of the list."""

WORDS: Final = 5
"""Words that a search looks for at most."""

LONGEST: Final = 320
"""Letters of a search at most; no address is longer."""

MAILS: Final = 40
"""Mails that the page of a contact shows, the last planned first."""


class FoundLine(View):
    """A contact as the list shows it; `barred` holds the purposes ("*": any) it gets no mail of."""

    contact_id: str
    name: str | None
    email: str | None
    account: str | None
    country: str | None
    created_at: datetime
    barred: tuple[str, ...] = ()


class Found(View):
    """One page of contacts, the newest first.

    `cursor` goes on; `looked` says among how many was looked before the page was full (None: the
    page is full, or nobody is left).
    """

    contacts: tuple[FoundLine, ...]
    cursor: str | None = None
    looked: int | None = None


class InDeal(View):
    """A deal in which the contact has a part; `owner` is one of ours."""

    deal_id: str
    title: str | None
    role: str
    stage: str
    status: str
    amount: Decimal | None
    currency: str | None
    owner: str | None
    stagnant: bool
    paused: bool


class InSeries(View):
    """A cadence or nurture that writes, or wrote, to the contact; `title` is that of its deal."""

    enrollment_id: str
    kind: str
    name: str
    version: int
    status: str
    reason: str | None
    started_at: datetime
    deal_id: str | None
    title: str | None


class Sheet(View):
    """A contact with everything across deals.

    `facts` are what imports and forms told of it, `names` those of who is named in the history;
    `more_deals` says that there are more than are listed.
    """

    contact: ContactPage
    facts: dict[str, str] = {}
    deals: tuple[InDeal, ...] = ()
    more_deals: bool = False
    series: tuple[InSeries, ...] = ()
    mails: tuple[MailLine, ...] = ()
    names: dict[str, str] = {}


def search(
    house: House, text: str | None = None, *, cursor: str | None = None, limit: int | None = None
) -> Found:
    """Contacts by pieces of name or address, or all, the newest first; keyset paging.

    A whole address or an id finds its owner wherever it stands. Raises Malformed for a text that
    is too long or a cursor that is none.
    """
    said, limit = (text or "").strip(), limit or PAGE
    if len(said) > LONGEST:
        raise Malformed("nobody's name or address is that long", "text")
    with reaching("the database"), house.store.read() as tx:
        one = _named(tx, house, said) if said and cursor is None else None
        if one is not None:
            return Found(contacts=tuple(_lines(tx, [one])))
        place = places.read(cursor)
        found, following = contacts.newest(tx, said.split()[:WORDS], after=place, limit=limit)
        short = following is not None and len(found) < limit
        return Found(
            contacts=tuple(_lines(tx, found)),
            cursor=places.written(following),
            looked=contacts.LOOK if short else None,
        )


def sheet(house: House, contact_id: str, *, before: int | None = None) -> Sheet:
    """One contact by its id, whatever became of it; its history before a version. NotFound."""
    with reaching("the database"), house.store.read() as tx:
        one = contacts.load(tx, contact_id)
        if one is None:
            raise NotFound(f"there is no contact {contact_id[:80]}", "contact_id")
        page = page_of(tx, one, before)
        theirs, more = _deals(tx, contact_id)
        told = [step.actor for step in page.history]
        named = names_in(tx, told)
        return Sheet(
            contact=page,
            facts={name: str(value) for name, value in one.facts.items()},
            deals=tuple(theirs),
            more_deals=more,
            series=tuple(_series(page, {deal.deal_id: deal.title for deal in theirs})),
            mails=tuple(to_contact(tx, contact_id, MAILS)),
            names={actor: named(actor) for actor in told},
        )


def _named(tx: Tx, house: House, said: str) -> Contact | None:
    """Who has exactly this address (their own, or one that is theirs too) or this id."""
    if "@" not in said:
        return contacts.load(tx, said)
    try:
        key = address_key(house.config.secret, said)
    except Malformed:
        return None
    found = contacts.by_email_key(tx, key)
    owner = aliases.owner_of(tx, key) if found is None else None
    return contacts.load(tx, owner) if owner else found


def _lines(tx: Tx, found: Sequence[Contact]) -> list[FoundLine]:
    firms = accounts.load_many(tx, sorted({one.account_id for one in found if one.account_id}))
    barred = suppression.of_keys(tx, [one.email_key for one in found if one.email_key])
    return [
        FoundLine(
            contact_id=one.contact_id,
            name=one.name,
            email=one.email,
            account=firms[one.account_id].name if one.account_id in firms else None,
            country=one.country,
            created_at=one.created_at,
            barred=_purposes([bar.scope for bar in barred.get(one.email_key or "", ())]),
        )
        for one in found
    ]


def _purposes(scopes: Sequence[str]) -> tuple[str, ...]:
    return (EVERYTHING,) if EVERYTHING in scopes else tuple(sorted(scopes))


def _deals(tx: Tx, contact_id: str) -> tuple[list[InDeal], bool]:
    rows, following = board.page(tx, board.Wanted(contact_id=contact_id))
    roles = deals.roles_of(tx, contact_id, [row.deal_id for row in rows])
    owners = people.load_many(tx, sorted({row.owner_id for row in rows if row.owner_id}))
    same = ("deal_id", "title", "stage", "status", "amount", "currency", "paused")
    found = [
        InDeal(
            **{name: getattr(row, name) for name in same},
            role=roles.get(row.deal_id, "primary"),
            owner=owners[row.owner_id].name if row.owner_id in owners else None,
            stagnant=row.stagnant_since is not None,
        )
        for row in rows
    ]
    return found, following is not None


def _series(page: ContactPage, titles: Mapping[str, str | None]) -> list[InSeries]:
    same = ("enrollment_id", "deal_id", "version", "status", "reason", "started_at")
    found = []
    for one in page.enrollments:
        kind, _, name = one["sequence"].partition(":")
        told = {each: one[each] for each in same}
        found.append(InSeries(**told, kind=kind, name=name, title=titles.get(one["deal_id"])))
    return found
