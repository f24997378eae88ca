"""Which mails a contact gets, for the page behind the way out; shows nothing of who it is."""

from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from operations.logbook import note
from operations.stop_facts import SCOPES, unsubscribed_in
from store import contacts, suppression, tokens
from store.contacts import Contact
from store.database import Tx
from store.suppression import EVERYTHING
from store.tokens import Token

PURPOSES = ("sales", "service", "marketing")
"""In the order in which the page lists them."""


class Preferences(View):
    """The purposes that a link's contact still gets mail for, and what the link itself ends.

    `locale` is the contact's language. An unknown link has the preferences of anybody.
    """

    on: tuple[str, ...] = PURPOSES
    ends: str = EVERYTHING
    locale: str | None = None


def of_link(house: House, token: str) -> Preferences:
    """What the link's page shows; asking changes nothing. Raises EngineUnreachable."""
    with reaching("the database"), house.store.read() as tx:
        link, one = _behind(tx, token)
        return Preferences() if link is None or one is None else _of(tx, link, one)


def stop(house: House, token: str, purpose: str | None = None) -> Preferences:
    """No more mail of a purpose (None: of what the link ends), from the next check on.

    Again is no fault, and an unknown link changes nothing. Raises EngineUnreachable.
    """
    with reaching("the database"), house.store.write() as tx:
        link, one = _behind(tx, token)
        if link is None or one is None:
            return Preferences()
        scope = purpose if purpose in SCOPES else link.purpose
        unsubscribed_in(tx, house, one, scope, "link", "contact")
        stream = f"contact/{one.contact_id}"
        note(tx, house, "unsubscribe", actor="contact", stream=stream)
        return _of(tx, link, one)


def _behind(tx: Tx, token: str) -> tuple[Token | None, Contact | None]:
    link = tokens.find(tx, token)
    return link, contacts.load(tx, link.contact_id) if link is not None else None


def _of(tx: Tx, link: Token, one: Contact) -> Preferences:
    key = one.email_key
    bars = suppression.of_keys(tx, [key]).get(key, []) if key else []
    off = {bar.scope for bar in bars}
    on = () if EVERYTHING in off else tuple(each for each in PURPOSES if each not in off)
    return Preferences(on=on, ends=link.purpose, locale=one.locale)
