"""A mail filled in before anybody gets it: with made-up people, or for a real deal or contact."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Final

from activities.letters import letter_to
from activities.material import Material, context_for, gather
from activities.writing import Thread, letter_of
from domain.agenda import Aggregate
from domain.nurture import NurtureRun
from domain.refusal import Malformed
from mail.compose import Letter, compose
from mail.context import OUTWARD
from mail.kitchen import Kitchen
from mail.render import Rendered
from mail.samples import COMPANY, CONTACT, LINKS, OWNER, PERSON, sample
from mail.words import Words
from mail.written import NOTHING, Written
from operations import contacts, deals
from operations.authoring.templates import folder_of
from operations.deal_view import View
from operations.desk import reaching
from operations.house import READ_WITHIN, House
from store import situation
from store.database import Tx
from store.people import Person
from store.sends import Send

BY_STREAM: Final = frozenset(
    {"deal", "notice", "stagnation", "promise", "hand-over", "draft", "reply"}
)
"""Kinds of context that a deal fills in; the others are about a contact or about many deals."""

SAMPLE_DAY: Final = datetime(2026, 3, 3, 9, 40, tzinfo=UTC)


class Filled(View):
    """A mail with everything filled in, and the headers that it would have."""

    name: str
    template_version: str
    locale: str
    purpose: str
    subject: str
    preheader: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...] = ()


def preview(
    templates: Path,
    name: str,
    locale: str | None = None,
    kitchen: Kitchen | None = None,
    written: Written = NOTHING,
) -> Filled:
    """A mail filled in with made-up people; needs neither engine nor database.

    `written` holds instead of files. Raises NotFound, Flawed for words that are wrong.
    """
    folder = folder_of(templates)
    if kitchen is None:
        with Kitchen(folder, within=READ_WITHIN) as own:
            return preview(templates, name, locale, own, written)
    kind = Words(folder, written).find(name, locale).front.context
    rendered = kitchen.render(name, sample(kind), locale, written)
    return filled(rendered, _made_up(rendered, kind in OUTWARD))


def preview_for(
    house: House,
    name: str,
    *,
    deal: str | None = None,
    contact: str | None = None,
    locale: str | None = None,
    written: Written | None = None,
) -> Filled:
    """A mail as a contact would get it about a deal, or apart from any. Nothing is sent.

    `written` holds instead of what is published, for a draft. Raises NotFound, Flawed, and
    RenderFailed where the words need what is not known.
    """
    written = written or house.written()
    words = Words(folder_of(house.config.templates), written)
    kind = words.find(name, locale).front.context
    with reaching("the database"), house.store.read() as tx:
        material = _material(tx, house, name, kind, deal, contact)
    whom = material.person or material.contact
    context = context_for(kind, material)
    spoken = locale or (whom.locale if whom else None)
    rendered = house.kitchen.render(name, context, spoken, written)
    return filled(rendered, letter_of(material, rendered, Thread(), house.time.now()))


def filled(rendered: Rendered, letter: Letter) -> Filled:
    """What was rendered and the headers of its letter. Raises Malformed for a letter unfit."""
    told = rendered.model_dump(include={*Filled.model_fields} - {"name", "headers"})
    message = message_from_bytes(compose(letter), policy=policy.default)
    kept = [(name, str(value)) for name, value in message.items() if not _of_bytes(name)]
    return Filled(name=rendered.template, headers=tuple(kept), **told)


def _of_bytes(name: str) -> bool:
    """A header about how the message is coded, which nobody reads in a preview."""
    return name.lower().startswith(("content-", "mime-"))


def _made_up(rendered: Rendered, outward: bool) -> Letter:
    its_id = f"<preview@{COMPANY.sender.rpartition('@')[2]}>"
    if not outward:
        person = Person(
            person_id="preview", name=PERSON.name, email=PERSON.email, created_at=SAMPLE_DAY
        )
        return letter_to(person, rendered, its_id, COMPANY, SAMPLE_DAY)
    return Letter.model_validate(
        {
            "message_id": its_id,
            "purpose": rendered.purpose,
            "sender_name": OWNER.name,
            "sender": COMPANY.sender,
            "to_name": CONTACT.name,
            "to": CONTACT.email,
            "reply_to": OWNER.email,
            "subject": rendered.subject,
            "html": rendered.html,
            "text": rendered.text,
            "date": SAMPLE_DAY,
            "unsubscribe_url": LINKS.unsubscribe,
        }
    )


def _material(
    tx: Tx, house: House, name: str, kind: str, deal: str | None, contact: str | None
) -> Material:
    send, state = _subject(tx, house, name, kind, deal, contact)
    facts = situation.facts_for(
        tx, state, house.time.now(), house.time.grace(), playbook=house.config.default_playbook
    )
    return gather(tx, send, state, facts, house.sender, f"{house.config.public_url}/u/preview")


def _subject(
    tx: Tx, house: House, name: str, kind: str, deal: str | None, contact: str | None
) -> tuple[Send, Aggregate]:
    """A row as the send ledger would have it, and the deal or nurture that it belongs to."""
    contact_id = contacts.find(tx, house, contact).contact_id if contact else None
    if deal is None and contact_id is None:
        raise Malformed("name a deal or a contact to fill the mail in for", "--deal")
    state: Aggregate
    if deal is not None:
        found = deals.find(tx, deal)
        state, contact_id = found, contact_id or found.writes_to
        person_id = found.owner_id
    else:
        state = NurtureRun(enrollment_id="preview", contact_id=contact_id or "")
        person_id = None
    outward = kind in OUTWARD
    send = Send(
        touch_id="preview",
        stream=state.stream,
        template=name,
        purpose="preview",
        message_id=f"<preview@{house.config.company.sender.rpartition('@')[2]}>",
        planned_at=house.time.now(),
        deal_id=deal,
        contact_id=contact_id if outward else None,
        person_id=None if outward else person_id,
    )
    return send, state
