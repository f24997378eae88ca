"""How a deal moves through its pipeline: on, back, won, lost and open again."""

from datetime import datetime

from domain import commands as c
from domain import deal_events as d
from domain import touch_events as e
from domain.activity import MEANT_BY
from domain.deal import OURS, Deal
from domain.event import Happened
from domain.evolution import moved_on
from domain.facts import Facts
from domain.following import ended, enrolled_if_possible, outcomes
from domain.gates import unmet, unmet_on_the_way
from domain.playbooks.playbook import Pipeline
from domain.playbooks.words import suggestion
from domain.refusal import Refused


def advance(command: c.AdvanceDeal, deal: Deal, facts: Facts, command_id: str) -> list[Happened]:
    """On to a later stage, through every gate on the way, debts of an import included."""
    pipeline = facts.rules.pinned.pipeline
    _must_know(pipeline, command.stage)
    if deal.status == "lost":
        raise Refused("deal_closed", "the deal is lost; reopen it first")
    if deal.status == "won" and command.stage not in pipeline.after_won:
        raise Refused("deal_closed", "the deal is won; only the stages after won are ahead")
    if deal.open and command.stage in pipeline.after_won:
        raise Refused("not_won", f"{command.stage} comes after winning; win the deal first")
    if _index(pipeline, command.stage) <= _index(pipeline, deal.stage):
        told = f"{command.stage} is not ahead of {deal.stage}; move back"
        raise Refused("not_ahead", told, "stage")
    lacking = _debts(pipeline, deal, facts)
    lacking += unmet_on_the_way(pipeline, deal, command.stage, facts.now)
    if lacking and command.override is None:
        raise Refused("gate_closed", _told(lacking), "stage")
    events: list[Happened] = [
        d.GateOverridden(at=facts.now, stage=stage, unmet=wants, note_id=command_id)
        for stage, wants in lacking
    ]
    return events + _entered(deal, command.stage, "advanced", facts)


def move_back(command: c.MoveBackDeal, deal: Deal, facts: Facts) -> list[Happened]:
    """Back to an earlier stage; no gate stands in that way."""
    pipeline = facts.rules.pinned.pipeline
    _must_know(pipeline, command.stage)
    if deal.status == "lost" or (deal.status == "won" and command.stage not in pipeline.after_won):
        raise Refused("deal_closed", f"the deal is {deal.status}; reopen it first")
    if _index(pipeline, command.stage) >= _index(pipeline, deal.stage):
        raise Refused("not_behind", f"{command.stage} is not behind {deal.stage}; advance", "stage")
    return _entered(deal, command.stage, "moved_back", facts)


def win(command: c.WinDeal, deal: Deal, facts: Facts, command_id: str) -> list[Happened]:
    """Won: the sales cycle stops, the deal goes on to the stages after won, the welcome begins."""
    if deal.status == "won":
        raise Refused("already_won", "the deal is already won")
    if deal.status == "lost":
        raise Refused("deal_closed", "the deal is lost; reopen it first")
    part = facts.rules.pinned
    wants = unmet(part.pipeline.to_win, deal, facts.now)
    if wants and command.override is None:
        raise Refused("gate_closed", _told([("won", wants)]))
    events: list[Happened] = []
    if wants:
        events.append(d.GateOverridden(at=facts.now, stage="won", unmet=wants, note_id=command_id))
    # What people say of a win is a text of theirs: it is kept beside the ledger, not in it.
    note = command_id if command.reason else None
    events.append(d.DealWon(at=_closed_at(command, deal, facts), note_id=note))
    events += _closed(deal, "won", facts)
    if part.pipeline.after_won:
        stage = part.pipeline.after_won[0]
        events.append(d.StageEntered(at=facts.now, stage=stage, came_from=deal.stage, how="won"))
    after = moved_on(deal, events)
    return events + outcomes(after, part.won, "won", facts)


def lose(command: c.LoseDeal, deal: Deal, facts: Facts, command_id: str) -> list[Happened]:
    """Lost for a declared reason, which says what follows."""
    if not deal.open:
        hint = "; reopen it first" if deal.status == "won" else ""
        raise Refused("deal_closed", f"the deal is already {deal.status}{hint}")
    reasons = facts.rules.pinned.lost
    if command.reason not in reasons:
        told = f'"{command.reason}" is no lost reason of {deal.playbook}'
        raise Refused("unknown_reason", told + suggestion(command.reason, reasons), "reason")
    note = command_id if command.note else None
    closed = _closed_at(command, deal, facts)
    events: list[Happened] = [d.DealLost(at=closed, reason=command.reason, note_id=note)]
    events += _closed(deal, "lost", facts)
    follows = reasons[command.reason]
    if follows != "nothing":
        after = moved_on(deal, events)
        because = f"lost:{command.reason}"
        events += enrolled_if_possible(after, f"nurture:{follows}", because, facts)
    return events


def reopen(command: c.ReopenDeal, deal: Deal, facts: Facts, command_id: str) -> list[Happened]:
    """A closed deal lives again; what its close had started ends."""
    if deal.open:
        raise Refused("deal_open", "the deal is open")
    pipeline = facts.rules.pinned.pipeline
    known = [stage.stage for stage in pipeline.stages]
    stage = command.stage or (deal.won_from if deal.status == "won" else deal.stage)
    if stage not in known:
        told = f'there is no stage "{stage}" to reopen in{suggestion(stage, known)}'
        raise Refused("unknown_stage", told, "stage")
    note = command_id if command.note else None
    events: list[Happened] = [d.DealReopened(at=facts.now, note_id=note)]
    events += _all_over(deal, "reopened", facts)
    events.append(d.StageEntered(at=facts.now, stage=stage, came_from=deal.stage, how="reopened"))
    return events


def cleared(deal: Deal, by: str, facts: Facts, at: datetime | None = None) -> list[Happened]:
    """The end of the flags that `by` ends, if it happened (at `at`) after what they measured.

    What the playbook names ends all; an answer of ours ends *our turn*, a change of stage
    what was measured in the old one.
    """
    limits = facts.rules.limits
    ends = _ENDS.get(by, frozenset())
    if by in OURS:
        ends |= {"our_turn"}
    meant = {by, *MEANT_BY.get(by, ())}
    if by in ALWAYS_CLEARS or (limits is not None and not meant.isdisjoint(limits.cleared_by)):
        ends |= {flag.reason for flag in deal.flags}
    then = at or facts.now
    reasons = [f.reason for f in deal.flags if f.reason in ends and f.since <= then]
    return [d.StagnationCleared(at=facts.now, by=by, reasons=reasons)] if reasons else []


ALWAYS_CLEARS = frozenset({"won", "lost", "wait"})
"""What ends every flag, whatever the playbook says."""

_ENDS: dict[str, frozenset[str]] = {
    "stage_change": frozenset({"in_stage", "decide_within"}),
    "promise_kept": frozenset({"our_turn"}),
}


def stage_cadence(deal: Deal, stage: str, facts: Facts) -> list[Happened]:
    """The cadence that entering a stage begins, if the stage has one that does not run yet."""
    name = facts.rules.pinned.pipeline.stage(stage).cadence
    if name is None:
        return []
    return enrolled_if_possible(deal, f"cadence:{name}", f"stage:{stage}", facts)


def _entered(deal: Deal, stage: str, how: str, facts: Facts) -> list[Happened]:
    entered = d.StageEntered.model_validate(
        {"at": facts.now, "stage": stage, "came_from": deal.stage, "how": how}
    )
    events: list[Happened] = [entered]
    for one in deal.active_enrollments:
        stops = facts.rules.sequence(one.part, one.version).stops_on
        if one.because.startswith(("stage:", "import")) or "stage_change" in stops:
            events += ended(deal, one, "stage_change", facts.now)
    events += cleared(deal, "stage_change", facts)
    after = moved_on(deal, events)
    return events + (stage_cadence(after, stage, facts) if deal.open else [])


def _closed(deal: Deal, word: str, facts: Facts) -> list[Happened]:
    """Everything that ran for the open deal ends; its close begins other things."""
    return [*_all_over(deal, word, facts), *cleared(deal, word, facts)]


def _all_over(deal: Deal, word: str, facts: Facts) -> list[Happened]:
    events: list[Happened] = []
    for one in deal.active_enrollments:
        events += ended(deal, one, word, facts.now)
    dropped = {event.task_id for event in events if isinstance(event, e.TaskDropped)}
    loose = [task for task in deal.tasks if task.task_id not in dropped]
    return events + [
        e.TaskDropped(at=facts.now, task_id=task.task_id, reason=word) for task in loose
    ]


def _closed_at(command: c.WinDeal | c.LoseDeal, deal: Deal, facts: Facts) -> datetime:
    at = facts.reported(command.closed_at)
    if deal.opened_at is not None and at < deal.opened_at:
        raise Refused("too_early", "a deal cannot close before it was opened", "closed_at")
    return at


def _debts(pipeline: Pipeline, deal: Deal, facts: Facts) -> list[tuple[str, list[str]]]:
    """Gates that the deal stands behind without having met them."""
    behind = pipeline.names[: _index(pipeline, deal.stage) + 1]
    known = [stage for stage in deal.gate_debt if stage in behind]
    found = [(name, unmet(pipeline.stage(name).to_enter, deal, facts.now)) for name in known]
    return [(name, wants) for name, wants in found if wants]


def _told(lacking: list[tuple[str, list[str]]]) -> str:
    return "; ".join(f"the gate of {stage} {', '.join(wants)}" for stage, wants in lacking)


def _must_know(pipeline: Pipeline, stage: str) -> None:
    if stage not in pipeline.names:
        hint = suggestion(stage, pipeline.names)
        raise Refused("unknown_stage", f'there is no stage "{stage}"{hint}', "stage")


def _index(pipeline: Pipeline, stage: str) -> int:
    return pipeline.index(stage) if stage in pipeline.names else -1
