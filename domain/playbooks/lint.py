"""Advice on a playbook that is right but perhaps not wise; nothing here refuses anything."""

from collections.abc import Iterator

from domain.activity import NURTURE_STOPS
from domain.playbooks.playbook import Playbook
from domain.playbooks.sequence import Nurture, Sequence
from domain.playbooks.words import suggestion
from domain.strict import Objection
from domain.times.duration import Duration

FEWEST_TOUCHES = 6
"""Six to eight touches make a lead viable; most people give up after two."""
LEAST_HOURS = 48
_HOURS = {"minute": 1 / 60, "hour": 1, "day": 24, "week": 168, "month": 720, "year": 8760}


def lint(playbook: Playbook) -> Iterator[Objection]:
    """Warnings, each with the path that it is about."""
    for name, cadence in playbook.cadences.items():
        yield from _touches(("cadences", name), cadence)
        yield from _gaps(("cadences", name), cadence)
    for name, nurture in playbook.nurtures.items():
        yield from _gaps(("nurtures", name), nurture)
        yield from _events(("nurtures", name), nurture)
    yield from _chances(playbook)
    if playbook.pipeline is not None and "lost" not in playbook.model_fields_set:
        told = "nothing follows a lost deal: write lost: {price: check-in, …} with a nurture"
        yield Objection(("pipeline",), told)


def _touches(path: tuple[str, str], cadence: Sequence) -> Iterator[Objection]:
    count = len(cadence.touches)
    writes_by_itself = any(step.mail and step.review is None for step in cadence.steps)
    if writes_by_itself and count < FEWEST_TOUCHES:
        told = f"only {count} mails and calls; it usually takes {FEWEST_TOUCHES} to 8"
        yield Objection((*path, "steps"), told)


def _gaps(path: tuple[str, str], rules: Sequence) -> Iterator[Objection]:
    if rules.minimum_gap is not None and _hours(rules.minimum_gap) < LEAST_HOURS:
        told = f"{rules.minimum_gap} is a short gap; under {LEAST_HOURS} hours feels like pressure"
        yield Objection((*path, "minimum_gap"), told)
    for number, step in enumerate(rules.steps):
        short = step.after is not None and _hours(step.after.low) < LEAST_HOURS
        if short and number and step in rules.touches and rules.steps[number - 1] in rules.touches:
            told = f"{step.after} is soon after the last touch; under {LEAST_HOURS} hours presses"
            yield Objection((*path, "steps", number, "after"), told)


def _hours(length: Duration) -> float:
    return length.amount * _HOURS.get(length.unit, 24)


def _events(path: tuple[str, str], nurture: Nurture) -> Iterator[Objection]:
    own = {step.wait_for for step in nurture.steps}
    if nurture.starts_on is not None:
        own.add(nurture.starts_on.event)
    for number, word in enumerate(nurture.stops_on):
        near = suggestion(word, NURTURE_STOPS)
        if word not in NURTURE_STOPS and word not in own and near.startswith("; did"):
            told = f'"{word}" is taken as an event of your own{near}'
            yield Objection((*path, "stops_on", number), told)


def _chances(playbook: Playbook) -> Iterator[Objection]:
    stages = playbook.pipeline.stages if playbook.pipeline else ()
    for number in range(1, len(stages)):
        if stages[number].chance < stages[number - 1].chance:
            told = f"the chance is lower than in {stages[number - 1].stage}, the stage before"
            yield Objection(("pipeline", "stages", number, "chance"), told)
