"""Test mails: a mail as it would look in a mail programme, sent to one of our own people.

It goes through the relay like every other mail and stands in the send ledger as a test, in a
stream of its own: no deal, no contact and no figure ever hears of it.
"""

import asyncio
from datetime import timedelta
from typing import Final

from activities.letters import letter_to
from domain.ids import digest
from domain.refusal import Malformed, Refused
from domain.settling import settle_notice
from domain.times.calendar import Calendar, Hours
from mail.compose import LONGEST_SUBJECT, compose, message_id
from mail.render import Rendered
from operations import people
from operations.authoring.previews import Filled, preview, preview_for
from operations.deal_view import View
from operations.desk import new_command_id, reaching
from operations.house import EngineUnreachable, House
from operations.logbook import note
from operations.post.mail_work import mail_work
from store import ledger, proofs, sends, switches
from store.ledger import Origin
from store.people import Person
from store.sends import Send

MARK: Final = "[Test] "
AN_HOUR: Final = 10
"""Test mails that one person gets within an hour, by the clock on the wall."""


class Proof(View):
    """What became of a test mail; `sent` says that the relay took it."""

    message_id: str
    person_id: str
    to: str
    subject: str
    locale: str
    status: str
    dry_run: bool = False


async def send_test(
    house: House,
    name: str,
    to: str,
    *,
    actor: str,
    deal: str | None = None,
    contact: str | None = None,
    locale: str | None = None,
    command_id: str | None = None,
    dry_run: bool = False,
) -> Proof:
    """Send a mail, filled in as a preview is, to one of our own people, by id or address.

    Raises NotFound for whoever is none of ours, Refused over the limit, while all mail is
    stopped, and when the relay says no; EngineUnreachable when the relay does not answer.
    """
    person = await asyncio.to_thread(_reader, house, to)
    filled = await asyncio.to_thread(_filled, house, name, person, deal, contact, locale)
    its_id = digest("test", command_id or new_command_id())
    row, payload = _row(house, person, filled, its_id)
    told = Proof(
        message_id=row.message_id,
        person_id=person.person_id,
        to=person.email or "",
        subject=row.subject or "",
        locale=filled.locale,
        status="planned",
        dry_run=dry_run,
    )
    if dry_run:
        return told
    await asyncio.to_thread(_plan, house, row, payload, actor)
    async with mail_work(house) as work:
        await work.performer.deliver_open(row.stream, f"{actor}/{its_id}")
    status = await asyncio.to_thread(_outcome, house, its_id)
    return told.model_copy(update={"status": status})


def _reader(house: House, to: str) -> Person:
    with reaching("the database"), house.store.read() as tx:
        person = people.find(tx, to, "--to")
    if not person.active:
        raise Refused("left", f"{person.name} does not work here any more", "--to")
    if person.email is None:
        raise Malformed(f"{person.name} has no address", "--to")
    return person


def _filled(
    house: House,
    name: str,
    person: Person,
    deal: str | None,
    contact: str | None,
    locale: str | None,
) -> Filled:
    if deal is None and contact is None:
        spoken = locale or person.locale
        return preview(house.config.templates, name, spoken, house.kitchen, house.written())
    return preview_for(house, name, deal=deal, contact=contact, locale=locale)


def _row(house: House, person: Person, filled: Filled, its_id: str) -> tuple[Send, bytes]:
    """The mail as a row of the send ledger, and its bytes: to a colleague, whatever it is."""
    now = house.time.now()
    rendered = Rendered(
        template=filled.name,
        template_version=filled.template_version,
        locale=filled.locale,
        purpose=filled.purpose,
        in_thread=False,
        subject=f"{MARK}{filled.subject}"[:LONGEST_SUBJECT],
        preheader=filled.preheader,
        html=filled.html,
        text=filled.text,
    )
    company = house.sender.company
    header = message_id(its_id, company.sender.rpartition("@")[2])
    zone = Hours.of(Calendar(), person.zone, person.country).zone
    letter = letter_to(person, rendered, header, company, now.astimezone(zone))
    row = Send(
        touch_id=its_id,
        stream=proofs.stream_of(person.person_id),
        template=filled.name,
        template_version=filled.template_version,
        purpose=proofs.PURPOSE,
        message_id=header,
        planned_at=now,
        person_id=person.person_id,
        subject=letter.subject,
    )
    return row, compose(letter)


def _plan(house: House, row: Send, payload: bytes, actor: str) -> None:
    """Keep the mail to be sent, unless it was kept before. Raises Refused."""
    since = house.time.wall() - timedelta(hours=1)
    with reaching("the database"), house.store.write() as tx:
        if sends.load(tx, row.touch_id) is not None:
            return
        if switches.is_on(tx, switches.MAIL_STOPPED):
            raise _stopped()
        if proofs.count_since(tx, row.person_id or "", since) >= AN_HOUR:
            told = f"{AN_HOUR} test mails went to this person within an hour; wait a little"
            raise Refused("too_many_tests", told, "--to")
        sends.plan(tx, row, payload)
        note(tx, house, "send_test", actor=actor, stream=row.stream)


def _outcome(house: House, its_id: str) -> str:
    """How it ended. One that could not go now does not go later, when nobody waits for it."""
    with reaching("the database"), house.store.write() as tx:
        row = sends.load(tx, its_id)
        assert row is not None
        if row.status == "planned":
            reason = row.reason or "not_now"
            sends.withdraw(tx, its_id, "cancelled", reason, house.time.wall())
            event = settle_notice(its_id, "cancelled", house.time.now(), reason)
            origin = Origin(actor="sluice", recorded_at=house.time.wall(), cause="send-test")
            ledger.append(tx, row.stream, ledger.head(tx, row.stream), [event], origin)
    if row.status == "refused":
        raise Refused("refused", f"the relay refused it: {row.reply or row.reason}")
    if row.status == "planned" and row.reason == "mail_stopped":
        raise _stopped()
    if row.status == "planned":
        raise EngineUnreachable("the mail server", row.reply or row.reason or "no answer")
    return row.status


def _stopped() -> Refused:
    return Refused("mail_stopped", "all mail is stopped; start it with: sluice mail start")
