"""The words of mails: list them, check them, and see one filled in before anybody gets it."""

from pathlib import Path

from activities.material import context_for, gather
from domain.agenda import Aggregate
from domain.nurture import NurtureRun
from domain.refusal import Malformed
from mail.context import OUTWARD
from mail.kitchen import Kitchen
from mail.render import Rendered, Renderer
from mail.samples import sample
from mail.words import MailFile, Words
from operations import contacts, deals
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from store import situation
from store.database import Tx
from store.sends import Send


class Template(View):
    """A mail file: what it is for, and what it may name (its kind of context)."""

    name: str
    locale: str | None
    purpose: str
    context: str
    subject: str
    about: str
    file: str


class Filled(View):
    """A mail with everything filled in."""

    name: str
    template_version: str
    locale: str
    purpose: str
    subject: str
    preheader: str
    text: str
    html: str


def list_all(templates: Path) -> list[Template]:
    """Every mail file by name, the default language first. Raises Flawed."""
    words = Words(_folder(templates))
    found = [words.read(path) for name in words.names for path in words.variants(name)]
    return [_shown(file) for file in found]


def check(templates: Path, name: str | None = None) -> list[Template]:
    """Check one mail, or all, in every language; needs neither engine nor database.

    Raises Flawed (Malformed) with everything found, NotFound.
    """
    return [_shown(file) for file in Renderer(_folder(templates)).check(name)]


def preview(templates: Path, name: str, locale: str | None = None) -> Filled:
    """A mail filled in with made-up people; needs neither engine nor database."""
    folder = _folder(templates)
    kind = Words(folder).find(name, locale).front.context
    Renderer(folder).check(name)
    with Kitchen(folder) as kitchen:
        return _filled(kitchen.render(name, sample(kind), locale))


def preview_for(
    house: House,
    name: str,
    *,
    deal: str | None = None,
    contact: str | None = None,
    locale: str | None = None,
) -> Filled:
    """A mail as a contact would get it about a deal, or apart from any. Nothing is sent.

    Raises NotFound, Flawed, and RenderFailed where the words need what is not known.
    """
    folder = _folder(house.config.templates)
    kind = Words(folder).find(name, locale).front.context
    Renderer(folder).check(name)
    with reaching("the database"), house.store.read() as tx:
        send, state = _subject(tx, house, name, kind, deal, contact)
        facts = situation.facts_for(
            tx, state, house.time.now(), house.time.grace(), playbook=house.config.default_playbook
        )
        way_out = f"{house.config.public_url}/u/preview"
        material = gather(tx, send, state, facts, house.sender, way_out)
    whom = material.person or material.contact
    context = context_for(kind, material)
    return _filled(house.kitchen.render(name, context, locale or (whom.locale if whom else None)))


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
        message_id="<preview>",
        planned_at=house.time.now(),
        deal_id=deal,
        contact_id=contact_id if outward else None,
        person_id=None if outward else person_id,
    )
    return send, state


def _folder(templates: Path) -> Path:
    folder = templates / "mail"
    if not folder.is_dir():
        raise Malformed(f"there is no folder of mails at {folder}", "SLUICE_TEMPLATES")
    return folder


def _shown(file: MailFile) -> Template:
    return Template(
        name=file.name,
        locale=file.locale,
        purpose=file.front.purpose,
        context=file.front.context,
        subject=file.front.subject,
        about=file.front.about,
        file=str(file.path),
    )


def _filled(rendered: Rendered) -> Filled:
    told = rendered.model_dump(include={*Filled.model_fields} - {"name"})
    return Filled(name=rendered.template, **told)
