"""Ask a contact by mail whether they agree, and take the answer: double opt-in.

The mail goes through the send ledger like any other, at once, and is no mail of a sequence.
Nothing is agreed to until the page behind its link is confirmed by a button.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from domain.house_events import ConsentAsked
from domain.ids import digest
from domain.permission import blocked
from domain.refusal import NotFound, Refused
from domain.times.calendar import Calendar, Hours
from mail.address import first_name
from mail.compose import Letter, compose, message_id
from mail.context import ConsentAsk, Links, Owner
from mail.context import Contact as Reader
from mail.obliged import assert_shown
from mail.render import Rendered
from mail.tokens import token_for
from operations.contacts import PURPOSES, agree_in, find, source_word, tell
from operations.deal_view import View
from operations.desk import new_command_id, reaching
from operations.house import EngineUnreachable, House
from operations.logbook import note
from operations.post.mail_work import mail_work
from store import consent_asks, contacts, sends, switches, tokens
from store.consent_asks import Ask
from store.contacts import Contact
from store.database import Tx
from store.sends import Send
from store.suppression import EVERYTHING
from store.tokens import Token

TEMPLATE: Final = "confirm-consent"

VALID: Final = timedelta(days=7)
"""How long a question can be confirmed, in business time."""

ASKS_MAX: Final = 2
ASKED_WITHIN: Final = timedelta(days=30)
"""Nobody is asked more often than this, for whatever purpose."""

BASIS: Final = "double-opt-in"

_PURPOSE: Final = "sales"
"""A question is no marketing: it goes to who has not opted out of all that is personal."""


class Question(View):
    """A question to a contact and what became of its mail; `expires_at` is business time."""

    contact_id: str
    purpose: str
    message_id: str
    expires_at: datetime
    status: str
    dry_run: bool = False


async def ask(
    house: House,
    who: str,
    purpose: str,
    *,
    actor: str,
    source: str | None = None,
    command_id: str | None = None,
    dry_run: bool = False,
) -> Question:
    """Send the question. The same command id asks once.

    Raises NotFound, Malformed, Refused for who agreed already, opted out, is barred or was asked
    enough, and EngineUnreachable when the relay does not take the mail.
    """
    if purpose not in PURPOSES:
        raise Refused("unknown_purpose", f"mail is for one of {', '.join(PURPOSES)}", "purpose")
    source = source_word(source) if source is not None else None
    one, send, made = await asyncio.to_thread(
        _prepared, house, who, purpose, source, command_id or new_command_id()
    )
    told = Question(
        contact_id=one.contact_id,
        purpose=purpose,
        message_id=send.message_id,
        expires_at=made.expires_at,
        status="planned",
        dry_run=dry_run,
    )
    if dry_run:
        return told
    payload = await asyncio.to_thread(_written, house, one, send, made)
    await asyncio.to_thread(_plan, house, one, send, made, payload, actor)
    async with mail_work(house) as work:
        await work.performer.deliver_open(send.stream, f"{actor}/{send.touch_id}")
    status = await asyncio.to_thread(_outcome, house, send.touch_id)
    return told.model_copy(update={"status": status})


def locale_of(house: House, token: str) -> str | None:
    """The language of whoever a question went to; None for one that was never asked."""
    with reaching("the database"), house.store.read() as tx:
        made = consent_asks.find(tx, token)
        one = contacts.load(tx, made.contact_id) if made is not None else None
    return one.locale if one is not None else None


def confirm(house: House, token: str) -> bool:
    """They said yes; False, and nothing changed, for a question that is over or none of ours."""
    with reaching("the database"), house.store.write() as tx:
        made = consent_asks.find(tx, token)
        if made is None:
            return False
        contacts.lock(tx, made.contact_id)
        one = contacts.load(tx, made.contact_id)
        if one is None or one.email is None:
            return False
        if not consent_asks.confirm(tx, token, house.time.now()):
            return False
        agree_in(tx, house, one, made.purpose, BASIS, "contact", made.source)
        stream = f"contact/{one.contact_id}"
        note(tx, house, "confirm_consent", actor="contact", stream=stream)
        return True


def _prepared(
    house: House, who: str, purpose: str, source: str | None, command_id: str
) -> tuple[Contact, Send, Ask]:
    now = house.time.now()
    with reaching("the database"), house.store.read() as tx:
        one = find(tx, house, who)
        its_id = digest(TEMPLATE, one.contact_id, purpose, command_id)
        if sends.load(tx, its_id) is None:
            _may_ask(tx, house, one, purpose)
    made = Ask(
        token=token_for(house.config.secret, TEMPLATE, its_id),
        contact_id=one.contact_id,
        purpose=purpose,
        source=source,
        touch_id=its_id,
        asked_at=now,
        expires_at=now + VALID,
    )
    send = Send(
        touch_id=its_id,
        stream=f"contact/{one.contact_id}",
        template=TEMPLATE,
        purpose=_PURPOSE,
        message_id=message_id(its_id, house.sender.company.sender.rpartition("@")[2]),
        planned_at=now,
        contact_id=one.contact_id,
    )
    return one, send, made


def _may_ask(tx: Tx, house: House, one: Contact, purpose: str) -> None:
    facts = contacts.facts(tx, [one.contact_id], house.time.now())[one.contact_id]
    barred = blocked(facts, _PURPOSE)
    if barred is None and purpose in facts.opted_out:
        barred = "opt_out"
    if barred is not None:
        raise Refused(barred, f"no mail may go to them: {barred.replace('_', ' ')}", "contact")
    if purpose in facts.consents:
        raise Refused("has_consent", f"they agreed to {purpose} mail already", "purpose")
    if switches.is_on(tx, switches.MAIL_STOPPED):
        raise Refused("mail_stopped", "all mail is stopped; start it with: sluice mail start")
    since = house.time.now() - ASKED_WITHIN
    if consent_asks.count_since(tx, one.contact_id, since) >= ASKS_MAX:
        told = f"they were asked {ASKS_MAX} times within {ASKED_WITHIN.days} days; that is enough"
        raise Refused("asked_enough", told, "contact")


def _written(house: House, one: Contact, send: Send, made: Ask) -> bytes:
    """The bytes of the question, in the words of the contact's language."""
    sender = house.sender
    way_out = token_for(house.config.secret, one.contact_id, EVERYTHING, send.touch_id)
    local = send.planned_at.astimezone(Hours.of(Calendar(), one.zone, one.country).zone)
    context = ConsentAsk(
        contact=Reader(email=one.email or "", name=one.name, first_name=first_name(one.name)),
        company=sender.company,
        owner=Owner(name=sender.company.name, email=sender.company.sender),
        links=Links(unsubscribe=f"{sender.public_url}/u/{way_out}"),
        confirm=f"{sender.public_url}/u/confirm/{made.token}",
        until=(local + VALID).date(),
    )
    rendered: Rendered = house.kitchen.render(TEMPLATE, context, one.locale)
    letter = Letter(
        message_id=send.message_id,
        purpose=rendered.purpose,  # type: ignore[arg-type]  # checked when it was read
        sender_name=sender.company.name,
        sender=sender.company.sender,
        to_name=one.name,
        to=one.email or "",
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        date=local,
        unsubscribe_url=context.links.unsubscribe,
    )
    assert_shown(letter, sender.company.postal_address)
    return compose(letter)


def _plan(house: House, one: Contact, send: Send, made: Ask, payload: bytes, actor: str) -> None:
    """Keep the question and its mail, unless they were kept before; asked once more if it may."""
    way_out = token_for(house.config.secret, one.contact_id, EVERYTHING, send.touch_id)
    with reaching("the database"), house.store.write() as tx:
        contacts.lock(tx, one.contact_id)
        if sends.load(tx, send.touch_id) is not None:
            return
        _may_ask(tx, house, one, made.purpose)
        wall = house.time.wall()
        tokens.issue(tx, Token(way_out, one.contact_id, EVERYTHING, send.stream, wall))
        consent_asks.add(tx, made)
        sends.plan(tx, send, payload)
        event = ConsentAsked(
            at=made.asked_at,
            contact_id=one.contact_id,
            purpose=made.purpose,
            touch_id=send.touch_id,
            expires_at=made.expires_at,
        )
        tell(tx, house, one.contact_id, [event], actor, "ask_consent")
        note(tx, house, "ask_consent", actor=actor, stream=f"contact/{one.contact_id}")


def _outcome(house: House, its_id: str) -> str:
    """How it ended. One that could not go now does not go later: asking again is simple."""
    with reaching("the database"), house.store.write() as tx:
        row = sends.load(tx, its_id)
        if row is None:
            raise NotFound("the question was erased meanwhile")
        if row.status == "planned":
            reason = row.reason or "not_now"
            sends.withdraw(tx, its_id, "cancelled", reason, house.time.wall())
    if row.status == "planned":
        raise EngineUnreachable("the mail server", row.reply or row.reason or "no answer")
    if row.status == "refused":
        raise Refused("refused", f"the relay refused it: {row.reply or row.reason}")
    return row.status
