"""What the page of a deal says about its mails: each with its reason, and the gist of it on top."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from domain.sentences import step_words
from operations.axis import Entry
from operations.deal_page import DealPage
from operations.post.mail_room import MailLine
from operations.upcoming import Upcoming

WRITES: Final = ("mail", "draft")
"""The kinds of steps that write to the other side."""

_GROUNDS: Final = ("window ", "slot ", "rule ")
"""How the reasons begin that say when and by which rule; the others say why."""


@dataclass(frozen=True, slots=True)
class Because:
    """One row of what is explained: the steps that share it, the entry that says why, its mail."""

    steps: tuple[str, ...]
    entry: Entry
    mail: MailLine | None = None

    @property
    def because(self) -> tuple[str, ...]:
        """Why, in a line or two."""
        plain = (one for one in self.entry.why if not one.startswith(_GROUNDS))
        waited = (tail for one in self._technical if (tail := one.partition(": ")[2]))
        return (*waited, *plain)

    @property
    def grounds(self) -> tuple[str, ...]:
        """The window, the slot and the rule behind it."""
        return tuple(one.partition(": ")[0] for one in self._technical)

    @property
    def _technical(self) -> tuple[str, ...]:
        return tuple(one for one in self.entry.why if one.startswith(_GROUNDS))

    @property
    def sequence(self) -> str:
        """The cadence or nurture that they are steps of."""
        return (self.entry.part or "").partition(":")[2]


@dataclass(frozen=True, slots=True)
class Glance:
    """The gist: the last mail to the other side, and the next one or why there is none.

    `coming` is the next mail; `none_because` says why none is planned, in the words of what
    stopped or barred it; None: nothing has run that would write.
    """

    last: MailLine | None
    coming: Upcoming | None
    none_because: str | None


def reasons_of(entries: Iterable[Entry], mails: Sequence[MailLine] = ()) -> list[Because]:
    """Each touch with its reason: what is planned, then what was, the newest first.

    What one stop left undone is one row; what has not begun stands last.
    """
    entries = tuple(entries)
    by_touch = {one.touch_id: one for one in mails}
    made = {(one.part, one.step, one.at) for one in entries if one.what == "touch"}
    found: list[Because] = []
    for one in entries:
        if one.part is None or one.step is None or one.expected or _twice(one, made):
            continue
        last = found[-1] if found else None
        if last is not None and _one_stop(last.entry, one):
            found[-1] = replace(last, steps=(*last.steps, one.step))
        else:
            found.append(Because((one.step,), one, by_touch.get(one.touch_id or "")))
    planned = [one for one in found if one.entry.what == "planned"]
    waiting = [one for one in found if one.entry.what == "not_begun"]
    past = [one for one in found if one.entry.place == "past"]
    return [*planned, *reversed(past), *waiting]


def folded(entries: Iterable[Entry]) -> list[Entry]:
    """The axis with one entry for all that one stop left undone."""
    found: list[tuple[Entry, list[str]]] = []
    for one in entries:
        if found and one.step is not None and _one_stop(found[-1][0], one):
            found[-1][1].append(one.step)
        else:
            found.append((one, [one.step] if one.step else []))
    return [
        one.model_copy(update={"text": _undone(steps)}) if len(steps) > 1 else one
        for one, steps in found
    ]


def glance_of(page: DealPage) -> Glance:
    """The gist of a deal's mails, now or at the moment that is looked at."""
    ours = [one for one in page.mails if one.contact_id is not None]
    last = next((one for one in ours if one.sent_at is not None), None)
    coming = next((one for one in page.coming.next if one.kind in WRITES), None)
    return Glance(last, coming, None if coming else _why_none(page))


def _why_none(page: DealPage) -> str | None:
    deal = page.deal
    if deal.attention:
        return "a fault of ours holds its mail"
    if deal.paused:
        return "the deal is paused"
    undone = [one for one in page.axis.entries if one.place == "past" and one.part and one.why]
    stopped = next((one for one in reversed(undone) if one.what == "not_made"), None)
    return stopped.why[0] if stopped else None


def _twice(one: Entry, made: Collection[tuple[object, ...]]) -> bool:
    """A call that was open when its sequence stopped has a row of its own."""
    return one.what == "not_made" and (one.part, one.step, one.at) in made


def _one_stop(before: Entry, one: Entry) -> bool:
    return before.what == one.what == "not_made" and before.version == one.version


def _undone(steps: Sequence[str]) -> str:
    said = [step_words(one) for one in steps]
    return f"{', '.join(said[:-1])} and {said[-1]} were not made"
