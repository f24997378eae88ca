"""Sequences of steps in time: cadences on deals, nurtures for contacts, and what follows them."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, field_validator

from domain.playbooks.condition import Condition
from domain.playbooks.words import Label, Slug, Word
from domain.strict import Objection, Strict, mapping, sequence, under
from domain.times.duration import Duration, Span

Verb = Literal["mail", "call", "task", "notify", "wait_for"]
VERBS: tuple[Verb, ...] = ("mail", "call", "task", "notify", "wait_for")
_KEYS_OF: dict[str, tuple[Verb, ...]] = {
    "review": ("mail",),
    "in_doubt": ("mail",),
    "due_in": ("call", "task"),
    "if_not_done": ("call", "task"),
    "for": ("call", "task"),
    "at_most": ("wait_for",),
    "named": ("notify", "wait_for"),
}
_DEFAULTS = {"for": "owner", "if_not_done": "go_on", "in_doubt": "hold"}
_ONE_VERB = {"oneOf": [{"required": [verb]} for verb in VERBS]}


class Step(Strict, json_schema_extra=_ONE_VERB):
    """One thing to do: exactly one verb, whose value is the step's name for ever.

    `after` counts from the previous touch unless its text names another anchor.
    """

    mail: Slug | None = Field(None, description="This mail of `templates/mail/` goes out")
    call: Label | None = Field(None, description="Somebody is to call, about this")
    task: Label | None = Field(None, description="Somebody is to do this")
    notify: Word | None = Field(None, description="A role: owner, manager or one of `roles`")
    wait_for: Word | None = Field(None, description="An event that somebody reports")
    named: Label | None = Field(None, description="A name of its own for notify and wait_for")
    after: Span | None = Field(None, description="When, counted from the touch before")
    at_most: Duration | None = Field(None, description="How long wait_for waits")
    only_if: Condition | None = Field(None, description="Otherwise the step is skipped")
    review: Literal["owner"] | None = Field(None, description="A draft that this role sends")
    in_doubt: Literal["hold", "resend", "skip"] | None = Field(
        None,
        description="When nobody can know whether it arrived: hold (unless said otherwise), "
        "resend what surely did not, or skip",
    )
    for_: Word = Field("owner", alias="for", description="The role that gets the call or task")
    due_in: Duration | None = Field(None, description="How long the call or task may take")
    if_not_done: Literal["go_on", "wait"] = Field(
        "go_on", description="What the sequence does when that time is over"
    )

    @cached_property
    def verb(self) -> Verb:
        return next(verb for verb in VERBS if getattr(self, verb) is not None)

    @cached_property
    def name(self) -> str:
        """The step's id for ever: the verb's value, or `named` where two steps would share it."""
        return self.named or str(getattr(self, self.verb))

    @classmethod
    def objections(cls, raw: Mapping[str, Any]) -> Iterator[Objection]:
        verbs = [key for key, value in raw.items() if key in VERBS and value is not None]
        if not verbs:
            yield Objection((), f"a step needs one of {', '.join(VERBS)}, e.g. mail: first-contact")
        for verb in verbs[1:]:
            told = f'one verb a step: this one already says "{verbs[0]}"; write a step of its own'
            yield Objection((verb,), told)
        for key, allowed in _KEYS_OF.items():
            if _said(raw, key) and verbs and verbs[0] not in allowed:
                told = f'"{key}" goes with {" or ".join(allowed)}, not with {verbs[0]}'
                yield Objection((key,), told)


class Outcome(Strict):
    """What follows an ending: hand the deal over, a task, a nurture or a notice."""

    assign: Word | None = Field(None, description="The role that takes the deal over")
    task: Label | None = Field(None, description="Somebody is to do this")
    nurture: Slug | None = Field(None, description="The nurture that begins")
    notify: Word | None = Field(None, description="The role that is told")
    for_: Word = Field("owner", alias="for", description="The role that gets the task")
    due_in: Duration | None = Field(None, description="How long the task may take")

    KINDS: ClassVar[tuple[Literal["assign", "task", "nurture", "notify"], ...]] = (
        "assign",
        "task",
        "nurture",
        "notify",
    )

    @property
    def kind(self) -> Literal["assign", "task", "nurture", "notify"]:
        return next(kind for kind in self.KINDS if getattr(self, kind) is not None)

    @classmethod
    def objections(cls, raw: Mapping[str, Any]) -> Iterator[Objection]:
        kinds = [key for key, value in raw.items() if key in cls.KINDS and value is not None]
        if not kinds:
            told = f"one of {', '.join(cls.KINDS)} is wanted here, e.g. nurture: welcome"
            yield Objection((), told)
        for kind in kinds[1:]:
            yield Objection(
                (kind,), f'"{kinds[0]}" already stands here; give "{kind}" its own "- "'
            )
        for key in ("for", "due_in"):
            if _said(raw, key) and kinds and kinds[0] != "task":
                yield Objection((key,), f'"{key}" goes with task, not with {kinds[0]}')


def _said(raw: Mapping[str, Any], key: str) -> bool:
    """Whether the key says more than its default; stored parts spell every default out."""
    return raw.get(key) not in (None, _DEFAULTS.get(key))


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, Mapping | Outcome) else value


Outcomes = Annotated[
    tuple[Outcome, ...],
    BeforeValidator(_as_list, json_schema_input_type=Outcome | tuple[Outcome, ...]),
]
"""One outcome or a list of them."""


class Sequence(Strict):
    """Steps in order, what stops them and what follows.

    A reply, a win, a loss, an opt-out, a hard bounce and a complaint always stop; there is no
    key to switch that off.
    """

    steps: tuple[Step, ...] = Field(min_length=1, max_length=100, description="In their order")
    stops_on: tuple[Word, ...] = Field(
        (), description="What ends it besides the stops that always hold"
    )
    minimum_gap: Duration | None = Field(
        None, description="Between mails to one person, over all cadences and nurtures"
    )
    out_of_office: Literal["wait_until_back", "go_on"] = Field(
        "wait_until_back", description="What an automatic answer does"
    )
    mailbox: Slug | None = Field(
        None, description="The mailbox its mails go out of, whoever owns the deal"
    )
    if_no_answer: Outcomes = Field((), description="What follows when all steps were in vain")
    if_answered: Outcomes = Field((), description="What follows a reply")

    def step(self, name: str) -> Step | None:
        """The step of that name, None where this version has none."""
        return next((step for step in self.steps if step.name == name), None)

    @property
    def touches(self) -> tuple[Step, ...]:
        """The steps by which we reach out to the customer: mails and calls."""
        return tuple(step for step in self.steps if step.verb in ("mail", "call"))

    @classmethod
    def objections(cls, raw: Mapping[str, Any]) -> Iterable[Objection]:
        return under("steps", step_objections(sequence(raw.get("steps"))))


class Cadence(Sequence):
    """Timed follow-ups on a deal. A reply ends it."""

    purpose: ClassVar[Literal["sales"]] = "sales"


class StartsOn(Strict):
    """The event that starts a nurture; `key` names the fact that makes two starts different."""

    event: Word = Field(description="The event's name, as it is reported")
    key: Word | None = Field(None, description="Its key in the report")


class Nurture(Sequence):
    """A series for contacts, after a deal or apart from one."""

    purpose: Literal["service", "marketing"] = Field(description="The consent each send needs")
    starts_on: StartsOn | None = Field(None, description="The event that starts it by itself")
    only_if: Condition | None = Field(None, description="Whom an event may start it for")
    again: str = Field("never", description="never, after_end or after N days")
    yields_to: Literal["cadences"] | None = Field(
        None, description="Waits while a cadence writes to the same person"
    )

    @field_validator("again")
    @classmethod
    def _again(cls, text: str) -> str:
        if text not in ("never", "after_end"):
            _again_after(text)
        return text

    @property
    def again_after(self) -> Duration | None:
        """How long after the last start one may enter again; None for never and after_end."""
        return None if self.again in ("never", "after_end") else _again_after(self.again)


def _again_after(text: str) -> Duration:
    start, _, rest = text.partition(" ")
    if start == "after" and rest:
        try:
            return _duration(rest)
        except ValueError:
            pass
    raise ValueError('write never, after_end or a duration such as "after 180 days"')


class _Holder(Strict):
    value: Duration


def _duration(text: str) -> Duration:
    return _Holder.model_validate({"value": text}).value


def step_objections(steps: list[Any]) -> Iterator[Objection]:
    """Two mails at once and two steps of one name are refused; the words say what to write."""
    seen: dict[str, int] = {}
    for number, raw in enumerate(steps):
        step = mapping(raw)
        if number and step and step.get("after") is None and step.get("wait_for") is None:
            told = 'a later step needs "after" (e.g. after: 3-5 days) or "wait_for"'
            yield Objection((number,), f"{told}; without it two steps would go at once")
        name = next((step[key] for key in ("named", *VERBS) if step.get(key)), None)
        if not isinstance(name, str):
            continue
        if name in seen:
            yield Objection((number,), _twice(name, step, seen[name]))
        seen.setdefault(name, number + 1)


def _twice(name: str, step: Mapping[str, Any], first: int) -> str:
    told = f'"{name}" is already the name of step {first}, and a name is a step\'s id for ever'
    if step.get("notify") or step.get("wait_for"):
        return f"{told}; add a name of its own, e.g. named: {name}-again"
    return f"{told}; give this one another name"
