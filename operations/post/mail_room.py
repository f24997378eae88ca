"""The mail room: what was sent, what was not and why, what is in doubt, and the switch for all."""

from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Literal, get_args

from activities.morning import house_calendar
from activities.settling import Resolution, resolve_doubt
from domain.event import Happened
from domain.house_events import MailStarted, MailStopped
from domain.refusal import Malformed, NotFound, Refused
from domain.times.calendar import Hours
from operations import clicking, contacts, moments, places
from operations.clicking import TrackedLink
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from operations.once import Asked, once
from operations.post.drafts import Approval, approval
from store import ledger, nudges, sends, switches
from store.database import Tx
from store.ledger import Origin
from store.sends import Send, Status
from store.switches import MAIL_STOPPED, Switch

Word = Literal["arrived", "lost", "again"]
"""What a person says of a mail in doubt."""

STATUSES: tuple[Status, ...] = get_args(Status)
WORDS: tuple[Word, ...] = get_args(Word)
ENDS: dict[Word, Literal["sent", "planned", "cancelled"]] = {
    "arrived": "sent",
    "lost": "cancelled",
    "again": "planned",
}
STREAM = "house/mail"


class MailLine(View):
    """A mail of the send ledger. `at` is its slot, `sent_at` when it went: business time, UTC."""

    message_id: str
    touch_id: str
    deal_id: str | None
    nurture_id: str | None
    contact_id: str | None
    person_id: str | None
    template: str
    purpose: str
    subject: str | None
    status: Status
    reason: str | None
    at: datetime
    sent_at: datetime | None
    opens: datetime | None
    closes: datetime | None
    moved: str | None
    not_before: datetime | None
    attempts: int
    step: str | None
    playbook_version: str | None
    template_version: str | None


class MailPage(View):
    """One page of mails, last planned first; `cursor` begins the next one."""

    mails: tuple[MailLine, ...]
    cursor: str | None = None


class MailText(View):
    """A mail as it went, or would go: None where it was erased or is not written yet.

    `approval` says of a mail that was a draft whether it went in the words that were approved;
    `links` which links of a tracked mail were followed.
    """

    mail: MailLine
    reply: str | None
    approval: Approval | None = None
    links: tuple[TrackedLink, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    text: str | None = None
    html: str | None = None


class MailSwitch(View):
    """Whether all mail is stopped, since when, by whom and why; `woken` streams look again."""

    stopped: bool
    since: datetime | None = None
    by: str | None = None
    reason: str | None = None
    woken: int = 0


class Resolved(View):
    """What became of a mail in doubt."""

    message_id: str
    status: Status


def list_page(
    house: House,
    *,
    deal: str | None = None,
    contact: str | None = None,
    status: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> MailPage:
    """One page of mails; `contact` by id or address.

    Raises NotFound for an unknown contact, Malformed for a status that does not exist.
    """
    if status is not None and status not in STATUSES:
        raise Malformed(f"'{status[:40]}' is no status; known: {', '.join(STATUSES)}", "status")
    with reaching("the database"), house.store.read() as tx:
        contact_id = contacts.find(tx, house, contact).contact_id if contact else None
        found = sends.page(
            tx,
            deal_id=deal,
            contact_id=contact_id,
            status=status,
            after=places.read(cursor),
            limit=limit + 1,
        )
    last = found[limit - 1] if len(found) > limit else None
    return MailPage(
        mails=tuple(line_of(one) for one in found[:limit]),
        cursor=places.written((last.planned_at, last.touch_id)) if last else None,
    )


def of_deal(tx: Tx, deal_id: str, limit: int) -> list[MailLine]:
    """The mails of a deal, last planned first, inside a transaction that reads more."""
    return [line_of(one) for one in sends.page(tx, deal_id=deal_id, limit=limit)]


def to_contact(tx: Tx, contact_id: str, limit: int) -> list[MailLine]:
    """The mails to a contact over all deals and series, last planned first, in the same way."""
    return [line_of(one) for one in sends.page(tx, contact_id=contact_id, limit=limit)]


def in_doubt(house: House, limit: int = 100) -> list[MailLine]:
    """Mails of which nobody can know whether they arrived, oldest first."""
    with reaching("the database"), house.store.read() as tx:
        return [line_of(one) for one in sends.in_doubt(tx, limit)]


def show(house: House, which: str) -> MailText:
    """A mail by its Message-ID or touch id, with its words. Raises NotFound."""
    with reaching("the database"), house.store.read() as tx:
        send = find(tx, which)
        payload = sends.payload(tx, send.touch_id)
        if payload is None:
            return MailText(mail=line_of(send), reply=send.reply)
        message = message_from_bytes(payload, policy=policy.default)
        approved = approval(tx, send, send.subject, _part(message, "plain"))
        led = clicking.of_mail(tx, send.touch_id)
    return MailText(
        mail=line_of(send),
        reply=send.reply,
        approval=approved,
        links=led,
        headers=tuple((name, str(value)) for name, value in message.items()),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def resolve(
    house: House,
    which: str,
    word: str,
    *,
    actor: str,
    reason: str = "",
    at: str | None = None,
    command_id: str | None = None,
    dry_run: bool = False,
) -> Resolved:
    """Say what became of a mail in doubt: it arrived (at a moment), was lost, or goes again.

    A mail that goes again is the same mail under the same id, and every stop fact is asked once
    more before it leaves. Raises NotFound, Refused when it is not in doubt, Malformed.
    """
    if word not in WORDS:
        raise Malformed(f"'{word[:40]}' is none of {', '.join(WORDS)}", "outcome")
    said: Word = word
    arrived_at = _arrived_at(house, said, at) if at is not None else None
    if dry_run:
        with reaching("the database"), house.store.read() as tx:
            send = find(tx, which)
        _must_be_doubted(send)
        return Resolved(message_id=send.message_id, status=ENDS[said])
    with reaching("the database"), house.store.write() as tx:
        send = find(tx, which)
        body = {"word": word, "reason": reason} | ({"at": arrived_at} if arrived_at else {})
        asked = Asked(f"mail/{send.touch_id}", "resolve_mail", actor, body, command_id)
        return once(
            house,
            tx,
            asked,
            Resolved,
            lambda: settle_doubt(tx, house, send, said, actor, reason, arrived_at),
        )


def switch(house: House) -> MailSwitch:
    """Whether mail may go."""
    with reaching("the database"), house.store.read() as tx:
        return switch_of(switches.load(tx, MAIL_STOPPED))


def stop(
    house: House, *, actor: str, reason: str | None = None, command_id: str | None = None
) -> MailSwitch:
    """Let no mail enter the wire until `start`; what is planned waits. Twice is once."""
    return _flip(house, True, actor, reason, command_id)


def start(house: House, *, actor: str, command_id: str | None = None) -> MailSwitch:
    """Let mail go again; what missed its window meanwhile is missed, never a burst."""
    return _flip(house, False, actor, None, command_id)


def find(tx: Tx, which: str) -> Send:
    """The mail of this Message-ID (with or without its angle brackets) or touch id. NotFound."""
    bare = which.strip().strip("<>")
    tries = (bare, f"<{bare}>")
    found = next((one for each in tries if (one := sends.by_message_id(tx, each))), None)
    found = found or sends.load(tx, bare)
    if found is None:
        raise NotFound(f"there is no mail {which[:120]}")
    return found


def settle_doubt(
    tx: Tx,
    house: House,
    send: Send,
    word: Word,
    actor: str,
    reason: str,
    at: datetime | None = None,
) -> Resolved:
    """The same inside a transaction that does more. Raises Refused when it is not in doubt."""
    _must_be_doubted(send)
    told = f"{word}, says {actor}"
    how = Resolution(ENDS[word], reason or told, actor, at, told)
    if not resolve_doubt(tx, house.time, send, how):
        raise Refused("not_in_doubt", "somebody else has settled it in the meantime")
    return Resolved(message_id=send.message_id, status=how.word)


def _arrived_at(house: House, word: Word, at: str) -> datetime:
    """The moment that a person says, on the clock of the house's calendar. Raises Malformed."""
    where = "at"
    if word != "arrived":
        raise Malformed("only what arrived did so at a moment; leave it out", where)
    with reaching("the database"), house.store.read() as tx:
        hours = Hours.of(house_calendar(tx, house.config.default_playbook))
    now = house.time.now()
    said = moments.past(at, hours, now, where)
    if said > now:
        raise Malformed(f"{moments.spoken(said, hours)} is still to come", where)
    return said


def _must_be_doubted(send: Send) -> None:
    if send.status != "in_doubt":
        raise Refused("not_in_doubt", f"the mail is {send.status}, not in doubt")


def _flip(
    house: House, on: bool, actor: str, reason: str | None, command_id: str | None
) -> MailSwitch:
    with reaching("the database"), house.store.write() as tx:
        kind = "stop_mail" if on else "start_mail"
        asked = Asked(STREAM, kind, actor, {"reason": reason}, command_id)

        def work() -> MailSwitch:
            kept = switches.load(tx, MAIL_STOPPED)
            if (kept is not None and kept.is_on) == on:
                return switch_of(kept)
            wall, now = house.time.wall(), house.time.now()
            fresh = Switch(MAIL_STOPPED, on, now, actor, reason)
            switches.flip(tx, fresh)
            event: Happened = MailStopped(at=now) if on else MailStarted(at=now)
            origin = Origin(actor=actor, recorded_at=wall, cause=kind)
            ledger.append(tx, STREAM, ledger.head(tx, STREAM), [event], origin)
            woken: list[str] = []
            if not on:
                woken = sends.release(tx, None, now)
                nudges.add(tx, woken, kind, wall)
            return switch_of(fresh).model_copy(update={"woken": len(woken)})

        return once(house, tx, asked, MailSwitch, work)


def switch_of(kept: Switch | None) -> MailSwitch:
    """The switch as the doors show it; one that nobody ever touched lets mail go."""
    if kept is None:
        return MailSwitch(stopped=False)
    return MailSwitch(stopped=kept.is_on, since=kept.since, by=kept.by, reason=kept.reason)


def line_of(send: Send) -> MailLine:
    """A mail of the send ledger as lists show it."""
    same = [name for name in MailLine.model_fields if name in Send.__slots__]
    return MailLine(
        **{name: getattr(send, name) for name in same},
        at=send.slot_at or send.planned_at,
        opens=send.window_opens,
        closes=send.window_closes,
    )


def _part(message: EmailMessage, kind: str) -> str | None:
    found = message.get_body(preferencelist=(kind,))
    return str(found.get_content()) if found is not None else None
