"""What a mail may say, gathered from the store: one builder for each kind of context."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from domain.agenda import Aggregate
from domain.deal import Deal
from domain.facts import Facts
from domain.sentences import step_words
from mail import context as m
from mail.address import first_name
from mail.flaws import RenderFailed
from mail.sayings import Sayings, Voice
from store import accounts, contacts, people, texts
from store.contacts import Contact
from store.database import Tx
from store.people import Person
from store.sends import Send

PARAGRAPHS = 100
"""Of an answer that our own people are shown; the deal's page has all of it."""


@dataclass(frozen=True)
class Sender:
    """Our own company, where its pages are, and what it says to its own people."""

    company: m.Company
    public_url: str
    sayings: Sayings = field(default_factory=Sayings)

    def voice(self, mail: str, person: Person) -> Voice:
        """The words of a mail to one of ours, in the reader's language. Raises RenderFailed."""
        return self.sayings.voice(mail, person.locale)


@dataclass(frozen=True)
class Material:
    """Everything that the mails of one stream may draw on, as of one moment."""

    send: Send
    state: Aggregate
    facts: Facts
    sender: Sender
    contact: Contact | None
    person: Person | None
    owner: Person | None
    seller: Person | None
    account: str | None
    said: Mapping[str, str]
    parties: tuple[Contact, ...]
    unsubscribe: str

    @property
    def reader_zone(self) -> ZoneInfo:
        """The zone in which the reader reads times."""
        if self.person is not None:
            return self.facts.person_hours(self.person.person_id).zone
        return self.facts.contact_hours(self.send.contact_id).zone

    def local(self, at: datetime) -> datetime:
        """A moment as the reader's clock shows it."""
        return at.astimezone(self.reader_zone)

    @property
    def voice(self) -> Voice:
        """What the house says to the person who reads it, in that person's language."""
        locale = self.person.locale if self.person is not None else None
        return self.sender.sayings.voice(self.send.template, locale)


def gather(
    tx: Tx, send: Send, state: Aggregate, facts: Facts, sender: Sender, unsubscribe: str
) -> Material:
    """Look up whom and what the mail is about."""
    deal = state if isinstance(state, Deal) else None
    owner_id = deal.owner_id if deal else None
    account = accounts.load(tx, deal.account_id) if deal and deal.account_id else None
    linked = [party.contact_id for party in deal.contacts] if deal else []
    known = contacts.load_many(tx, linked) if linked else {}
    return Material(
        send=send,
        state=state,
        facts=facts,
        sender=sender,
        contact=contacts.load(tx, send.contact_id) if send.contact_id else None,
        person=people.load(tx, send.person_id) if send.person_id else None,
        owner=people.load(tx, owner_id) if owner_id else None,
        seller=people.load(tx, deal.sold_by) if deal and deal.sold_by else None,
        account=account.name if account else None,
        said=texts.of(tx, deal.deal_id) if deal else {},
        parties=tuple(known[one] for one in linked if one in known),
        unsubscribe=unsubscribe,
    )


def context_for(kind: str, material: Material) -> m.Context:
    """The context of a kind (`mail.context.CONTEXTS`). Raises RenderFailed when it cannot be."""
    try:
        return _BUILDERS[kind](material)
    except KeyError:
        raise RenderFailed(f"no mail of kind {kind} can be written here", kind) from None


def _letter(one: Material) -> m.Context:
    return m.DealLetter(
        contact=_contact(one.contact, one),
        deal=_deal(one),
        company=one.sender.company,
        owner=_owner(one),
        links=m.Links(unsubscribe=one.unsubscribe),
        assets=_assets(one),
    )


def _contact_letter(one: Material) -> m.Context:
    return m.ContactLetter(
        contact=_contact(one.contact, one),
        company=one.sender.company,
        owner=_owner(one),
        links=m.Links(unsubscribe=one.unsubscribe),
    )


def _notice(one: Material) -> m.Context:
    what, why = _reminded(one)
    return m.Notice(
        person=_person(one),
        company=one.sender.company,
        what=what,
        why=why,
        url=_url(one),
        deal=_deal(one) if isinstance(one.state, Deal) else None,
        contact=_whoever(one),
    )


def _reminded(one: Material) -> tuple[str, str | None]:
    """What a notice is about, as a colleague would say it, and by which rule it came.

    A step's is about `sequence:name`, where the name is the role unless the playbook gives one
    that says more; an ending's is about what had ended.
    """
    voice, about = one.voice, one.send.step or ""
    name, _, step = about.partition(":")
    whom = one.said.get("title") or (one.contact and one.contact.name) or voice.say("a_contact")
    if _is_a_role(step, one):
        word = "no_answer" if isinstance(one.state, Deal) else "look"
        return voice.say(word, whom=whom), voice.say(f"{word}_why", sequence=name)
    ended = name in ("won", "cadence", "nurture")
    words = _ended(about, voice) if ended else step_words(step or name).replace("-", " ")
    return voice.say("about", what=f"{words[:1].upper()}{words[1:]}", whom=whom), None


def _ended(about: str, voice: Voice) -> str:
    """What had ended, and how: `won`, `cadence:follow-up:answered`."""
    sort, _, rest = about.partition(":")
    name, _, how = rest.partition(":")
    if sort == "won":
        return voice.say("won")
    word = f"ended_{how}" if how in ("no_answer", "answered") else "ended"
    return voice.say(word, sequence=name)


def _is_a_role(step: str, one: Material) -> bool:
    """Whether a step is called after whom it tells: `owner`, or `owner-again` for the second."""
    pipeline = one.facts.rules.pipeline
    roles = {"owner", "manager", *(pipeline.roles if pipeline else ())}
    return step in roles or any(step.startswith(f"{role}-") for role in roles)


def stagnant_since(voice: Voice, reason: str, since: datetime) -> str:
    """Why a deal is stagnant, for who can do something about it; the day is that of its zone."""
    return voice.say(reason, day=voice.day(since))


def _stagnation(one: Material) -> m.Context:
    deal = _of_deal(one)
    entered = deal.stage_entered_at or one.facts.now
    sign = deal.heard_at
    stage = one.facts.rules.pinned.pipeline.stage(deal.stage)
    return m.StagnationNotice(
        person=_person(one),
        company=one.sender.company,
        deal=_deal(one),
        reasons=tuple(
            stagnant_since(one.voice, flag.reason, one.local(flag.since)) for flag in deal.flags
        ),
        days_in_stage=(one.facts.now - entered).days,
        last_sign=one.local(sign).date() if sign else None,
        owner=_owner(one),
        prompts=stage.prompts,
    )


def _promise(one: Material) -> m.Context:
    deal = _of_deal(one)
    promise = next((p for p in deal.promises if p.promise_id == one.send.step), None)
    if promise is None:
        raise RenderFailed("the promise is settled", "promise")
    told = one.said.get(promise.note_id or "") or one.voice.say("a_promise")
    return m.PromiseReminder(
        person=_person(one),
        company=one.sender.company,
        deal=_deal(one),
        promise=m.Promise(text=told, due=one.local(promise.due_at), overdue=promise.overdue),
        contact=_whoever(one),
    )


def _hand_over(one: Material) -> m.Context:
    deal = _of_deal(one)
    due = min((task.due_at for task in deal.tasks), default=None)
    return m.HandOver(
        person=_person(one),
        company=one.sender.company,
        deal=_deal(one),
        owner=_signed(one.seller, one.sender.company) if one.seller else None,
        contacts=tuple(_contact(party, one) for party in one.parties if party.email),
        reason=one.said.get(deal.won_note or "", "").partition("\n")[0] or None,
        due=one.local(due) if due else None,
    )


def _draft(one: Material) -> m.Context:
    deal = _of_deal(one)
    task = next((t for t in deal.tasks if t.verb == "draft" and t.step == one.send.step), None)
    if task is None:
        raise RenderFailed("the draft is settled", "draft")
    title = (task.name or "a mail").replace("-", " ")
    return m.DraftWaiting(
        person=_person(one),
        company=one.sender.company,
        deal=_deal(one),
        draft=m.Draft(subject=title, closes=one.local(task.due_at), url=_url(one)),
        contact=_whoever(one),
    )


def _reply(one: Material) -> m.Context:
    """What they wrote is the note of the reply, under the id of the command that recorded it."""
    note_id, _, contact_id = (one.send.step or "").partition(":")
    wrote = next((party for party in one.parties if party.contact_id == contact_id), None)
    known = _contact(wrote, one) if wrote is not None and wrote.email else None
    lines = (line.strip() for line in one.said.get(note_id, "").splitlines())
    return m.ReplyArrived(
        person=_person(one),
        company=one.sender.company,
        deal=_deal(one),
        sender=(known.name or known.email) if known else "",
        said=tuple(line for line in lines if line)[:PARAGRAPHS],
        contact=known,
    )


_BUILDERS: dict[str, Callable[[Material], m.Context]] = {
    "deal": _letter,
    "contact": _contact_letter,
    "notice": _notice,
    "stagnation": _stagnation,
    "promise": _promise,
    "hand-over": _hand_over,
    "draft": _draft,
    "reply": _reply,
}


def _of_deal(one: Material) -> Deal:
    if not isinstance(one.state, Deal):
        raise RenderFailed("there is no deal to write about", one.send.template)
    return one.state


def _deal(one: Material) -> m.Deal:
    deal = _of_deal(one)
    return m.Deal(
        title=one.said.get("title", deal.deal_id),
        stage=deal.stage,
        amount=deal.amount,
        currency=deal.currency,
        product=deal.product,
        account=one.account,
        expected_close=deal.expected_close,
        url=_url(one),
        fields=_fields(deal, one),
    )


def _fields(deal: Deal, one: Material) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, kind in one.facts.rules.pinned.fields.items():
        text = one.said.get(f"field:{name}")
        if text is None:
            found[name] = [] if kind.endswith(" list") else None
        elif kind.endswith(" list"):
            found[name] = [_value(kind, line) for line in text.splitlines()]
        else:
            found[name] = _value(kind, text)
    return found


def _value(kind: str, text: str) -> Any:
    base = kind.partition(" ")[0]
    return Decimal(text) if base in ("money", "number") else text


def _whoever(one: Material) -> m.Contact | None:
    """The first of the deal's contacts who can be written to, for a mail to a colleague.

    None where there is nobody, or nobody who was not forgotten: the colleague reads of the deal.
    """
    known = next((party for party in one.parties if party.email is not None), None)
    return _contact(known, one) if known is not None else None


def _contact(contact: Contact | None, one: Material) -> m.Contact:
    if contact is None or contact.email is None:
        raise RenderFailed("the contact has no address", "contact")
    return m.Contact(
        email=contact.email,
        name=contact.name,
        first_name=first_name(contact.name),
        account=one.account,
        job_title=contact.facts.get("job_title"),
    )


def _owner(one: Material) -> m.Owner:
    return _signed(one.owner, one.sender.company)


def _signed(person: Person | None, company: m.Company) -> m.Owner:
    """Who stands behind a mail; the company where nobody does."""
    if person is None:
        return m.Owner(name=company.name, email=company.sender)
    return m.Owner(
        name=person.name,
        email=person.email or company.sender,
        first_name=first_name(person.name),
    )


def _person(one: Material) -> m.Person:
    if one.person is None or one.person.email is None:
        raise RenderFailed("the colleague has no address", "person")
    return m.Person(
        name=one.person.name, email=one.person.email, first_name=first_name(one.person.name)
    )


def _assets(one: Material) -> tuple[m.Asset, ...]:
    deal = _of_deal(one)
    names = one.facts.rules.pinned.pipeline.stage(deal.stage).assets
    return tuple(m.Asset(name=name, title=name.replace("-", " ").capitalize()) for name in names)


def _url(one: Material) -> str | None:
    deal = one.state if isinstance(one.state, Deal) else None
    return f"{one.sender.public_url}/deals/{deal.deal_id}" if deal else None
