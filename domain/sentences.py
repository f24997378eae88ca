"""One plain sentence for each event, as timelines and `deal history` show it to people."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from domain import deal_events as d
from domain import house_events as h
from domain import touch_events as e
from domain.event import Happened
from domain.events import kind_of
from domain.times.opening import DAYS

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_HOW = {
    "opened": "Began in",
    "advanced": "Moved on to",
    "moved_back": "Moved back to",
    "won": "Went on to",
    "reopened": "Taken up again in",
    "imported": "Stood, when it was imported, in",
}

QUIET = {
    "in_stage": "too long in one stage",
    "silence": "no word from the other side",
    "our_turn": "they wrote and we have not answered",
    "decide_within": "no yes or no in time",
    "wait_overdue": "the agreed wait has passed",
}
"""The measures of stagnation, as people say them."""


def sentence(event: Happened, zone: tzinfo = UTC, *, grounds: bool = True) -> str:
    """What the event says, in one English sentence without personal data.

    Moments are told in `zone`. Without `grounds` a touch is told without its window and its rule,
    for those who tell them beside it. Raises KeyError for a kind without a sentence; a test sees
    to it that there is none.
    """
    if not grounds and isinstance(event, e.Touch):
        return _outcome(event)
    return SENTENCES[kind_of(event)](event, zone)


def moment(at: datetime, zone: tzinfo = UTC) -> str:
    """A moment as people write it: "Tue 3 Mar 10:00"."""
    local = at.astimezone(zone)
    return f"{DAYS[local.weekday()]} {day(local)} {local:%H:%M}"


def day(on: date) -> str:
    """A day as people write it: "3 Mar"."""
    # Not strftime's %b: the server's locale must not change what people read.
    return f"{on.day} {_MONTHS[on.month - 1]}"


def spoken(name: str) -> str:
    """A name from a playbook as people say it: "proposal sent"."""
    return name.replace("_", " ")


def part_name(part: str) -> str:
    """A cadence or nurture by the name that the playbook gives it."""
    return part.partition(":")[2] or part


def cause(because: str) -> str:
    """What began something, in words: "the deal entered proposal"."""
    sort, _, rest = because.partition(":")
    match sort:
        case "stage":
            return f"the deal entered {rest}"
        case "lost":
            return f"the deal was lost ({spoken(rest)})"
        case "event":
            return f"it was reported: {spoken(rest)}"
        case "cadence" | "nurture":
            name, _, how = rest.partition(":")
            return f"{name} {_ENDINGS.get(how, f'had {spoken(how)}')}"
        case _:
            return _CAUSES.get(because, f"of {spoken(because)}")


_ENDINGS = {"no_answer": "ended without an answer", "answered": "was answered"}
_CAUSES = {
    "won": "the deal was won",
    "by_hand": "a person began it",
    "import": "the import asked for it",
}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def step_words(name: str) -> str:
    """A step or task by its name, as people say it: "follow-up 2"."""
    return re.sub(r"-(\d+)$", r" \1", spoken(name))


def _step(name: str) -> str:
    return _capital(step_words(name))


def _opened(event: d.DealOpened, zone: tzinfo) -> str:
    if event.imported_from:
        return f"Imported from {event.imported_from} into the playbook {event.playbook}"
    return f"Opened with the playbook {event.playbook}"


def _stage(event: d.StageEntered, zone: tzinfo) -> str:
    came = f" from {event.came_from}" if event.came_from else ""
    return f"{_HOW[event.how]} {event.stage}{came}"


def _overridden(event: d.GateOverridden, zone: tzinfo) -> str:
    return f"Passed the closed gate of {event.stage}, which {', '.join(event.unmet)}"


def _debt(event: d.GateDebtRecorded, zone: tzinfo) -> str:
    return f"Owes the gate of {event.stage}, which {', '.join(event.unmet)}"


def _changed(event: d.DetailsChanged, zone: tzinfo) -> str:
    names = [spoken(name.removeprefix("fields.")) for name in event.changed]
    return f"Changed: {', '.join(names)}"


def _owner(event: d.OwnerAssigned, zone: tzinfo) -> str:
    because = event.because
    if because in (None, "by_hand", "opened"):
        return f"Given to {event.owner_id}"
    return f"Handed over to {event.owner_id} because {cause(because or '')}"


def _absence(event: d.AbsenceNoted, zone: tzinfo) -> str:
    if event.back_at is None:
        return "A machine answered that the contact is away"
    return f"A machine answered that the contact is away until {moment(event.back_at, zone)}"


def _paused(event: d.DealPaused, zone: tzinfo) -> str:
    return f"Paused until {moment(event.until, zone)}" if event.until else "Paused until resumed"


def _won(event: d.DealWon, zone: tzinfo) -> str:
    return f"Won: {spoken(event.reason)}" if event.reason else "Won"


def _flagged(event: d.StagnationFlagged, zone: tzinfo) -> str:
    told = f"Stagnant: {QUIET[event.reason]} since {moment(event.since, zone)}"
    quietly = ", flagged without a notice" if event.silent else ""
    return f"{told} (limit {event.limit}, {event.rule}){quietly}"


def _cleared(event: d.StagnationCleared, zone: tzinfo) -> str:
    return f"No longer stagnant ({', '.join(map(spoken, event.reasons))}): {spoken(event.by)}"


def _enrolled(event: e.Enrolled, zone: tzinfo) -> str:
    rule = f"{event.playbook}/{event.part}@{event.version}"
    own = ", our own mail counts as the first touch" if event.step else ""
    return f"Started {part_name(event.part)} because {cause(event.because)}{own} ({rule})"


def _parked(event: e.EnrollmentParked, zone: tzinfo) -> str:
    if event.until <= event.at:
        return "The follow-ups go on in a new window: an outage or a pause swallowed the old one"
    return f"The follow-ups wait until {moment(event.until, zone)}: {spoken(event.reason)}"


def _ended(event: e.EnrollmentEnded, zone: tzinfo) -> str:
    if event.finished:
        return f"The follow-ups ended: {ending(event.reason)}"
    return f"The follow-ups stopped: {ending(event.reason)}"


def ending(reason: str) -> str:
    """Why something ended, in words."""
    words = {
        "no_answer": "every step is done and nobody answered",
        "finished": "every step is done",
        "reply": "they replied",
        "opt_out": "the contact opted out",
        "hard_bounce": "the address does not exist",
        "erased": "the contact was forgotten",
        "meeting_booked": "a meeting is booked",
        "meeting": "they met",
        "stage_change": "the deal changed its stage",
        "won": "the deal is won",
        "lost": "the deal is lost",
        "by_hand": "a person stopped them",
    }
    return words.get(reason, spoken(reason))


_OUTCOMES = {
    "touch_sent": "was sent",
    "touch_refused": "was refused",
    "touch_in_doubt": "may or may not have arrived",
    "touch_missed": "was missed",
    "touch_cancelled": "was cancelled",
}


def _touch(event: e.Touch, zone: tzinfo) -> str:
    window = f"window {moment(event.opens, zone)} - {moment(event.closes, zone)}"
    moved = f", moved: {event.moved}" if event.moved else ""
    return f"{_outcome(event)} ({window}{moved}, {event.rule})"


def _outcome(event: e.Touch) -> str:
    reason = getattr(event, "reason", "")
    why = f": {spoken(reason)}" if reason else ""
    return f"{_step(event.step)} {_OUTCOMES[kind_of(event)]}{why}"


def _task(event: e.TaskCreated, zone: tzinfo) -> str:
    what = {"call": "Call", "task": "Task", "draft": "Draft to approve"}[event.verb]
    whose = f"for {event.for_id or f'nobody in the role {spoken(event.role)}'}"
    return f"{what}: {event.name} {whose}, due {moment(event.due_at, zone)}"


_NOTICES = {
    "draft-waiting": "a mail waits to be approved",
    "hand-over": "the deal is handed over",
    "import-digest": "imported deals are stagnant",
    "notice": "a reminder that the cadence gives",
    "promise-reminder": "a promise is to be kept",
    "stagnation-notice": "the deal is stagnant",
}
"""What the notices to our own people say, by the name of their mail."""


def _escalated(event: d.Escalated, zone: tzinfo) -> str:
    verb, _, name = event.what.partition(":")
    what = f"time to tell the {spoken(name)}" if verb == "notify" else f"{verb} {spoken(name)}"
    return f"Stagnant, step {event.rung + 1} of what the playbook does then: {what}"


def _notified(event: e.Notified, zone: tzinfo) -> str:
    name = spoken(event.template).replace("-", " ")
    if event.person_id is None:
        return f"Nobody plays the role {spoken(event.role)}, so nobody got the {name}"
    return f"Told the {spoken(event.role)}: {_NOTICES.get(event.template, name)}"


def _settled(event: e.NoticeSettled, zone: tzinfo) -> str:
    outcomes = {
        "sent": "was sent",
        "refused": "was refused",
        "in_doubt": "may or may not have arrived",
        "missed": "was missed",
        "cancelled": "was cancelled",
    }
    why = f": {spoken(event.reason)}" if event.reason else ""
    return f"A notice {outcomes[event.outcome]}{why}"


def _waited(event: e.WaitedFor, zone: tzinfo) -> str:
    return f"{_step(event.step)} {'came' if event.came else 'did not come in time'}"


def _consent(event: h.ConsentGiven, zone: tzinfo) -> str:
    until = f", until {moment(event.expires_at, zone)}" if event.expires_at else ""
    return f"May be written to for {spoken(event.purpose)} on the basis {event.basis}{until}"


def _purpose(name: str) -> str:
    return "any mail" if name == "*" else f"{spoken(name)} mail"


def _unsubscribed(event: h.Unsubscribed, zone: tzinfo) -> str:
    what = _purpose(event.purpose)
    return f"Wants no more {what} ({spoken(event.how)})"


def _published(event: h.EditionPublished, zone: tzinfo) -> str:
    changed = ", ".join(f"{part}@{event.parts.get(part, 0)}" for part in event.changed)
    return f"Published {event.playbook}, edition {event.edition}: {changed or 'nothing changed'}"


SENTENCES: dict[str, Callable[[Any, tzinfo], str]] = {
    "deal_opened": _opened,
    "stage_entered": _stage,
    "gate_overridden": _overridden,
    "gate_debt_recorded": _debt,
    "details_changed": _changed,
    "account_set": lambda event, zone: f"Belongs to the account {event.account_id}",
    "contact_linked": lambda event, zone: f"{event.contact_id} takes part as {spoken(event.role)}",
    "owner_assigned": _owner,
    "work_transferred": lambda event, zone: (
        f"What was to be done by {event.from_id} went over to {event.to_id}"
    ),
    "activity_logged": lambda event, zone: f"{_capital(spoken(event.activity))} logged",
    "reply_recorded": lambda event, zone: f"They replied by {spoken(event.channel)}",
    "absence_noted": _absence,
    "promise_made": lambda event, zone: f"Promised something until {moment(event.due_at, zone)}",
    "promise_kept": lambda event, zone: "Kept a promise",
    "promise_reminded": lambda event, zone: "A promise is due soon",
    "promise_overdue": lambda event, zone: "A promise passed its date unkept",
    "wait_agreed": lambda event, zone: f"Agreed to wait until {moment(event.until, zone)}",
    "wait_over": lambda event, zone: (
        "The agreed wait passed its date" if event.overdue else "The agreed wait ended early"
    ),
    "deal_paused": _paused,
    "deal_resumed": lambda event, zone: "Resumed",
    "deal_won": _won,
    "deal_lost": lambda event, zone: f"Lost: {spoken(event.reason)}",
    "deal_reopened": lambda event, zone: "Reopened",
    "stagnation_flagged": _flagged,
    "stagnation_cleared": _cleared,
    "escalated": _escalated,
    "attention_raised": lambda event, zone: f"Needs a person: {event.reason}; its mail waits",
    "attention_cleared": lambda event, zone: "A person looked into it; its mail may go again",
    "enrolled": _enrolled,
    "enrollment_parked": _parked,
    "enrollment_ended": _ended,
    "step_skipped": lambda event, zone: f"{_step(event.step)} was skipped: {event.reason}",
    "waited_for": _waited,
    "touch_sent": _touch,
    "touch_refused": _touch,
    "touch_in_doubt": _touch,
    "doubt_released": lambda event, zone: (
        f"{_step(event.step or 'a mail')} in doubt goes again: {event.reason}"
    ),
    "touch_missed": _touch,
    "touch_cancelled": _touch,
    "task_created": _task,
    "task_done": lambda event, zone: "A task was done",
    "task_dropped": lambda event, zone: f"A task fell away: {ending(event.reason)}",
    "notified": _notified,
    "notice_settled": _settled,
    "event_seen": lambda event, zone: f"It was reported: {spoken(event.name)}",
    "contact_added": lambda event, zone: (
        f"Became known from {event.source}" if event.source else "Became known"
    ),
    "contact_changed": lambda event, zone: f"Changed: {', '.join(map(spoken, event.changed))}",
    "consent_given": _consent,
    "consent_asked": lambda event, zone: (
        f"Was asked to agree to {_purpose(event.purpose)}, until {moment(event.expires_at, zone)}"
    ),
    "consent_withdrawn": lambda event, zone: (
        f"Took back the consent for {_purpose(event.purpose)} ({spoken(event.how)})"
    ),
    "unsubscribed": _unsubscribed,
    "suppressed": lambda event, zone: f"Is never written to again: {spoken(event.reason)}",
    "address_barred": lambda event, zone: f"An address was barred: {spoken(event.reason)}",
    "bar_lifted": lambda event, zone: (
        f"May be written to again for {_purpose(event.scope)}: {spoken(event.reason)} "
        f"(was barred: {spoken(event.was)})"
    ),
    "contact_forgotten": lambda event, zone: "Was forgotten: who it was is erased",
    "soft_bounced": lambda event, zone: "A mail came back for now",
    "contact_event": lambda event, zone: f"It was reported: {spoken(event.name)}",
    "person_added": lambda event, zone: "Joined",
    "person_changed": lambda event, zone: f"Changed: {', '.join(map(spoken, event.changed))}",
    "role_given": lambda event, zone: f"Given the role: {event.role or 'none'}",
    "edition_published": _published,
    "mail_stopped": lambda event, zone: "All mail was stopped",
    "mail_started": lambda event, zone: "Mail may go again",
    "mailbox_halted": lambda event, zone: (
        f"The mailbox {event.mailbox} was halted for {event.scope} mail: {event.reason}"
    ),
    "mailbox_released": lambda event, zone: f"The mailbox {event.mailbox} may send again",
    "morning_sent": lambda event, zone: f"The morning mail of {event.day} was planned",
    "webhook_disabled": lambda event, zone: (
        f"The webhook {event.webhook_id} was disabled: "
        + ("its endpoint is gone" if event.because == "gone" else "it took nothing for five days")
    ),
}
"""Each kind of event and what it says to people."""
