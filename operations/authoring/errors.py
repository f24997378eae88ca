"""What is wrong with a playbook, all at once, each as ``file:line:column path message``."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from domain.playbooks.words import suggestion
from domain.refusal import Malformed
from operations.authoring.schema import known_keys
from operations.authoring.yaml_tree import Flaw, Node, NotYaml, Place

PathTo = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to change, and where; lines and columns count from 1."""

    file: str
    line: int
    column: int
    path: str
    message: str

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def __str__(self) -> str:
        return " ".join(filter(None, (self.where, self.path, self.message)))


class PlaybookErrors(Malformed):
    """A playbook that cannot be taken; `problems` are in file order, the message has them all.

    After the first hundred the message only counts the rest.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        shown = [str(problem) for problem in self.problems[:100]]
        if len(self.problems) > len(shown):
            shown.append(f"and {len(self.problems) - len(shown)} more")
        super().__init__("\n".join(shown), self.problems[0].where)


def unreadable(file: str, error: NotYaml) -> PlaybookErrors:
    """The one problem of a text that is not YAML."""
    return PlaybookErrors([Problem(file, error.line, error.column, "", error.message)])


def problems(
    file: str, tree: Node, flaws: Iterable[Flaw], error: ValidationError | None
) -> list[Problem]:
    """Everything to change: what YAML reads doubtfully and what the models refuse."""
    flaws = list(flaws)
    doubtful = {flaw.path for flaw in flaws}
    refused = error.errors(include_url=False) if error else []
    told = [each for each in refused if tuple(each["loc"]) not in doubtful and not _echo(each)]
    texts = {tuple(each["loc"]) for each in told if each["type"] == "string_type"}
    kept = [flaw for flaw in flaws if not any(_is_in(flaw.path, place) for place in texts)]
    found = [Problem(file, *flaw.place, dotted(flaw.path), flaw.message) for flaw in kept]
    for each in told:
        path = tuple(each["loc"])
        place = _place_of(tree, path, at_key=each["type"] == "extra_forbidden")
        found.append(Problem(file, *place, dotted(path), _message(path, each)))
    return found


def dotted(path: PathTo) -> str:
    """``cadences.new-lead.steps.1.after``: entries of a list count from 0."""
    return ".".join(str(key) for key in path if key != "[key]")


def place_of(tree: Node, path: PathTo) -> Place:
    """Where the value of this path stands, or the nearest value around it."""
    return _place_of(tree, path, at_key=False)


def _place_of(tree: Node, path: PathTo, at_key: bool) -> Place:
    place, steps = tree.place, list(_steps(tree, path))
    for number, (node, key) in enumerate(steps):
        is_last = number == len(steps) - 1
        is_name = is_last and (at_key or path[-1] == "[key]") and str(key) in node.keys
        place = node.keys[str(key)] if is_name else node.children[key].place
    return place


def _steps(tree: Node, path: PathTo) -> Iterator[tuple[Node, str | int]]:
    node = tree
    for key in path:
        if key not in node.children:
            # A single outcome without its list has no entry 0 in the file.
            if key == 0 and node.keys:
                continue
            return
        yield node, key
        node = node.children[key]


def _echo(error: Any) -> bool:
    """A list counts as empty for the models when every entry of it was refused: said already."""
    return error["type"] == "too_short" and bool(error["input"])


def _is_in(path: PathTo, outer: PathTo) -> bool:
    return path[: len(outer)] == outer and len(path) > len(outer)


def _message(path: PathTo, error: Any) -> str:
    """The model's words for programmers, put into words for the people who write playbooks."""
    kind, given, last = error["type"], error["input"], path[-1] if path else ""
    match kind:
        case "extra_forbidden":
            return f'unknown key "{last}"{suggestion(last, known_keys(path[:-1]))}'
        case "missing":
            return f'"{last}" is missing'
        case "literal_error":
            return _not_one_of(given, error["ctx"]["expected"])
        case "string_type":
            return _not_a_text(given)
        case "tuple_type" | "list_type":
            return f"a list is wanted here: write [{_short(given)}]"
        case "model_type" | "model_attributes_type" | "dict_type" | "mapping_type":
            begin = "" if path else ": begin with playbook: my-process"
            return f"keys are wanted here, not {_short(given)}{begin}"
        case "too_long" if "max_length" in error.get("ctx", {}):
            return f"at most {error['ctx']['max_length']} entries fit here"
        case "too_short":
            return "at least one entry is wanted here"
        case "int_type" | "int_parsing" | "int_from_float":
            return f"a whole number is wanted here, not {_short(given)}"
        case "string_too_short":
            return "an empty text: write one or leave it out"
        case "written" if type(given) is int and "business day" in error["msg"]:
            return f"{given} has no unit: write '{given} days' or '{given} hours'"
    return str(error["msg"]).removeprefix("Value error, ")


def _not_one_of(given: Any, expected: str) -> str:
    words = re.findall(r"'([^']*)'", expected)
    near = suggestion(given, words)
    known = near if near.startswith("; did") else ""
    return f"{_short(given)} is not known here{known or '; write ' + ', '.join(words)}"


def _not_a_text(given: Any) -> str:
    if isinstance(given, dict) and given:
        key, value = next(iter(given.items()))
        text = f"{key}: {value}" if value is not None else f"{key}"
        return f'a ":" or "?" makes this more than a text: put it in quotes: "{text}"'
    if isinstance(given, list):
        return "one text is wanted here, not a list"
    return f'a text is wanted here: put it in quotes: "{_short(given)}"'


def _short(given: Any) -> str:
    if isinstance(given, dict):
        return "{" + ", ".join(f"{key}: …" for key in given) + "}"
    if isinstance(given, list):
        return "a list"
    if isinstance(given, bool):
        return str(given).lower()
    text = "nothing" if given is None else str(given)
    return text if len(text) <= 60 else text[:60] + "…"
