"""Personal data taken out of what is shown to who may not see it: one function for all doors.

Whatever a door shows passes `masked`: names become initials, addresses keep their first letter and
their domain, and what people wrote is not shown. A class that does not stand in the table is
refused, so that a new view is looked at before a viewer sees it. Names within sentences cannot be
found afterwards: whoever writes them there asks `shown_name`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeVar

from pydantic import BaseModel

T = TypeVar("T")

_WORD: Final = re.compile(r"[a-z0-9_]+(: [a-z0-9_]+)?")

HIDDEN: Final = "(hidden)"
"""What stands in place of a text that people wrote."""


def initials(name: str) -> str:
    """A name as its initials: "Ann Other" is "A. O."."""
    return " ".join(f"{word[0]}." for word in name.split() if word[0].isalnum()) or HIDDEN


def address(email: str) -> str:
    """An address as its first letter and its domain: "a…@them.example"."""
    local, at, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}" if at and local else HIDDEN


def hidden(_: object) -> str:
    """A text that somebody wrote."""
    return HIDDEN


def gone(_: object) -> None:
    """What is rather not there than masked."""
    return


def nothing(_: object) -> tuple[()]:
    """The same for lists."""
    return ()


def values(said: Mapping[str, Any]) -> dict[str, str]:
    """Fields of a house's own: which there are is no secret, what stands in them is."""
    return dict.fromkeys(said, HIDDEN)


def plain(said: T) -> T:
    """A text of ours: a sentence written with `shown_name`, a name in a playbook, a word."""
    return said


def word(said: str) -> str:
    """A word of ours for why, such as "they_replied"; what somebody wrote there is hidden."""
    return said if _WORD.fullmatch(said) else HIDDEN


def box(name: str) -> str:
    """A mailbox of ours, which may be called like an address."""
    return address(name) if "@" in name else name


def people_named(owners: Mapping[str, str]) -> dict[str, str]:
    """Names by their ids."""
    return {its_id: initials(name) for its_id, name in owners.items()}


def untitled(rows: tuple[Mapping[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    """Rows of deals without what they are called."""
    return tuple({**row, "title": HIDDEN} for row in rows)


def named(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Ids with names."""
    return tuple((its_id, initials(name)) for its_id, name in pairs)


_WANTED: Final[ContextVar[bool]] = ContextVar("masking", default=False)


@contextmanager
def masking(wanted: bool) -> Iterator[None]:
    """Whether names are masked in sentences that are written inside this block."""
    before = _WANTED.set(wanted)
    try:
        yield
    finally:
        _WANTED.reset(before)


def shown_name(name: str) -> str:
    """A name, or the address of who has none, as it may stand in a sentence now."""
    if not _WANTED.get():
        return name
    return address(name) if "@" in name else initials(name)


Rule = Callable[[Any], Any]
_NONE: Final[dict[str, Rule]] = {}
"""Of a class in which nothing is personal."""

RULES: Final[Mapping[str, Mapping[str, Rule]]] = {
    "audit.AuditList": _NONE,
    "auditing.Line": {"what": plain},
    "axis.Axis": _NONE,
    "axis.Entry": {
        "note": hidden,
        "who": initials,
        "what": plain,
        "text": plain,
        "why": plain,
        "would_need": plain,
        "values": plain,
    },
    "board.Asked": {"size": plain},
    "board.Board": {"owners": named, "playbooks": plain, "products": plain},
    "board.Card": {
        "title": hidden,
        "account": initials,
        "contact": initials,
        "owner": initials,
        "task": plain,
        "next_what": plain,
        "next_why": plain,
    },
    "board.Choices": _NONE,
    "board.Column": {"more": plain},
    "board.DealRow": {"title": hidden, "attention": plain},
    "board.View": _NONE,
    "barring.BarLine": {"reason": word},
    "barring.Barred": {"reason": word},
    "changes.Change": {"before": plain, "after": plain},
    "clicking.TrackedLink": {"url": hidden},
    "commands.CommandView": {"message": hidden, "receipt": gone},
    "consent_history.ConsentStep": {"what": plain},
    "contact_view.Agreement": _NONE,
    "contact_view.Bar": {"reason": word},
    "contact_view.ContactLine": {"email": address, "name": initials},
    "contact_view.ContactPage": {
        "email": address,
        "name": initials,
        "account": initials,
        "deals": untitled,
    },
    "contacts.ContactHistory": _NONE,
    "contacts.ContactsFound": _NONE,
    "contacts.ContactList": _NONE,
    "cursors.Cursor": {"mailbox": box, "problem": hidden},
    "contact_sheet.Found": _NONE,
    "contact_sheet.FoundLine": {"name": initials, "email": address, "account": initials},
    "contact_sheet.InDeal": {"title": hidden, "owner": initials},
    "contact_sheet.InSeries": {"title": hidden},
    "contact_sheet.Sheet": {"facts": values},
    "day.Day": {"name": initials},
    "day.DayGroup": _NONE,
    "day.Paper": _NONE,
    "day.Todo": {"note": hidden, "todo": plain},
    "glance.Because": _NONE,
    "glance.Glance": _NONE,
    "deal.Wanted": _NONE,
    "deal_page.DealPage": _NONE,
    "deal_view.DealView": {
        "title": hidden,
        "fields": values,
        "blind_copy": address,
        "lost_reason": plain,
        "attention": plain,
        "gate_debt": plain,
        "prompts": plain,
        "assets": plain,
    },
    "deal_view.GateView": {"wants": plain},
    "deal_view.Named": {"name": initials},
    "deal_view.PartyView": {"name": initials, "email": address},
    "deal_view.PromiseView": {"what": hidden},
    "deal_view.RunView": _NONE,
    "deal_view.TaskView": {"name": plain},
    "deals.DealHistory": _NONE,
    "deals.DealList": {"owners": people_named},
    "doctor.Finding": {"name": plain, "text": plain},
    "drafts.Approval": {"approved": gone},
    "drafts.Draft": {
        "to_name": initials,
        "to": address,
        "subject": hidden,
        "text": hidden,
        "html": gone,
        "problem": hidden,
    },
    "engine.Told": _NONE,
    "entry.LeftOut": {"reason": plain},
    "engine_view.WorkflowView": _NONE,
    "explaining.NurtureExplanation": {"left_out": plain, "why": plain},
    "explaining.RunExplained": _NONE,
    "feed.FeedEvent": {"text": plain, "data": plain},
    "feed.FeedPage": _NONE,
    "health.Examined": _NONE,
    "health.JobList": _NONE,
    "history.Coming": {"nothing": plain},
    "forgetting.Forgotten": _NONE,
    "history.Explanation": _NONE,
    "history.Line": {"note": hidden, "who": initials, "text": plain},
    "history.Reason": {
        "who": initials,
        "why": plain,
        "would_need": plain,
        "values": plain,
    },
    "inbox.Candidate": {"title": hidden},
    "inbox.FolderList": _NONE,
    "inbox.InboxLine": {
        "why": plain,
        "mailbox": box,
        "sender": address,
        "sender_name": initials,
        "subject": hidden,
    },
    "inbox.InboxList": _NONE,
    "inbox.InboxMail": {"text": hidden},
    "looking_back.AsOf": _NONE,
    "jobs.JobView": {"result": plain, "message": plain},
    "keys.KeyList": _NONE,
    "keys.KeyView": {"name": plain},
    "keys.NewKey": {"name": plain, "secret": plain},
    # Who settles a doubt says in free text how it is known.
    "mail_room.MailLine": {"subject": hidden, "reason": word},
    "limits.Breaker": _NONE,
    "limits.ContactLimits": _NONE,
    "limits.MailLimits": _NONE,
    "limits.MailboxStands": _NONE,
    "limits.Rate": _NONE,
    "limits.SoftBounces": _NONE,
    "mail_room.MailPage": _NONE,
    "mail_room.MailSwitch": {"reason": hidden},
    "mail_room.MailText": {
        "reply": hidden,
        "headers": nothing,
        "text": hidden,
        "html": gone,
    },
    "mailboxes.Released": {"mailbox": box},
    "mails.MailList": _NONE,
    "mails.MailStatus": {"reason": hidden},
    "nurtures.Launch": {"left_out": plain, "unknown": plain},
    "nurtures.NurtureLine": _NONE,
    "nurtures.NurtureList": _NONE,
    "nurtures.NurtureState": _NONE,
    "nurtures.Run": {"next": plain, "reason": plain},
    "nurtures.StoppedRuns": _NONE,
    "passwords.Invited": {"url": plain},
    "people.Colleague": {"name": initials, "email": address},
    "people.Me": _NONE,
    "people.PersonList": _NONE,
    "people.SignedOut": _NONE,
    "playbooks.Checked": {"warnings": plain},
    "playbooks.Difference": {"texts": plain, "warnings": plain},
    "playbooks.InFlight": {"text": plain},
    "playbooks.PlaybookChanges": {"texts": plain},
    "playbooks.PlaybookHistory": _NONE,
    "playbooks.PlaybookList": _NONE,
    "playbooks.PlaybookView": _NONE,
    "playbooks.Published": {"warnings": plain},
    "proofs.Proof": {"to": address, "subject": hidden},
    "mail_sheet.MailSheet": {
        "to": initials,
        "title": hidden,
        "reasons": plain,
        "would_need": plain,
    },
    "mail_sheet.RowStep": {"text": plain},
    "room.Room": _NONE,
    "room.RoomLine": {"title": hidden},
    "mailroom.View": _NONE,
    "size.Size": {"name": plain, "words": plain},
    "suppressions.SuppressionList": {"counts": plain},
    "stagnant.QuietGroup": {"owner": initials, "key": plain},
    "stagnant.QuietLine": {"todo": plain},
    "stagnant.Stagnant": {"by": plain, "group": plain},
    "deliveries.Attempt": {"problem": plain, "excerpt": hidden},
    "deliveries.DeliveryView": _NONE,
    "deliveries.Replayed": _NONE,
    "deliveries.Tried": {"problem": plain, "excerpt": hidden},
    "desk.Strip": _NONE,
    "endpoints.NewWebhook": {
        "because": plain,
        "description": plain,
        "secret": plain,
        "url": plain,
    },
    "endpoints.Troubled": {"because": plain, "description": plain},
    "endpoints.WebhookView": {"because": plain, "description": plain, "url": plain},
    "mailboxes.Halted": {"mailbox": box, "reason": plain},
    "standing.Standing": {"mail_reason": hidden},
    "tasks.TaskLine": {
        "name": plain,
        "person": initials,
        "title": hidden,
        "reason": word,
    },
    "tasks.TaskList": _NONE,
    "tasks.TaskPage": _NONE,
    "transferring.Work": {"name": initials},
    "trying.Trial": _NONE,
    "upcoming.Upcoming": {"what": plain, "why": plain, "name": plain},
    "upkeep.Health": _NONE,
    "webhooks.DeliveryList": _NONE,
    "webhooks.WebhookList": _NONE,
    "verify.Finding": {"message": plain},
    # The words of mails before anybody's name stands in them.
    "bench.Bench": {"choices": nothing},
    "bench.Choice": {"label": hidden},
    "bench.Listing": _NONE,
    "bench.Row": _NONE,
    # Whoever is named in them was named by `shown_name`.
    "editions.EditionLine": _NONE,
    "editions.Flying": _NONE,
    "editions.Kept": _NONE,
    "editions.PartLine": _NONE,
    "editions.Shelved": _NONE,
    "editions.Shelves": _NONE,
    "previews.Filled": {
        "name": plain,
        "subject": plain,
        "preheader": plain,
        "text": plain,
        "html": plain,
        "headers": plain,
    },
    "templates.Checked": _NONE,
    "templates.Problem": {"message": plain},
    "templates.Template": {"name": plain, "subject": plain, "about": plain},
    "templates.TemplateList": _NONE,
    "templates.TemplateSource": _NONE,
    "templates.TemplateHistory": _NONE,
    "wording.Drafted": {"name": plain, "text": plain, "base": plain, "mark": plain},
    "wording.LineChange": {"text": plain},
    "wording.PublishedWords": {"name": plain},
    "wording.VersionLine": _NONE,
}
"""For each class that a door shows, by module and name: its personal fields and what is shown."""


_NAMES: Final = """
    account_id actor again barred basis by cause changed check code command_id contact_id context
    country created_by currency deal_id deals email_key ended_because enrollment_id enrollment_ids
    enrollments file folder groups how id inbound_id job_id key_id kind kinds locale lost_reason
    mail mailbox manager_id message_id moved next next_step not_counted nurture nurture_id
    nurtures outcome owner_id part parts path permissions person_id place playbook
    playbook_version product promise_id published_by purpose role rule scope scopes sequence
    settled_by source stage stages stagnant starts_on state status step stream task_id template
    template_version touch_id verb version webhook_id weight where words zone
"""

IMPERSONAL: Final = frozenset(_NAMES.split())
"""Fields with ids and words of ours, in whichever class: programs may read them as they are."""


class Unmaskable(Exception):
    """A class that the table does not know; nobody has said which of its fields are personal."""


def is_masking() -> bool:
    """Whether what is answered now has to be masked: `masking` says so."""
    return _WANTED.get()


def masked(value: T) -> T:
    """The value as somebody may see it who may not see personal data. Raises Unmaskable."""
    return _masked(value, None)  # type: ignore[no-any-return]


def masked_strictly(value: T) -> T:
    """The same for programs: a text is hidden unless a rule, or the name of its field, is known.

    Pages show the few fields that their templates name; an answer gives all that there are, so
    a field that is new tomorrow is hidden until somebody has looked at it. Raises Unmaskable.
    """
    return _masked(value, "")  # type: ignore[no-any-return]


def _masked(value: Any, field: str | None) -> Any:
    """`field` is the name under which a text stands; None where it does not matter."""
    if isinstance(value, BaseModel):
        return value.model_copy(update=_fresh(value, type(value).model_fields, field))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **_fresh(value, (one.name for one in fields(value)), field))
    if isinstance(value, tuple | list | set | frozenset):
        return type(value)(_masked(one, field) for one in value)
    if isinstance(value, Mapping):
        inner = field is not None and field not in IMPERSONAL
        return {key: _masked(one, str(key) if inner else field) for key, one in value.items()}
    if type(value) is str and field is not None and field not in IMPERSONAL:
        return HIDDEN
    if value is None or callable(value) or isinstance(value, _PLAIN):
        return value
    raise Unmaskable(type(value).__qualname__)


def _fresh(value: Any, names: Iterable[str], field: str | None) -> dict[str, Any]:
    rules, strictly = _rules(value), field is not None
    return {name: _field(rules, name, value, strictly) for name in names}


_PLAIN: Final = (str, int, float, Decimal, date, timedelta, Enum)


def _field(rules: Mapping[str, Rule], name: str, owner: Any, strictly: bool) -> Any:
    value = getattr(owner, name)
    if name == "who" and value == owner.actor:
        return value  # a word of ours, or an id: nobody's name
    if name in rules:
        return None if value is None else rules[name](value)
    return _masked(value, name if strictly else None)


def _rules(value: object) -> Mapping[str, Rule]:
    kind = type(value)
    name = f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"
    if name not in RULES:
        raise Unmaskable(name)
    return RULES[name]
