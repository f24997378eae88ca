"""A deal as it stands, or stood: the one look that show, history, next and explain share.

The ledger has two times: when a thing happened and when it was recorded. *As of* a moment is
what had happened by then, as we know today; *as it was then known* leaves out what somebody
recorded only later. Names and texts are always those of today: they are kept outside the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from activities.timekeeping import Timekeeper
from domain.agenda import Aggregate
from domain.deal import Deal, fold
from domain.explaining.entry import NOTHING, Known
from domain.facts import ContactFacts, Facts
from domain.house_events import BarLifted, ContactForgotten, Suppressed, Unsubscribed
from domain.limits import held_at
from domain.playbooks.sequence import Sequence as Steps
from domain.refusal import Malformed, NotFound
from domain.times.calendar import Hours
from domain.times.clock import Clock
from operations import halting, moments
from operations.desk import reaching
from operations.house import House
from store import contacts, deals, ledger, situation, suppression, timeline, waits
from store.database import Tx
from store.ledger import Recorded


@dataclass(frozen=True, slots=True)
class AsOf:
    """A moment to look back to (business time, UTC).

    `known`: only what had been recorded by then, as whoever looked at that moment saw it.
    """

    at: datetime
    known: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """A deal with what may be known about it, now or as of a moment.

    `known` is what keeps its mail back as a whole at that moment.
    """

    deal: Deal
    facts: Facts
    as_of: AsOf | None = None
    seen: tuple[Recorded, ...] | None = None
    known: Known = NOTHING

    @property
    def now(self) -> datetime:
        """The moment that is looked at (business time)."""
        return self.facts.now

    def recorded(self, tx: Tx, after: int = 0, limit: int | None = None) -> list[Recorded]:
        """The deal's events behind a version, in the order in which they were recorded."""
        if self.seen is None:
            return timeline.of_deal(tx, self.deal.deal_id, after=after, limit=limit)
        return [one for one in self.seen if one.version > after][:limit]


def as_of(
    house: House,
    deal_id: str,
    text: str | None,
    known: bool = False,
    where: str = "as_of",
    zone: str | None = None,
) -> AsOf | None:
    """The moment that somebody wrote, None for no text; a bare date is that day to its end.

    A time without an offset is on the clock of `zone`, or of the deal's calendar. Raises
    Malformed for what is no moment or lies ahead, NotFound for a deal that nobody knows.
    """
    if text is None:
        if known:
            told = "say as of when: --as-of 2026-03-02" if where == "--as-of" else "say as of when"
            raise Malformed(told, where)
        return None
    with reaching("the database"), house.store.read() as tx:
        hours = Hours.of(situation.rules_for(tx, _deal(tx, deal_id)).calendar, zone)
    now = house.time.now()
    at = moments.until(text, hours, now, where)
    if at > now:
        raise Malformed(f"{moments.spoken(at, hours)} still lies ahead: ask what comes next", where)
    return AsOf(at, known)


def look(tx: Tx, house: House, deal_id: str, moment: AsOf | None = None) -> Look:
    """The deal now, or as of a moment. Raises NotFound where there was none yet."""
    if moment is None:
        deal = _deal(tx, deal_id)
        facts = situation.facts_for(tx, deal, house.time.now(), house.time.grace())
        return Look(deal, facts, known=halting.known_now(tx, house, deal, facts))
    recorded = timeline.of_deal(tx, deal_id)
    seen = tuple(by_then(recorded, moment, house.time))
    if not seen:
        raise NotFound(_not_yet(deal_id, recorded, moment), "as_of")
    deal = fold(Deal(deal_id=deal_id), [one.event for one in seen])
    if deal.status == "none":
        raise NotFound(_not_yet(deal_id, recorded, moment), "as_of")
    facts = _facts_then(tx, house, deal, moment)
    halted = by_then(halting.of_mail_room(tx), moment, house.time)
    return Look(deal, facts, moment, seen, halting.known_then(tx, house, deal, facts, halted))


def with_ended(tx: Tx, state: Aggregate, facts: Facts) -> Facts:
    """The facts with the sequences of enrollments that have ended, in their versions."""
    wanted = {(one.part, one.version) for one in state.enrollments}
    parts = situation.load_cached(tx, state.playbook, wanted)
    known = {key: part for key, part in parts.items() if isinstance(part, Steps)}
    rules = facts.rules
    return replace(facts, rules=replace(rules, sequences={**rules.sequences, **known}))


def by_then(recorded: Sequence[Recorded], moment: AsOf, time: Timekeeper) -> list[Recorded]:
    """The events of a stream that had happened, or were known, at a moment."""
    happened = [
        (one, learned)
        for one, learned in zip(recorded, learned_at(recorded, time), strict=True)
        if one.happened_at <= moment.at
    ]
    return [one for one, learned in happened if not moment.known or learned <= moment.at]


def learned_at(recorded: Sequence[Recorded], time: Timekeeper) -> list[datetime]:
    """When each event of a stream was recorded, in business time.

    A clock that is not real time cannot tell business time of before it was last started: there
    an event counts as recorded when the newest thing that the stream knew by then had happened.
    What is written down within the grace of its happening was known as it happened.
    """
    found: list[datetime] = []
    clock, until, grace = time.clock(), time.wall(), time.grace()
    newest = datetime.min.replace(tzinfo=UTC)
    for one in recorded:
        wall = one.origin.recorded_at
        told = clock == Clock.real() or clock.w0 <= wall <= until
        learned = clock.now(wall) if told else one.happened_at
        at_once = learned - one.happened_at <= grace
        newest = max(newest, one.happened_at if at_once else learned)
        found.append(newest)
    return found


def _deal(tx: Tx, deal_id: str) -> Deal:
    found = deals.load(tx, deal_id)
    if found is None:
        raise NotFound(f"there is no deal {deal_id[:80]}")
    return found


def _not_yet(deal_id: str, recorded: Sequence[Recorded], moment: AsOf) -> str:
    if not recorded:
        return f"there is no deal {deal_id[:80]}"
    first = min(one.happened_at for one in recorded)
    if first > moment.at:
        return f"{deal_id} had not begun yet: its first event is of {first:%Y-%m-%d %H:%M} UTC"
    return (
        f"nobody knew of {deal_id} at that moment: it was recorded later "
        f"(on {recorded[0].origin.recorded_at:%Y-%m-%d %H:%M} UTC)"
    )


def _facts_then(tx: Tx, house: House, deal: Deal, moment: AsOf) -> Facts:
    """What a rule could look at then: the edition that held, the consents and bars of then.

    The agenda is computed anew, but for the mails that waited then.
    """
    facts = situation.facts_for(tx, deal, moment.at, house.time.grace())
    readers = {
        its_id: _reader_then(tx, house, one, moment) for its_id, one in facts.contacts.items()
    }
    waiting = {
        its_id: one
        for its_id, some in waits.of_stream(tx, deal.stream).items()
        if (one := held_at(some, moment.at)) is not None
    }
    return replace(
        facts,
        rules=situation.rules_for(tx, deal, at=moment.at),
        contacts=readers,
        # Tried again and again, it would have gone as soon as nothing held it.
        open_sends={
            its_id: one.until if one.tries == 1 else moment.at for its_id, one in waiting.items()
        },
        waits_for={its_id: one.reason for its_id, one in waiting.items()},
    )


def _reader_then(tx: Tx, house: House, one: ContactFacts, moment: AsOf) -> ContactFacts:
    """A contact without the bars that came later, and with those that were lifted since."""
    recorded = ledger.read(tx, f"contact/{one.contact_id}")
    suppressed: str | None = None
    opted_out, has_address = set[str](), one.has_address
    for known in by_then(recorded, moment, house.time):
        match known.event:
            case Suppressed() as event:
                suppressed = event.reason
            case Unsubscribed() as event:
                opted_out.add(event.purpose)
            case BarLifted() as event:
                opted_out.discard(event.scope)
                suppressed = None if event.scope == suppression.EVERYTHING else suppressed
            case ContactForgotten():
                suppressed, has_address = suppression.ERASED, False
            case _:
                pass
    if not any(isinstance(known.event, ContactForgotten) for known in recorded):
        suppressed = suppressed or _untold_bar(tx, one.contact_id, moment)
    else:
        has_address = suppressed != suppression.ERASED
    return replace(
        one, suppressed=suppressed, opted_out=frozenset(opted_out), has_address=has_address
    )


def _untold_bar(tx: Tx, contact_id: str, moment: AsOf) -> str | None:
    """A bar of the address that no event of the contact tells of, such as a refused recipient."""
    known = contacts.load(tx, contact_id)
    if known is None or known.email_key is None:
        return None
    bars = suppression.of_keys(tx, [known.email_key]).get(known.email_key, [])
    return next((bar.reason for bar in bars if not bar.opted_out and bar.since <= moment.at), None)
