"""Written a mail: words and facts become the bytes that go on the wire, the same on every try."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from activities import arrivals, streams
from activities.letters import letter_to
from activities.material import Material, Sender, context_for, gather
from activities.performing import SLOW, Unwritable, Written
from activities.timekeeping import Timekeeper
from domain.playbooks.sequence import Sequence
from domain.refusal import Malformed, NotFound
from domain.times.calendar import Calendar, Hours
from mail.compose import Letter, compose, reply_subject
from mail.flaws import Flawed, RenderFailed
from mail.inbound.keys import Role, address_with
from mail.inbound.keys import token_for as address_token
from mail.kitchen import Kitchen
from mail.obliged import assert_shown
from mail.outbox import MAIN, Outgoing
from mail.render import Rendered
from mail.tokens import token_for
from mail.tracking import lead
from store import aliases, contacts, erasures, people, sends, situation, tokens
from store.database import Store, Tx
from store.links import Link
from store.sends import Send
from store.tokens import Token

OWN_WAY: Final = Outgoing()


@dataclass(frozen=True)
class Thread:
    """The mails before it in the same enrollment: the first one's subject, all their ids."""

    subject: str | None = None
    ids: tuple[str, ...] = ()

    def goes_on(self, rendered: Rendered) -> bool:
        """Whether a mail answers the ones before it."""
        return rendered.in_thread and self.subject is not None

    def subject_of(self, rendered: Rendered) -> str:
        """What a mail says in its subject: its own words, or those that it answers."""
        return reply_subject(self.subject or "") if self.goes_on(rendered) else rendered.subject


class MailWriter:
    """Writes the mails of the send ledger."""

    def __init__(
        self,
        store: Store,
        time: Timekeeper,
        kitchen: Kitchen,
        context_of: Callable[[str], str],
        sender: Sender,
        secret: bytes,
        outgoing: Outgoing = OWN_WAY,
    ) -> None:
        self.store = store
        self.time = time
        self.kitchen = kitchen
        self.context_of = context_of
        self.sender = sender
        self.secret = secret
        self.outgoing = outgoing
        self.domain = sender.company.sender.rpartition("@")[2]

    async def write(self, send: Send) -> Written:
        """Render and compose. Raises Unwritable with what is wrong, Unreachable for the store."""
        return await asyncio.to_thread(self._write, send)

    def _write(self, send: Send) -> Written:
        try:
            mailbox = MAIN
            led: tuple[Link, ...] = ()
            with self.store.read() as tx:
                erasure = erasures.last(tx)
            if send.template == arrivals.TEMPLATE:
                rendered, letter = self._about_import(send)
            elif send.stream.startswith("person/"):
                # It was written when it was planned: a morning, a test mail.
                raise Unwritable("erased: its words were forgotten with a person")
            else:
                rendered, letter, mailbox, led = self._about_stream(send)
            assert_shown(letter, self.sender.company.postal_address)
            return Written(
                subject=letter.subject,
                payload=compose(letter),
                template_version=rendered.template_version,
                in_reply_to=letter.in_reply_to,
                sender=letter.envelope_sender,
                recipient=letter.envelope_recipient,
                mailbox=mailbox,
                links=led,
                erasure=erasure,
            )
        except (RenderFailed, Flawed, NotFound) as wrong:
            if isinstance(wrong, RenderFailed) and "too long" in str(wrong):
                raise Unwritable(f"{SLOW}: rendering took too long") from wrong
            raise Unwritable(f"template: {_kind_of(wrong)}") from wrong
        except Malformed as wrong:
            code = "too_large" if wrong.where == "body" else "address"
            raise Unwritable(f"{code}: {wrong.where or 'the mail'} is not fit to send") from wrong

    def _about_stream(self, send: Send) -> tuple[Rendered, Letter, str, tuple[Link, ...]]:
        material, thread = self._gather(send)
        context = context_for(self.context_of(send.template), material)
        rendered = self.kitchen.render(send.template, context, _locale(material))
        rendered, led = self._led(rendered, send)
        mailbox = chosen(self.outgoing, material)
        letter = letter_of(material, rendered, thread, self.time.now())
        return rendered, self._addressed(letter, material, mailbox), mailbox, led

    def _led(self, rendered: Rendered, send: Send) -> tuple[Rendered, tuple[Link, ...]]:
        """The words with links that can be counted, where the house and the mail ask for it."""
        who, touch_id = send.contact_id, send.touch_id
        if who is None or not (rendered.tracked and self.outgoing.track_links):
            return rendered, ()

        def name(position: int) -> str:
            return token_for(self.secret, "link", touch_id, str(position))

        html, urls = lead(rendered.html, self.sender.public_url, name)
        led = tuple(
            Link(link_id=name(n), touch_id=touch_id, contact_id=who, position=n, url=url)
            for n, url in enumerate(urls, 1)
        )
        return rendered.model_copy(update={"html": html}), led

    def _addressed(self, letter: Letter, material: Material, mailbox: str) -> Letter:
        """The letter with the addresses of its mailbox, and where what comes back is received."""
        send, outbox = material.send, self.outgoing.named(mailbox)
        more: dict[str, Any] = {"sender": outbox.sender} if outbox else {}
        if send.contact_id is not None:
            series = series_of(material, self.domain)
            more["list_id"] = series
            more["auto_submitted"] = self.outgoing.auto_submitted or series is not None
            if self.outgoing.return_domain is not None:
                more["return_path"] = self._token_address(send, Role.BOUNCES)
                more["unsubscribe_mailto"] = self._token_address(send, Role.UNSUBSCRIBE)
        return letter.model_copy(update=more)

    def _token_address(self, send: Send, role: Role) -> str:
        """An address of ours that names this mail, the same on every try."""
        assert self.outgoing.return_domain is not None
        token = address_token(self.secret, role.value, send.touch_id)
        with self.store.write() as tx:
            aliases.issue(tx, token, role, send.touch_id, self.time.wall())
        return address_with(role, token, self.outgoing.return_domain)

    def _about_import(self, send: Send) -> tuple[Rendered, Letter]:
        company = self.sender.company
        with self.store.read() as tx:
            person, context = arrivals.digest_of(tx, send, self.sender)
        rendered = self.kitchen.render(send.template, context, person.locale)
        zone = Hours.of(Calendar(), person.zone, person.country).zone
        at = self.time.now().astimezone(zone)
        return rendered, letter_to(person, rendered, send.message_id, company, at)

    async def envelope(self, send: Send) -> tuple[str, str]:
        """Sender and recipient of a mail that was frozen before."""
        recipient = await asyncio.to_thread(self._address, send)
        if recipient is None:
            raise Unwritable("address: there is none any more")
        if send.mailbox not in (None, MAIN) and self.outgoing.named(send.mailbox or "") is None:
            raise Unwritable(f"mailbox: there is no {send.mailbox} any more")
        return send.sender or self.sender.company.sender, recipient

    def _address(self, send: Send) -> str | None:
        with self.store.read() as tx:
            if send.person_id is not None:
                person = people.load(tx, send.person_id)
                return person.email if person is not None else None
            contact = contacts.load(tx, send.contact_id or "")
            return contact.email if contact is not None else None

    def _gather(self, send: Send) -> tuple[Material, Thread]:
        token = self._token(send)
        with self.store.read() as tx:
            state = streams.load(tx, send.stream)
            facts = situation.facts_for(tx, state, self.time.now(), self.time.grace())
            url = f"{self.sender.public_url}/u/{token}"
            material = gather(tx, send, state, facts, self.sender, url)
            thread = thread_of(tx, send)
        return material, thread

    def _token(self, send: Send) -> str:
        """The way out of this mail; the same on every try."""
        if send.contact_id is None:
            return ""
        scope = "*" if send.purpose == "sales" else send.purpose
        token = token_for(self.secret, send.contact_id, scope, send.touch_id)
        with self.store.write() as tx:
            tokens.issue(tx, Token(token, send.contact_id, scope, send.stream, self.time.wall()))
        return token


def letter_of(material: Material, rendered: Rendered, thread: Thread, at: datetime) -> Letter:
    """The letter about one stream, as it goes and as a preview shows it. Raises RenderFailed."""
    company, send = material.sender.company, material.send
    whom = material.person or material.contact
    if whom is None or whom.email is None:
        raise RenderFailed("there is no address to write to", "to")
    outward = send.contact_id is not None
    threaded = thread.goes_on(rendered)
    owner = material.owner if outward else None
    return Letter.model_validate(
        {
            "message_id": send.message_id,
            "purpose": rendered.purpose,
            "sender_name": owner.name if owner else company.name,
            "sender": company.sender,
            "to_name": whom.name,
            "to": whom.email,
            "reply_to": owner.email if owner else None,
            "subject": thread.subject_of(rendered),
            "html": rendered.html,
            "text": rendered.text,
            "date": material.local(at),
            "in_reply_to": thread.ids[-1] if threaded else None,
            "references": thread.ids if threaded else (),
            "unsubscribe_url": material.unsubscribe if outward else None,
            "auto_submitted": True,
        }
    )


def chosen(outgoing: Outgoing, material: Material) -> str:
    """The mailbox of a mail to a contact: its sequence's, else its owner's, else the main one.

    Raises Unwritable when the sequence names one that is not there.
    """
    if material.send.contact_id is None:
        return MAIN
    named = sequence_of(material)
    if named is not None and named.mailbox is not None:
        if named.mailbox != MAIN and outgoing.named(named.mailbox) is None:
            raise Unwritable(f"mailbox: there is no {named.mailbox}")
        return named.mailbox
    owner, groups = material.owner, material.facts.groups
    if owner is None:
        return MAIN
    return outgoing.serving(owner.person_id, owner.email, groups)


def series_of(material: Material, domain: str) -> str | None:
    """The `List-Id` of a mail of a nurture, None for all other mail."""
    part = _part_of(material)
    if part is None or not part.startswith("nurture:"):
        return None
    name, playbook = part.removeprefix("nurture:"), material.facts.rules.playbook
    return f"{name}.{playbook}.{domain}".replace("_", "-")


def sequence_of(material: Material) -> Sequence | None:
    """The cadence or nurture that a mail belongs to, as its enrollment is pinned to it."""
    one = next(
        (x for x in material.state.enrollments if x.enrollment_id == material.send.enrollment_id),
        None,
    )
    return material.facts.rules.sequence(one.part, one.version) if one is not None else None


def _part_of(material: Material) -> str | None:
    enrolled = material.send.enrollment_id
    return next((x.part for x in material.state.enrollments if x.enrollment_id == enrolled), None)


def thread_of(tx: Tx, send: Send) -> Thread:
    """The mails that went before this one in its enrollment."""
    if send.enrollment_id is None or send.contact_id is None:
        return Thread()
    found = sends.page(tx, enrollment_id=send.enrollment_id, limit=100)
    before = [one for one in reversed(found) if one.status in ("sent", "in_doubt")]
    if not before:
        return Thread()
    return Thread(before[0].subject, tuple(one.message_id for one in before))


def _locale(material: Material) -> str | None:
    whom = material.person or material.contact
    return whom.locale if whom is not None else None


def _kind_of(wrong: Exception) -> str:
    """Where the words are wrong. The text may quote what somebody typed, so only the place."""
    where = getattr(wrong, "where", None)
    return f"{type(wrong).__name__} at {where}" if where else type(wrong).__name__
