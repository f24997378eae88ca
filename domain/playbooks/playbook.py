"""A playbook: the rules of one sales process, as ops write them in one file."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from domain.activity import ActivityKind, ClearingKind
from domain.playbooks.check import reference_objections
from domain.playbooks.sequence import Cadence, Nurture, Outcomes, Step, step_objections
from domain.playbooks.words import Label, Slug, Text, Word
from domain.strict import Objection, Strict, sequence, under
from domain.times.calendar import Calendar
from domain.times.duration import Duration

LOST_REASONS = ("price", "timing", "competitor", "no_need", "silent", "not_a_fit")
"""The reasons that every shipped pipeline knows."""

FieldType = Literal[
    "text",
    "number",
    "money",
    "date",
    "contact",
    "flag",
    "text list",
    "number list",
    "money list",
    "date list",
    "contact list",
]


def _chance(value: Any) -> Any:
    if isinstance(value, float):
        return value
    text = str(value).strip()
    if isinstance(value, str) and re.fullmatch(r"\d{1,3}(\.\d{1,4})?%", text):
        chance = float(text.removesuffix("%")) / 100
        if chance <= 1:
            return chance
    near = text if text.isdigit() and int(text) <= 100 else "20"
    raise ValueError(f"write a percentage from 0% to 100%, e.g. {near}%")


Chance = Annotated[
    float,
    Field(ge=0, le=1),
    BeforeValidator(_chance),
    PlainSerializer(lambda chance: f"{chance * 100:g}%", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,3}(\.\d+)?%$", "examples": ["20%"]}),
]
"""The chance to win, 0 to 1 in Python, ``20%`` in a file."""


class Gate(Strict):
    """What must be true before a deal may pass; all of it, on every way into the stage."""

    filled: tuple[Word, ...] = Field((), description="Fields that have a value")
    done: tuple[ActivityKind, ...] = Field((), description="Activities that all took place")
    any_of: tuple[ActivityKind, ...] = Field((), description="Of these, one is enough")
    at_least: dict[Word, int] = Field(
        default_factory=dict, description="The least number of entries, or the least value"
    )
    next_step: Literal["required"] | None = Field(None, description="An agreed next step is open")


class StagnantAfter(Strict):
    """When a deal counts as stagnant; a measure that is not named here has no limit here."""

    in_stage: Duration | None = Field(None, description="Time since it entered the stage")
    silence: Duration | None = Field(None, description="Time since the last activity")

    def over(self, default: "StagnantAfter | None") -> "StagnantAfter":
        """These limits, with the default's for the measures not named here."""
        if default is None:
            return self
        return StagnantAfter(
            in_stage=self.in_stage or default.in_stage, silence=self.silence or default.silence
        )


class Stage(Strict):
    """One stage of the sale: its gate, its chance, its cadence and what helps the owner."""

    stage: Label = Field(description="Its name")
    chance: Chance = Field(description="The chance to win a deal that stands here")
    to_enter: Gate | None = Field(None, description="What a deal needs to come here")
    cadence: Slug | None = Field(None, description="Starts on entering, stops on leaving")
    stagnant_after: StagnantAfter | None = Field(None, description="Limits of this stage alone")
    decide_within: Duration | None = Field(None, description="Then the owner gets a yes or a no")
    prompts: tuple[Text, ...] = Field((), description="Questions that help the owner")
    assets: tuple[Text, ...] = Field((), description="Papers that fit this stage")


class Pipeline(Strict):
    """The stages a deal passes, in order, before and after it is won."""

    target_cycle: Duration | None = Field(None, description="Shown beside the measured average")
    opportunity_from: Label | None = Field(None, description="Before this stage it is a lead")
    stagnant_after: StagnantAfter | None = Field(None, description="For stages without their own")
    to_win: Gate | None = Field(None, description="What a deal needs to be won")
    stages: tuple[Stage, ...] = Field(
        min_length=1, max_length=50, description="The stages of the sale, in order"
    )
    after_won: tuple[Label, ...] = Field((), description="Still on the board, the sale is over")

    @property
    def names(self) -> tuple[str, ...]:
        """All stage names in order, those after won included."""
        return (*(stage.stage for stage in self.stages), *self.after_won)

    @property
    def first(self) -> Stage:
        return self.stages[0]

    def stage(self, name: str) -> Stage:
        """The stage of that name; one after won has no rules of its own. KeyError: unknown."""
        for stage in self.stages:
            if stage.stage == name:
                return stage
        if name in self.after_won:
            return Stage(stage=name, chance=1.0)
        raise KeyError(name)

    def index(self, name: str) -> int:
        """The stage's place in `names`, from 0. KeyError: unknown."""
        if name not in self.names:
            raise KeyError(name)
        return self.names.index(name)


class Stagnation(Strict):
    """What ends a stagnation flag and what happens while it stands."""

    cleared_by: tuple[ClearingKind, ...] = Field(
        ("reply", "call", "meeting", "stage_change"),
        description="What ends it; our automatic mail never does",
    )
    our_turn: Duration | None = Field(None, description="They wrote and nobody has answered")
    then: tuple[Step, ...] = Field((), description="What happens while it lasts, step by step")

    @classmethod
    def objections(cls, raw: Mapping[str, Any]) -> Iterable[Objection]:
        then = sequence(raw.get("then"))
        return [*under("then", step_objections(then)), *under("then", _not_for_customers(then))]


class Playbook(Strict, title="Sluice playbook"):
    """One file of rules. `publish` numbers the versions of its parts."""

    playbook: Slug = Field(description="Its name in every command")
    roles: dict[Word, Slug] = Field(
        default_factory=dict, description="Role: the group of people who fill it"
    )
    calendar: Calendar = Field(default_factory=Calendar, description="When people may be reached")
    fields: dict[Word, FieldType] = Field(
        default_factory=dict, description="What gates and mails can name"
    )
    pipeline: Pipeline | None = Field(None, description="The stages of a deal and their gates")
    stagnation: Stagnation = Field(
        default_factory=Stagnation, description="What happens to a deal that has gone quiet"
    )
    answers_from: Literal["contacts", "company"] | None = Field(
        None,
        description="Whose mail counts as an answer: the deal's contacts alone (so it is where "
        "nothing is said), or anybody at their company while it has one open deal",
    )
    cadences: dict[Slug, Cadence] = Field(
        default_factory=dict, description="Timed follow-ups on a deal"
    )
    won: Outcomes = Field((), description="What follows a deal that is won")
    lost: dict[Word, Slug] = Field(
        default_factory=lambda: dict.fromkeys(LOST_REASONS, "nothing"),
        description="Reason: the nurture that follows, or nothing",
    )
    nurtures: dict[Slug, Nurture] = Field(default_factory=dict, description="Series for contacts")

    @property
    def reasons(self) -> tuple[str, ...]:
        """The lost reasons that a deal of this playbook may have."""
        return tuple(self.lost)

    @classmethod
    def objections(cls, raw: Mapping[str, Any]) -> Iterable[Objection]:
        return reference_objections(raw)


def _not_for_customers(then: list[Any]) -> Iterator[Objection]:
    for number, step in enumerate(then):
        for verb in ("mail", "wait_for"):
            if isinstance(step, Mapping) and step.get(verb):
                told = f'"{verb}" is for cadences; a stagnation step is notify, task or call'
                yield Objection((number, verb), told)
