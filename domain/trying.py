"""What may be asked of a deal now and, where not, why: each command decided, and nothing done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain import commands as c
from domain.deal import Deal
from domain.decisions import decide
from domain.facts import Facts, Rules
from domain.refusal import NotFound, Refused

GATE: Final = "gate_closed"
"""The code of a refusal that a person may override with a reason."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of a command: `reason` is why it would be refused, None: it would not.

    `code` is the stable word of the refusal.
    """

    kind: str
    reason: str | None = None
    code: str | None = None

    @property
    def may(self) -> bool:
        """Whether it may be asked: it would be done, or a reason of a person's would do it."""
        return self.reason is None or self.code == GATE


def tried(deal: Deal, facts: Facts) -> dict[str, Trial]:
    """Every command that people ask of a deal, by its kind, decided on the deal as it stands.

    Where a command wants a choice, the nearest is tried: the next stage, the first reason.
    """
    found: dict[str, Trial] = {}
    for command in _asked(deal, facts):
        found[command.kind] = _tried(command, deal, facts)
    for kind, why in _no_choice(deal, facts):
        found.setdefault(kind, Trial(kind, why))
    return found


def _tried(command: c.AnyCommand, deal: Deal, facts: Facts) -> Trial:
    try:
        decide(command, deal, facts, "trial")
    except Refused as no:
        return Trial(command.kind, no.message, no.code)
    except NotFound as no:
        return Trial(command.kind, str(no), "not_found")
    return Trial(command.kind)


def _asked(deal: Deal, facts: Facts) -> Iterator[c.AnyCommand]:
    tomorrow, part = facts.now + timedelta(days=1), facts.rules.pinned
    yield c.RecordReply()
    yield c.LogActivity(activity="note")
    yield c.MakePromise(due_at=tomorrow, what="something")
    yield c.AgreeWait(until=tomorrow)
    ahead, behind = _stages(deal, facts)
    if ahead:
        yield c.AdvanceDeal(stage=ahead[0])
    if behind:
        yield c.MoveBackDeal(stage=behind[-1])
    yield c.WinDeal()
    for reason in list(part.lost)[:1]:
        yield c.LoseDeal(reason=reason)
    yield c.ReopenDeal()
    yield c.PauseDeal()
    yield c.ResumeDeal()
    for cadence in cadences_left(deal, facts.rules)[:1]:
        yield c.EnrollDeal(cadence=cadence)
    yield c.ChangeDetails()


def _no_choice(deal: Deal, facts: Facts) -> Iterator[tuple[str, str]]:
    yield "advance_deal", f"no stage lies ahead of {deal.stage}"
    yield "move_back_deal", f"no stage lies behind {deal.stage}"
    yield "lose_deal", f"the playbook {facts.rules.playbook} names no reason for losing"
    yield "enroll_deal", "every cadence of the playbook runs already"


def _stages(deal: Deal, facts: Facts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The stages ahead and behind, of the part of the pipeline in which the deal moves."""
    pipeline = facts.rules.pinned.pipeline
    mine = [s for s in pipeline.names if (s in pipeline.after_won) == (deal.status == "won")]
    place = pipeline.index(deal.stage) if deal.stage in pipeline.names else -1
    ahead = tuple(name for name in mine if pipeline.index(name) > place)
    return ahead, tuple(name for name in mine if pipeline.index(name) < place)


def cadences_left(deal: Deal, rules: Rules) -> tuple[str, ...]:
    """The cadences that do not run on the deal, by name."""
    running = {one.part for one in deal.active_enrollments}
    known = {part for part in rules.newest if part.startswith("cadence:")}
    return tuple(sorted(part.partition(":")[2] for part in known - running))
