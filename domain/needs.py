"""What would have to be true for something to happen that did not, in plain words."""

from datetime import datetime

from domain.sentences import moment, spoken

_STOPPED = {
    "reply": "no reply while the sequence runs",
    "meeting": "no meeting while the sequence runs",
    "meeting_booked": "no meeting booked while the sequence runs",
    "call": "no call while the sequence runs",
    "stage_change": "the deal staying in its stage",
    "won": "the deal still being open",
    "lost": "the deal still being open",
    "reopened": "the deal still being closed",
    "opt_out": "the contact agreeing to mail again",
    "no_consent": "a consent of the contact to marketing mail",
    "hard_bounce": "an address that exists",
    "soft_bounces": "an address that takes mail",
    "complaint": "nothing: who complains is never written to again",
    "no_address": "an address of the contact",
    "no_contact": "a contact to write to",
    "erased": "nothing: the contact was forgotten",
    "by_hand": "nobody stopping it",
}
_HELD = {
    "paused": "the deal being resumed",
    "attention": "a person looking into it and clearing the attention",
    "nobody to write to": "a contact linked to the deal",
}
_MISSED = {
    "the draft was discarded": "the owner approving the draft",
    "the draft was not approved in time": "the owner approving the draft",
}


def need_of(status: str, reason: str, closes: datetime | None = None) -> str | None:
    """What a thing of this status would have needed; None where it happened.

    `reason` is the stable word that the event or the agenda gives; `closes` the end of the
    window (UTC).
    """
    until = f" before {moment(closes)}" if closes else ""
    match status:
        case "stopped" | "cancelled":
            return _STOPPED.get(reason, f"no {spoken(reason)} while the sequence runs")
        case "held":
            waits = reason.removeprefix("waits for ")
            return _HELD.get(reason, f"{waits} reported")
        case "missed":
            what = _MISSED.get(reason, "the house running and mail allowed")
            return what + until
        case "refused":
            return _refused(reason)
        case "in_doubt":
            return "evidence that it arrived, or a person's word"
        case "skipped":
            slot = "no slot" in reason
            return "an open hour in its window" if slot else "its condition being true"
        case _:
            return None


def _refused(reason: str) -> str:
    word = reason.partition(":")[0]
    if word == "template":
        return "a mail that can be written: mend the template"
    if word == "too_large":
        return "a smaller mail"
    return "a receiving server that takes the mail"
