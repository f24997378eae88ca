"""A playbook's parts: each is versioned by itself, and a deal or an enrollment pins one version."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, Field

from domain.activity import ClearingKind
from domain.playbooks.playbook import FieldType, Pipeline, Playbook, StagnantAfter, Stagnation
from domain.playbooks.sequence import Cadence, Nurture, Outcomes, Step
from domain.strict import Strict
from domain.times.calendar import Calendar
from domain.times.duration import Duration


class PipelinePart(Strict):
    """What a deal pins when it opens: stages, gates, fields, roles and endings, without limits."""

    roles: dict[str, str] = Field(default_factory=dict)
    fields: dict[str, FieldType] = Field(default_factory=dict)
    pipeline: Pipeline
    won: Outcomes = ()
    lost: dict[str, str] = Field(default_factory=dict)


class StageLimits(Strict):
    """The limits of one stage."""

    stagnant_after: StagnantAfter | None = None
    decide_within: Duration | None = None


_NO_LIMITS = StageLimits()
_NEVER = StagnantAfter()


class LimitsPart(Strict):
    """Stagnation limits, and whose answers count.

    Always the newest version holds, for the deals in flight as well.
    """

    stagnant_after: StagnantAfter | None = None
    stages: dict[str, StageLimits] = Field(default_factory=dict)
    cleared_by: tuple[ClearingKind, ...] = ()
    our_turn: Duration | None = None
    then: tuple[Step, ...] = ()
    answers_from: Literal["contacts", "company"] | None = None

    @property
    def colleagues_answer(self) -> bool:
        """Whether somebody at the contact's company may answer for it."""
        return self.answers_from == "company"

    def stagnant_in(self, stage: str) -> StagnantAfter:
        """The stage's own limits over the default; both measures None where none is set."""
        return self._over_default.get(stage) or self.stagnant_after or _NEVER

    @cached_property
    def _over_default(self) -> dict[str, StagnantAfter]:
        # Asked for at every wake-up of every deal, so worked out once.
        own = {name: limits.stagnant_after for name, limits in self.stages.items()}
        return {name: after.over(self.stagnant_after) for name, after in own.items() if after}

    def decide_within(self, stage: str) -> Duration | None:
        """How long the stage may wait for a decision, None without limit."""
        return self.stages.get(stage, _NO_LIMITS).decide_within


def parts(playbook: Playbook) -> dict[str, BaseModel]:
    """Split into versioned parts: pipeline, limits, calendar, cadence:NAME, nurture:NAME.

    A playbook without a pipeline (nurtures only) has no pipeline and no limits part.
    """
    found: dict[str, BaseModel] = {}
    if playbook.pipeline is not None:
        found["pipeline"] = _pipeline(playbook, playbook.pipeline)
        found["limits"] = _limits(playbook, playbook.pipeline)
    found["calendar"] = playbook.calendar
    found |= {f"cadence:{name}": cadence for name, cadence in playbook.cadences.items()}
    found |= {f"nurture:{name}": nurture for name, nurture in playbook.nurtures.items()}
    return found


def joined(name: str, found: Mapping[str, BaseModel]) -> Playbook:
    """The playbook that `parts` splits into these; nothing is checked anew, they were published.

    Raises KeyError where the calendar is not among them.
    """
    said: dict[str, Any] = {"playbook": name, "calendar": found["calendar"]}
    for kind in ("cadence", "nurture"):
        mine = ((part.partition(":"), one) for part, one in found.items())
        said[f"{kind}s"] = {named: one for (sort, _, named), one in mine if sort == kind}
    pipeline, limits = found.get("pipeline"), found.get("limits")
    if isinstance(pipeline, PipelinePart):
        own = limits if isinstance(limits, LimitsPart) else LimitsPart()
        said |= {key: getattr(pipeline, key) for key in ("roles", "fields", "won", "lost")}
        said |= {"pipeline": _limited(pipeline.pipeline, own), "answers_from": own.answers_from}
        said["stagnation"] = Stagnation.model_construct(
            cleared_by=own.cleared_by, our_turn=own.our_turn, then=own.then
        )
    ordered = {key: said[key] for key in Playbook.model_fields if key in said}
    return Playbook.model_construct(**ordered)


def part_model(name: str) -> type[BaseModel]:
    """The model that reads the part of that name back. KeyError: no part has such a name."""
    kind = name.partition(":")[0]
    models: dict[str, type[BaseModel]] = {
        "pipeline": PipelinePart,
        "limits": LimitsPart,
        "calendar": Calendar,
        "cadence": Cadence,
        "nurture": Nurture,
    }
    return models[kind]


def part_text(part: BaseModel) -> str:
    """The part as JSON that `part_model` reads back; equal parts give equal text."""
    return part.model_dump_json(by_alias=True, exclude_none=True)


def _pipeline(playbook: Playbook, pipeline: Pipeline) -> PipelinePart:
    bare = {"stagnant_after": None, "decide_within": None}
    stages = tuple(stage.model_copy(update=bare) for stage in pipeline.stages)
    without = pipeline.model_copy(update={"stages": stages, "stagnant_after": None})
    return PipelinePart(
        roles=playbook.roles,
        fields=playbook.fields,
        pipeline=without,
        won=playbook.won,
        lost=playbook.lost,
    )


def _limited(pipeline: Pipeline, limits: LimitsPart) -> Pipeline:
    stages = tuple(
        stage.model_copy(update=dict(limits.stages.get(stage.stage, _NO_LIMITS)))
        for stage in pipeline.stages
    )
    update = {"stages": stages, "stagnant_after": limits.stagnant_after}
    return pipeline.model_copy(update=update)


def _limits(playbook: Playbook, pipeline: Pipeline) -> LimitsPart:
    stages = {
        stage.stage: StageLimits(
            stagnant_after=stage.stagnant_after, decide_within=stage.decide_within
        )
        for stage in pipeline.stages
        if stage.stagnant_after or stage.decide_within
    }
    return LimitsPart(
        stagnant_after=pipeline.stagnant_after,
        stages=stages,
        cleared_by=playbook.stagnation.cleared_by,
        our_turn=playbook.stagnation.our_turn,
        then=playbook.stagnation.then,
        answers_from=playbook.answers_from,
    )
