"""Personal data taken out of what is shown to who may not see it: one function for all doors.

Whatever a door shows passes `masked`: names become initials, addresses keep their first letter and
their domain, and what people wrote is not shown. A class that does not stand in the table is
refused, so that a new view is looked at before a viewer sees it. Names within sentences cannot be
found afterwards: whoever writes them there asks `shown_name`.
"""

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
    "axis.Axis": _NONE,
    "axis.Entry": {"note": hidden, "who": initials},
    "board.Asked": _NONE,
    "board.Board": {"owners": named},
    "board.Card": {
        "title": hidden,
        "account": initials,
        "contact": initials,
        "owner": initials,
    },
    "board.Choices": _NONE,
    "board.Column": _NONE,
    "board.View": _NONE,
    "clicking.TrackedLink": {"url": hidden},
    "consent_history.ConsentStep": _NONE,
    "contact_sheet.Found": _NONE,
    "contact_sheet.FoundLine": {"name": initials, "email": address, "account": initials},
    "contact_sheet.InDeal": {"title": hidden, "owner": initials},
    "contact_sheet.InSeries": {"title": hidden},
    "contact_sheet.Sheet": {"facts": values},
    "contact_view.Agreement": _NONE,
    "contact_view.Bar": _NONE,
    "contact_view.ContactPage": {
        "name": initials,
        "email": address,
        "account": initials,
        "deals": nothing,
        "enrollments": nothing,
    },
    "day.Day": {"name": initials},
    "day.Group": _NONE,
    "day.Paper": _NONE,
    "day.Todo": {"note": hidden},
    "deal.Because": _NONE,
    "deal.Wanted": _NONE,
    "deal_page.DealPage": _NONE,
    "deal_view.DealView": {"title": hidden, "fields": values, "blind_copy": address},
    "deal_view.GateView": _NONE,
    "deal_view.Named": {"name": initials},
    "deal_view.PartyView": {"name": initials, "email": address},
    "deal_view.PromiseView": {"what": hidden},
    "deal_view.RunView": _NONE,
    "deal_view.TaskView": _NONE,
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
    "engine_view.WorkflowView": _NONE,
    "forgetting.Forgotten": _NONE,
    "history.Coming": _NONE,
    "history.Explanation": _NONE,
    "history.Line": {"note": hidden, "who": initials},
    "history.Reason": {"who": initials},
    "looking_back.AsOf": _NONE,
    "limits.Breaker": _NONE,
    "limits.ContactLimits": _NONE,
    "limits.MailLimits": _NONE,
    "limits.MailboxStands": _NONE,
    "limits.Rate": _NONE,
    "limits.SoftBounces": _NONE,
    "mail_room.MailLine": {"subject": hidden},
    "mail_room.MailPage": _NONE,
    "mail_room.MailSwitch": {"reason": hidden},
    "mail_room.MailText": {
        "reply": hidden,
        "headers": nothing,
        "text": hidden,
        "html": gone,
    },
    "mail_sheet.MailSheet": {"to": initials, "title": hidden},
    "mail_sheet.RowStep": _NONE,
    "people.Colleague": {"name": initials, "email": address},
    "room.Room": _NONE,
    "room.RoomLine": {"title": hidden},
    "mailroom.View": _NONE,
    "size.Size": _NONE,
    "stagnant.Group": {"owner": initials},
    "stagnant.Line": _NONE,
    "stagnant.Stagnant": _NONE,
    "desk.Strip": _NONE,
    "mailboxes.Halted": _NONE,
    "standing.Standing": {"mail_reason": hidden},
    "trying.Trial": _NONE,
    "upcoming.Upcoming": _NONE,
    # The words of mails before anybody's name stands in them.
    "bench.Bench": {"choices": nothing},
    "bench.Choice": {"label": hidden},
    "bench.Listing": _NONE,
    "bench.Row": _NONE,
    "changes.Change": _NONE,
    # Whoever is named in them was named by `shown_name`.
    "editions.EditionLine": _NONE,
    "editions.Flying": _NONE,
    "editions.Kept": _NONE,
    "editions.PartLine": _NONE,
    "editions.Shelved": _NONE,
    "editions.Shelves": _NONE,
    "previews.Filled": _NONE,
    "wording.VersionLine": _NONE,
    "templates.Problem": _NONE,
    "templates.Template": _NONE,
}
"""For each class that a door shows, by module and name: its personal fields and what is shown."""


class Unmaskable(Exception):
    """A class that the table does not know; nobody has said which of its fields are personal."""


def masked(value: T) -> T:
    """The value as somebody may see it who may not see personal data. Raises Unmaskable."""
    return _masked(value)  # type: ignore[no-any-return]


def _masked(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_copy(update=_fresh(value, type(value).model_fields))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **_fresh(value, (one.name for one in fields(value))))
    if isinstance(value, tuple | list | set | frozenset):
        return type(value)(_masked(one) for one in value)
    if isinstance(value, Mapping):
        return {key: _masked(one) for key, one in value.items()}
    if value is None or callable(value) or isinstance(value, _PLAIN):
        return value
    raise Unmaskable(type(value).__qualname__)


def _fresh(value: Any, names: Iterable[str]) -> dict[str, Any]:
    rules = _rules(value)
    return {name: _field(rules, name, value) for name in names}


_PLAIN: Final = (str, int, float, Decimal, date, timedelta, Enum)


def _field(rules: Mapping[str, Rule], name: str, owner: Any) -> Any:
    value = getattr(owner, name)
    if name == "who" and value == owner.actor:
        return value  # a word of ours, or an id: nobody's name
    if name in rules:
        return None if value is None else rules[name](value)
    return _masked(value)


def _rules(value: object) -> Mapping[str, Rule]:
    kind = type(value)
    name = f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"
    if name not in RULES:
        raise Unmaskable(name)
    return RULES[name]
