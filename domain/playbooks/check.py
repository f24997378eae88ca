"""Checks across a whole playbook: every name that a rule uses must be declared in the same file."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domain.activity import CADENCE_STOPS
from domain.playbooks.words import suggestion
from domain.strict import Objection, mapping, sequence, under
from domain.times.closed import closed_objections

_COUNTED = ("number", "money")


def reference_objections(raw: Mapping[str, Any]) -> Iterator[Objection]:
    """Every name that points nowhere, with the nearest name that would do."""
    yield from _pipeline(raw)
    yield from _sequences(raw)
    yield from _endings(raw)
    yield from under("calendar", closed_objections(mapping(raw.get("calendar"))))


def _pipeline(raw: Mapping[str, Any]) -> Iterator[Objection]:
    pipeline = mapping(raw.get("pipeline"))
    if not pipeline:
        if raw.get("pipeline") is None and not raw.get("nurtures"):
            yield Objection((), "a playbook needs a pipeline or nurtures")
        return
    stages = [mapping(stage) for stage in sequence(pipeline.get("stages"))]
    names = [stage.get("stage") for stage in stages]
    yield from _stage_names(pipeline, names)
    yield from _gate(raw, pipeline.get("to_win"), ("pipeline", "to_win"))
    cadences = mapping(raw.get("cadences"))
    for number, stage in enumerate(stages):
        path = ("pipeline", "stages", number)
        yield from _gate(raw, stage.get("to_enter"), (*path, "to_enter"))
        cadence = stage.get("cadence")
        if isinstance(cadence, str) and cadence not in cadences:
            told = f'no cadence is called "{cadence}"{suggestion(cadence, cadences)}'
            yield Objection((*path, "cadence"), told)


def _stage_names(pipeline: Mapping[str, Any], names: list[Any]) -> Iterator[Objection]:
    opening = pipeline.get("opportunity_from")
    if isinstance(opening, str) and opening not in names:
        told = f'no stage is called "{opening}"{suggestion(opening, filter(None, names))}'
        yield Objection(("pipeline", "opportunity_from"), told)
    after = sequence(pipeline.get("after_won"))
    places: list[tuple[tuple[str | int, ...], Any]] = [
        *((("pipeline", "stages", number, "stage"), name) for number, name in enumerate(names)),
        *((("pipeline", "after_won", number), name) for number, name in enumerate(after)),
    ]
    seen: set[str] = set()
    for place, name in places:
        if not isinstance(name, str):
            continue
        if name in seen:
            yield Objection(place, f'a stage called "{name}" is already there; take another name')
        if name.lower() in ("won", "lost"):
            yield Objection(place, f'"{name}" is how a deal ends, not a stage; leave it out')
        seen.add(name)


def _gate(raw: Mapping[str, Any], gate: Any, path: tuple[str | int, ...]) -> Iterator[Objection]:
    fields = mapping(raw.get("fields"))
    rules = mapping(gate)
    for number, name in enumerate(sequence(rules.get("filled"))):
        if isinstance(name, str) and name not in fields:
            yield Objection((*path, "filled", number), _no_field(name, fields))
    for name in mapping(rules.get("at_least")):
        kind = fields.get(name)
        if name not in fields:
            yield Objection((*path, "at_least", name), _no_field(name, fields))
        elif isinstance(kind, str) and not kind.endswith(" list") and kind not in _COUNTED:
            told = f'"{name}" is a {kind}: at_least wants a list, number or money'
            yield Objection((*path, "at_least", name), told)


def _no_field(name: Any, fields: Mapping[str, Any]) -> str:
    return f'no field is called "{name}"{suggestion(name, fields) or "; declare it in fields"}'


def _sequences(raw: Mapping[str, Any]) -> Iterator[Objection]:
    for group in ("cadences", "nurtures"):
        for name, value in mapping(raw.get(group)).items():
            rules, path = mapping(value), (group, name)
            yield from _roles_of_steps(raw, rules.get("steps"), (*path, "steps"))
            for ending in ("if_no_answer", "if_answered"):
                yield from _outcomes(raw, rules.get(ending), (*path, ending))
            if group == "cadences":
                yield from _stops(rules, path)
    then = mapping(raw.get("stagnation")).get("then")
    yield from _roles_of_steps(raw, then, ("stagnation", "then"))


def _stops(rules: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[Objection]:
    for number, word in enumerate(sequence(rules.get("stops_on"))):
        if isinstance(word, str) and word not in CADENCE_STOPS:
            told = f'"{word}" cannot stop a cadence{suggestion(word, CADENCE_STOPS)}'
            yield Objection((*path, "stops_on", number), told)


def _roles_of_steps(
    raw: Mapping[str, Any], steps: Any, path: tuple[str | int, ...]
) -> Iterator[Objection]:
    for number, step in enumerate(sequence(steps)):
        for key in ("for", "for_", "notify"):
            yield from _role(raw, mapping(step).get(key), (*path, number, key.rstrip("_")))


def _role(raw: Mapping[str, Any], role: Any, path: tuple[str | int, ...]) -> Iterator[Objection]:
    known = {"owner", "manager", *mapping(raw.get("roles"))}
    if isinstance(role, str) and role not in known:
        told = f'nobody has the role "{role}"{suggestion(role, known)}'
        yield Objection(path, told if told.endswith("?") else f"{told}; declare others in roles")


def _outcomes(
    raw: Mapping[str, Any], value: Any, path: tuple[str | int, ...]
) -> Iterator[Objection]:
    value = [value] if isinstance(value, Mapping) else value
    for number, outcome in enumerate(sequence(value)):
        rules = mapping(outcome)
        for key in ("assign", "notify", "for", "for_"):
            yield from _role(raw, rules.get(key), (*path, number, key.rstrip("_")))
        nurture = rules.get("nurture")
        yield from _nurture(raw, nurture, (*path, number, "nurture"), ())


def _endings(raw: Mapping[str, Any]) -> Iterator[Objection]:
    yield from _outcomes(raw, raw.get("won"), ("won",))
    for reason, nurture in mapping(raw.get("lost")).items():
        yield from _nurture(raw, nurture, ("lost", reason), ("nothing",))


def _nurture(
    raw: Mapping[str, Any], name: Any, path: tuple[str | int, ...], also: Iterable[str]
) -> Iterator[Objection]:
    known = {*mapping(raw.get("nurtures")), *also}
    if isinstance(name, str) and name not in known:
        yield Objection(path, f'no nurture is called "{name}"{suggestion(name, known)}')
