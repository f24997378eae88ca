"""What differs between two versions of a playbook's parts, told in words part by part."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from operations.deal_view import View

_NAMES = ("named", "stage", "mail", "call", "task", "notify", "wait_for", "assign", "nurture")
"""The keys by which an entry of a list is recognised in its next version, the first that it has."""


class Change(View):
    """One difference: which part, where in it, and what it was and becomes (None: not there)."""

    part: str
    path: str
    before: str | None
    after: str | None

    @property
    def text(self) -> str:
        """The change as a sentence."""
        if self.before is None:
            return f"{self.path}: new: {self.after}"
        if self.after is None:
            return f"{self.path}: gone (was {self.before})"
        return f"{self.path}: {self.before} becomes {self.after}"


def changes(before: Mapping[str, BaseModel], after: Mapping[str, BaseModel]) -> list[Change]:
    """Everything that differs, part by part; equal parts give nothing."""
    found: list[Change] = []
    for name in [*after, *(name for name in before if name not in after)]:
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            was = None if old is None else _told(name, old)
            becomes = None if new is None else _told(name, new)
            found.append(Change(part=name, path=_part(name), before=was, after=becomes))
            continue
        found += _within(name, old, new)
    return found


def _within(part: str, before: BaseModel, after: BaseModel) -> Iterator[Change]:
    old, new = _flat(before), _flat(after)
    # A step that is new, or gone, is told by what was written of it, not by every default.
    said = {*_flat(before, written=True), *_flat(after, written=True)}
    for path in [*new, *(path for path in old if path not in new)]:
        silent = path not in said and (path not in old or path not in new)
        if old.get(path) != new.get(path) and not silent:
            shown = f"{_part(part)}, {path}" if path else _part(part)
            yield Change(part=part, path=shown, before=old.get(path), after=new.get(path))


def _part(name: str) -> str:
    kind, _, its = name.partition(":")
    return f"{kind} {its}" if its else kind


def _told(name: str, part: BaseModel) -> str:
    steps = getattr(part, "steps", None)
    return f"{len(steps)} steps" if steps is not None else _part(name)


def _flat(part: BaseModel, *, written: bool = False) -> dict[str, str]:
    """The part as path and value; entries of lists go by their names, holidays by their count.

    `written`: without what is as it would be if nothing were said.
    """
    data = part.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=written)
    days = data.pop("holidays", None)
    data.pop("holidays_from", None)
    found = dict(_walk("", data))
    if days is not None:
        found["public holidays"] = ", ".join(f"{land} {len(each)}" for land, each in days.items())
        ends = sorted(day for each in days.values() for day in each)
        found["public holidays known until"] = str(ends[-1])[:4] if ends else "never"
    order = [_name(entry) for entry in data.get("steps", []) if isinstance(entry, dict)]
    if order:
        found["order of steps"] = ", ".join(order)
    return found


def _walk(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(f"{path} {key}".strip().replace("_", " "), inner)
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for number, inner in enumerate(value):
            name = _name(inner) or str(number + 1)
            noun = path.removesuffix("s") if path.endswith("s") else path
            yield from _walk(f"{noun} {name}".strip(), inner)
    elif isinstance(value, list):
        yield path, ", ".join(str(one) for one in value) or "nothing"
    elif value not in ("", [], {}):
        yield path, "yes" if value is True else "no" if value is False else str(value)


def _name(entry: Any) -> str:
    if not isinstance(entry, dict):
        return ""
    return next((str(entry[key]) for key in _NAMES if entry.get(key)), "")
