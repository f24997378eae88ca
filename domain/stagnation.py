"""Stagnation: three measures of quiet, a deadline for decisions, and the ladder that follows."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Literal, get_args

from domain.course import Item, reaches_somebody
from domain.deal import Deal
from domain.facts import Facts
from domain.playbooks.parts import LimitsPart
from domain.times.calendar import Hours
from domain.times.duration import Duration

Reason = Literal["in_stage", "silence", "our_turn", "decide_within", "wait_overdue"]
REASONS: tuple[Reason, ...] = get_args(Reason)


def flag_items(deal: Deal, facts: Facts) -> Iterator[Item]:
    """When each measure would flag the deal, if nothing happens before.

    A measure flags once for the quiet that it measured: again only when that began anew. An
    agreed wait holds back every measure until its date. Our own automatic mail is no activity.
    A flag that a new, longer limit has overtaken is taken away.
    """
    limits = facts.rules.limits
    if limits is None or not deal.open:
        return
    if deal.wait_until is not None:
        yield Item(deal.wait_until, "wait_over", "wait_overdue", "the agreed wait ends")
        return
    hours = facts.person_hours(deal.owner_id)
    standing = {flag.reason: flag for flag in deal.flags}
    for reason, since, limit, not_before in _measures(deal, limits):
        at = max(_later(hours, since, limit), not_before or since)
        flag = standing.get(reason)
        if flag is not None and flag.since == since and at > facts.now:
            yield Item(facts.now, "unflag", reason, f"the limit is {limit} now")
        elif flag is None and deal.flagged.get(reason) != since:
            yield Item(at, "flag", reason, _why(reason, limit))


@lru_cache(maxsize=8192)
def _later(hours: Hours, since: datetime, limit: Duration) -> datetime:
    """Kept, because every measure is taken at every wake-up."""
    return hours.add(since, limit)


def since_and_limit(deal: Deal, reason: str, facts: Facts) -> tuple[datetime, str]:
    """Since when the measured quiet lasts, and the limit in words."""
    limits = facts.rules.limits
    if limits is not None:
        for name, since, limit, _ in _measures(deal, limits):
            if name == reason:
                return since, str(limit)
    return deal.wait_until or facts.now, "agreed wait"


def _measures(
    deal: Deal, limits: LimitsPart
) -> Iterator[tuple[Reason, datetime, Duration, datetime | None]]:
    """Reason, since when, limit, and a moment before which it is not judged."""
    after = limits.stagnant_in(deal.stage)
    entered, opened = deal.stage_entered_at, deal.opened_at
    if after.in_stage is not None and entered is not None:
        yield "in_stage", entered, after.in_stage, None
    running = any(
        one.part.startswith("cadence:") and reaches_somebody(one, deal.writes_to)
        for one in deal.active_enrollments
    )
    if after.silence is not None and opened is not None and not running:
        since = max(deal.heard_at or opened, deal.quiet_from or opened)
        yield "silence", since, after.silence, deal.cadence_ended_at
    if limits.our_turn is not None and deal.our_turn_since is not None:
        yield "our_turn", deal.our_turn_since, limits.our_turn, None
    decide = limits.decide_within(deal.stage)
    if decide is not None and entered is not None:
        yield "decide_within", entered, decide, None


def rung_item(deal: Deal, facts: Facts) -> Item | None:
    """The next rung of the ladder that a stagnant deal climbs, None on the last.

    "after" counts from the rung before; a rung is climbed in the hours of the owner, so that
    nobody is told at midnight.
    """
    limits = facts.rules.limits
    if limits is None or deal.stagnant_since is None or not deal.open:
        return None
    if deal.rung >= len(limits.then):
        return None
    step = limits.then[deal.rung]
    start = deal.rung_at or deal.stagnant_since
    hours = facts.person_hours(deal.owner_id)
    at = start if step.after is None else _later(hours, start, step.after.low)
    return Item(hours.next_open(at), "rung", step.name, f"stagnant: {step.verb} {step.name}")


@lru_cache(maxsize=256)
def _why(reason: str, limit: Duration) -> str:
    words = {
        "in_stage": f"{limit} in one stage",
        "silence": f"{limit} without a word from the other side",
        "our_turn": f"they wrote, and {limit} passed without our answer",
        "decide_within": f"{limit} without a yes or a no",
    }
    return words[reason]
