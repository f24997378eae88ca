"""One mail with everything about it: its words, what became of its row, and why it was sent."""

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from activities import streams
from domain.refusal import NotFound
from operations import halting
from operations.deal_view import View
from operations.desk import reaching
from operations.history import Line, lines, reasons
from operations.house import House
from operations.post import mail_room
from operations.post.mail_room import MailText
from operations.post.room import in_words
from store import contacts, ledger, people, situation, texts
from store.database import Tx
from store.sends import Send


class RowStep(View):
    """One step of a mail's row in the send ledger; `wall` says that `at` is wall time."""

    at: datetime
    text: str
    wall: bool = False


class MailSheet(View):
    """A mail; `to` names its reader, `title` its deal, `why_not` its reason in words.

    `reasons` say why it was sent (or was not, or is planned), and what it would need; `rule` and
    `cause` what they rest on. `told` are the events that speak of it.
    """

    text: MailText
    to: str | None
    title: str | None
    why_not: str | None
    reasons: tuple[str, ...] = ()
    would_need: str | None = None
    rule: str | None = None
    cause: str | None = None
    steps: tuple[RowStep, ...] = ()
    told: tuple[Line, ...] = ()


def show(house: House, which: str, zone: str = "UTC") -> MailSheet:
    """A mail by its Message-ID or touch id; moments in sentences are told in `zone`. NotFound."""
    text = mail_room.show(house, which)
    with reaching("the database"), house.store.read() as tx:
        send = mail_room.find(tx, which)
        recorded = ledger.read(tx, send.stream)
        mine = [one for one in recorded if getattr(one.event, "touch_id", None) == send.touch_id]
        reader = contacts.load(tx, send.contact_id) if send.contact_id else None
        ours = people.load(tx, send.person_id) if send.person_id else None
        name = (reader.name or reader.email) if reader else ours.name if ours else None
        sheet = MailSheet(
            text=text,
            to=name,
            title=texts.titles(tx, [send.deal_id]).get(send.deal_id) if send.deal_id else None,
            why_not=in_words(send.reason),
            steps=tuple(_steps(send)),
            told=tuple(lines(tx, mine, ZoneInfo(zone), {})),
        )
        found = _explained(tx, house, send, recorded, ZoneInfo(zone)) or _announced(sheet.told)
        return sheet.model_copy(update=found)


def _explained(
    tx: Tx, house: House, send: Send, recorded: list[ledger.Recorded], zone: tzinfo
) -> dict[str, object]:
    """What the explanation of its deal or nurture says of the mail."""
    if send.stream.partition("/")[0] not in ("deal", "nurture"):
        return {"reasons": (_BY_ITSELF.get(send.template, _ASKED_FOR),)}
    try:
        state = streams.load(tx, send.stream)
    except NotFound:
        return {}
    facts = situation.facts_for(tx, state, house.time.now(), house.time.grace())
    known = halting.known_now(tx, house, state, facts)
    found = reasons(tx, state, facts, recorded, zone, known)
    mine = [one for one in found if one.touch_id == send.touch_id]
    if not mine:
        return {}
    # What was said of it last holds: a mail in doubt that was settled, a slot that moved.
    last = mine[-1]
    return {
        "reasons": last.why,
        "would_need": last.would_need,
        "rule": last.rule,
        "cause": last.cause,
    }


def _announced(told: tuple[Line, ...]) -> dict[str, object]:
    """Why one of ours was told something: the event that planned the notice says what of."""
    if not told:
        return {}
    first = told[0]
    return {"reasons": (first.text,), "rule": first.playbook_version, "cause": first.cause}


_ASKED_FOR = "somebody here asked for it; no sequence plans it"
_BY_ITSELF = {
    "morning": "the morning mail of one of ours, once a working day",
    "confirm-consent": "the question whether they agree, which their consent rests on",
}
"""Why a mail goes that belongs to no deal and no nurture, by its words."""


def _steps(send: Send) -> list[RowStep]:
    """In the order in which a row goes through them: of two clocks, moments have no order."""
    found = [RowStep(at=send.planned_at, text="Planned")]
    if send.slot_at is not None:
        found.append(RowStep(at=send.slot_at, text="Its slot"))
    if send.status == "planned" and send.not_before is not None:
        found.append(RowStep(at=send.not_before, text="Looked at again"))
    if send.claimed_at is not None:
        which = f", attempt {send.attempts}" if send.attempts > 1 else ""
        found.append(RowStep(at=send.claimed_at, text=f"Taken by a worker{which}", wall=True))
    if send.data_at is not None:
        found.append(RowStep(at=send.data_at, text="Its words began to leave", wall=True))
    if send.sent_at is not None:
        back = {"bounce": "; it came back", "complaint": "; it was called spam"}
        found.append(RowStep(at=send.sent_at, text=f"Sent{back.get(send.came_back or '', '')}"))
    if send.finished_at is not None:
        told = f"Ended: {send.status.replace('_', ' ')}"
        found.append(RowStep(at=send.finished_at, text=told, wall=True))
    return found
