"""What would have to be true for something to happen that did not, in plain words."""

from datetime import UTC, datetime, tzinfo
from typing import Final

from domain.limits import WORDS
from domain.permission import TOO_LATE
from domain.sentences import moment, spoken

_STOPPED: Final = {
    "reply": "no reply while the sequence runs",
    "meeting": "no meeting while the sequence runs",
    "meeting_booked": "no meeting booked while the sequence runs",
    "call": "no call while the sequence runs",
    "stage_change": "the deal staying in its stage",
    "won": "the deal still being open",
    "lost": "the deal still being open",
    "reopened": "the deal still being closed",
    "by_hand": "nobody stopping it",
    "step_passed": "the sequence still standing at this step",
    "no_enrollment": "a sequence that it belongs to",
}
_BARRED: Final = {
    "opt_out": "the contact agreeing to mail again",
    "no_consent": "a consent of the contact to marketing mail",
    "hard_bounce": "an address that exists",
    "soft_bounces": "an address that takes mail",
    "complaint": "nothing: who complains is never written to again",
    "no_address": "an address of the contact",
    "no_contact": "a contact to write to",
    "erased": "nothing: the contact was forgotten",
}
_HELD: Final = {
    "paused": "the deal being resumed",
    "attention": "a person looking into it and clearing the attention",
    "nobody to write to": "a contact linked to the deal",
    "yields_to_cadence": "sales not talking to the contact at present",
    "out_of_office": "the contact being back",
    "expected_wait": "the agreed wait being over",
    "mailbox_minute": "room under the limit of its mailbox",
    "mailbox_day": "room under the limit of its mailbox",
    "domain_minute": "room under the limit of that domain",
    "domain_day": "room under the limit of that domain",
    "contact_gap": "more time since the last mail to the contact",
    "contact_cap": "fewer mails to the contact in those days",
    "marketing_cap": "less marketing to the contact in those days",
    "minimum_gap": "more time since the last mail to the contact",
    "other_first": "no other mail to the contact that matters more",
    "breaker": "a person letting its mailbox go on",
    "mail_stopped": "a person letting mail go again",
    "outside_send_window": "an hour in which the contact may be written to",
    "relay: try later": "a relay that takes the mail",
    "downtime": "its new slot, without another outage",
}
_MISSED: Final = {
    "the draft was discarded": "the owner approving the draft",
    "the draft was not approved in time": "the owner approving the draft",
}
_WAITED: Final = {text: word for word, text in WORDS.items()}


def need_of(
    status: str, reason: str, closes: datetime | None = None, zone: tzinfo = UTC
) -> str | None:
    """What a thing of this status would have needed; None where it happened.

    `reason` is the stable word that the event or the agenda gives; `closes` the end of the
    window (UTC), told in `zone`.
    """
    until = f" before {moment(closes, zone)}" if closes else ""
    match status:
        case "stopped":
            return _STOPPED.get(reason) or _BARRED.get(reason) or _unless(reason)
        case "cancelled" | "barred":
            return _barred(reason)
        case "waits":
            return _HELD.get(reason, f"no more {spoken(reason)}") + until
        case "held":
            waits = reason.removeprefix("waits for ")
            return _HELD.get(reason, f"{waits} reported")
        case "missed":
            return _missed(reason) + until
        case "refused":
            return _refused(reason)
        case "in_doubt":
            return "evidence that it arrived, or a person's word"
        case "skipped":
            slot = "no slot" in reason
            return "an open hour in its window" if slot else "its condition being true"
        case _:
            return None


def _unless(word: str) -> str:
    return f"no {spoken(word)} while the sequence runs"


def _barred(reason: str) -> str:
    """A mail that was ready and did not go: what bars its reader, or a doubt that was settled."""
    if reason in _STOPPED:
        return _STOPPED[reason]
    if " " in reason:
        return "a person's word that it goes again, while it was in doubt"
    return _BARRED.get(reason, "a person lifting the bar on the address")


def _missed(reason: str) -> str:
    waited = _WAITED.get(reason.removeprefix(f"{TOO_LATE}: "))
    if waited is not None:
        return _HELD[waited]
    return _MISSED.get(reason, "the house running and mail allowed")


def _refused(reason: str) -> str:
    word = reason.partition(":")[0]
    if word == "template":
        return "a mail that can be written: mend the template"
    if word == "too_large":
        return "a smaller mail"
    if word == "mailbox":
        return "a mailbox that may send it: mend the settings"
    if word == "address":
        return "an address that mail can be sent to"
    return "a receiving server that takes the mail"
