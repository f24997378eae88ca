"""Past and future of a deal on one axis: what happened, what did not, now, and what is planned.

The terminal and the page tell the same list. Each entry carries what it rests on: cause, rule,
values, versions, and who had it recorded.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, Literal

from domain.sentences import part_name, step_words
from operations.deal_view import View
from operations.desk import reaching
from operations.history import Line, Reason, explained_in, lines
from operations.house import House
from operations.looking_back import AsOf, Look, learned_at, look
from operations.upcoming import Upcoming, planned
from store import texts
from store.database import Tx

LATE: Final = timedelta(hours=1)
"""What was recorded so much later than it happened is told as recorded later."""


class Entry(View):
    """One entry: `place` says on which side of now it stands.

    `what` is event, touch (an event that a touch ended with), not_made (a step that a stop left
    undone), now, planned, or not_begun. `at` is when it happened or will (UTC; None: no date),
    `learned_at` when it was recorded, in business time; `why`, `would_need`, `values` and the
    words of `status` are those of `domain.explaining.entry`.
    """

    place: Literal["past", "now", "ahead"]
    what: Literal["event", "touch", "not_made", "now", "planned", "not_begun"]
    at: datetime | None
    text: str
    kind: str
    status: str | None = None
    step: str | None = None
    part: str | None = None
    why: tuple[str, ...] = ()
    would_need: str | None = None
    cause: str | None = None
    rule: str | None = None
    values: dict[str, datetime | str] = {}
    version: int | None = None
    learned_at: datetime | None = None
    recorded_at: datetime | None = None
    recorded_late: bool = False
    actor: str | None = None
    who: str | None = None
    command_id: str | None = None
    note: str | None = None
    touch_id: str | None = None
    opens: datetime | None = None
    closes: datetime | None = None
    expected: bool = False
    barred: str | None = None


class Axis(View):
    """The life of a deal, the oldest first; `earlier` entries before the first are left out."""

    deal_id: str
    version: int
    now: datetime
    as_of: datetime | None = None
    known: bool = False
    earlier: int = 0
    entries: tuple[Entry, ...]


def along(
    house: House,
    deal_id: str,
    *,
    zone: tzinfo = UTC,
    as_of: AsOf | None = None,
    shown: int | None = None,
) -> Axis:
    """Everything that happened to a deal and will; of the past at most `shown` entries.

    Moments in the sentences are told in `zone`. Raises NotFound.
    """
    with reaching("the database"), house.store.read() as tx:
        seen = look(tx, house, deal_id, as_of)
        return along_in(tx, house, seen, zone, shown)


def along_in(
    tx: Tx,
    house: House,
    seen: Look,
    zone: tzinfo,
    shown: int | None = None,
    *,
    grounds: bool = True,
) -> Axis:
    """The same for a deal that was looked at.

    Without `grounds` the sentence of a touch leaves out what its `why` and `rule` tell.
    """
    recorded = seen.recorded(tx)
    reasons = explained_in(tx, seen, recorded, zone)
    touched = {one.version for one in reasons if one.version and one.status != "not_made"}
    short = () if grounds else touched
    told = lines(tx, recorded, zone, texts.of(tx, seen.deal.deal_id), short)
    learned = learned_at(recorded, house.time)
    past = list(_past(told, learned, reasons))
    kept = past if shown is None else past[-shown:]
    now = Entry(place="now", what="now", at=seen.now, text="now", kind="now")
    return Axis(
        deal_id=seen.deal.deal_id,
        version=seen.deal.version,
        now=seen.now,
        as_of=seen.as_of.at if seen.as_of else None,
        known=seen.as_of is not None and seen.as_of.known,
        earlier=len(past) - len(kept),
        entries=(*kept, now, *_ahead(planned(seen.deal, seen.facts, seen.known), reasons)),
    )


def _past(
    told: Sequence[Line], learned: Sequence[datetime], reasons: Sequence[Reason]
) -> Iterator[Entry]:
    """What happened in the order in which it did, each stop followed by what it left undone."""
    touches = {one.version: one for one in reasons if one.version and one.status != "not_made"}
    undone: dict[int, list[Reason]] = {}
    for one in reasons:
        if one.version and one.status == "not_made":
            undone.setdefault(one.version, []).append(one)
    pairs = sorted(zip(told, learned, strict=True), key=lambda each: (each[0].at, each[0].version))
    for line, at in pairs:
        yield _happened(line, at, touches.get(line.version))
        for one in undone.get(line.version, ()):
            if one is not touches.get(line.version):
                yield _undone(one, line)


def _happened(line: Line, learned: datetime, touch: Reason | None) -> Entry:
    more: Mapping[str, object] = {}
    if touch is not None:
        names = (
            "status",
            "step",
            "why",
            "would_need",
            "cause",
            "rule",
            "values",
            "touch_id",
            "part",
        )
        more = {name: getattr(touch, name) for name in names}
    told = {
        "place": "past",
        "what": "event" if touch is None else "touch",
        "cause": line.cause,
        "rule": line.playbook_version,
        "learned_at": learned,
        "recorded_late": learned - line.at > LATE,
    }
    same = ("at", "text", "kind", "version", "recorded_at", "actor", "who", "command_id", "note")
    return Entry.model_validate({**told, **{name: getattr(line, name) for name in same}, **more})


def _undone(one: Reason, line: Line) -> Entry:
    return Entry(
        place="past",
        what="not_made",
        at=one.at,
        text=f"{step_words(one.step).capitalize()} was not made",
        kind="not_made",
        status=one.status,
        step=one.step,
        part=one.part,
        why=one.why,
        would_need=one.would_need,
        cause=one.cause,
        rule=one.rule,
        values=one.values,
        version=one.version,
        recorded_at=line.recorded_at,
        actor=one.actor,
        who=one.who,
    )


def _ahead(coming: Sequence[Upcoming], reasons: Sequence[Reason]) -> Iterator[Entry]:
    """What is planned, each thing that is next with its explanation, then what has not begun."""
    ahead = [one for one in reasons if one.version is None]
    due = iter([one for one in ahead if one.status != "not_begun"])
    for item in coming:
        why = next(due, None) if not item.expected else None
        yield Entry(
            place="ahead",
            what="planned",
            at=item.at,
            text=item.what,
            kind=item.kind,
            status=why.status if why else "planned",
            step=why.step if why else item.name,
            part=why.part if why else None,
            why=why.why if why else (item.why,),
            would_need=why.would_need if why else None,
            cause=why.cause if why else None,
            rule=why.rule if why else None,
            values=why.values if why else {},
            touch_id=item.touch_id,
            opens=item.opens,
            closes=item.closes,
            expected=item.expected,
            barred=item.barred,
        )
    for one in ahead:
        if one.status == "not_begun":
            yield Entry(
                place="ahead",
                what="not_begun",
                at=None,
                text=f"{part_name(one.part or '').capitalize()} has not begun",
                kind="not_begun",
                status=one.status,
                step=one.step,
                part=one.part,
                why=one.why,
                would_need=one.would_need,
                rule=one.rule,
            )
