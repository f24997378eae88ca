"""Playbook files: read one or a folder of them, with every error and warning in its place."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from domain.playbooks.lint import lint
from domain.playbooks.playbook import Playbook
from domain.playbooks.words import suggestion
from domain.refusal import NotFound
from operations.authoring.errors import PlaybookErrors, Problem, dotted, place_of, problems
from operations.authoring.errors import unreadable as _unreadable
from operations.authoring.yaml_tree import Flaw, Node, NotYaml, decode, read, text_of


@dataclass(frozen=True)
class Loaded:
    """A playbook that may be published, and what somebody should look at before."""

    playbook: Playbook
    warnings: tuple[Problem, ...]
    file: str


def load(path: Path, mails: Collection[str] | None = None) -> Loaded:
    """The playbook in this file; with `mails`, every mail that a step names must be one of them.

    Raises PlaybookErrors with all problems at once, NotFound where there is no such file.
    """
    file = str(path)
    try:
        text = text_of(path)
    except NotYaml as error:
        raise _unreadable(file, error) from error
    except OSError as error:
        raise NotFound(f"there is no playbook file {file} that can be read", file) from error
    return load_text(text, file, mails)


def load_text(
    text: str | bytes, file: str = "playbook.yaml", mails: Collection[str] | None = None
) -> Loaded:
    """The playbook in this text; `file` is how errors name it. Raises PlaybookErrors."""
    try:
        tree, flaws = read(decode(text if isinstance(text, bytes) else text.encode()))
    except NotYaml as error:
        raise _unreadable(file, error) from error
    playbook, refused = None, None
    try:
        playbook = Playbook.model_validate(tree.value)
    except ValidationError as error:
        refused = error
    found = problems(file, tree, [*flaws, *_resolved(tree)], refused)
    found += _mails(file, tree, mails)
    if found or playbook is None:
        raise PlaybookErrors(found)
    warnings = (
        Problem(file, *place_of(tree, each.path), dotted(each.path), each.message)
        for each in lint(playbook)
    )
    return Loaded(playbook, tuple(sorted(warnings)), file)


def load_folder(folder: Path, mails: Collection[str] | None = None) -> list[Loaded]:
    """Every playbook of a folder, by name. Raises PlaybookErrors with the problems of all files."""
    found: list[Loaded] = []
    wrong: list[Problem] = []
    for path in files(folder):
        try:
            found.append(load(path, mails))
        except PlaybookErrors as error:
            wrong += error.problems
    wrong += _twice(found)
    if wrong:
        raise PlaybookErrors(wrong)
    return sorted(found, key=lambda loaded: loaded.playbook.playbook)


def files(folder: Path) -> list[Path]:
    """The playbook files of a folder, by name."""
    return sorted(path for path in folder.glob("*.y*ml") if path.suffix in (".yaml", ".yml"))


def find(name: str, folder: Path) -> Path:
    """The file that a command means: a path, or the name of a playbook in the folder. NotFound."""
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        return path
    by_name = {path.stem: path for path in files(folder)}
    if name not in by_name:
        raise NotFound(f'no playbook file is called "{name}"{suggestion(name, by_name)}', name)
    return by_name[name]


def _resolved(tree: Node) -> Iterator[Flaw]:
    """Holidays are dates that publishing looks up; a file that brings its own would go stale."""
    calendar = tree.children.get("calendar")
    for key in ("holidays", "holidays_from"):
        if calendar is not None and key in calendar.keys:
            told = f'publishing fills in "{key}": name the country, and your own days in blackout'
            yield Flaw(calendar.keys[key], ("calendar", key), told)


def _mails(file: str, tree: Node, mails: Collection[str] | None) -> Iterator[Problem]:
    if mails is None:
        return
    for group in ("cadences", "nurtures"):
        for name, rules in _items(tree.children.get(group)):
            for number, step in _items(rules.children.get("steps")):
                mail = step.children.get("mail")
                if mail is not None and mail.value not in mails:
                    told = f'no mail is called "{mail.value}"{suggestion(mail.value, mails)}'
                    path = dotted((group, name, "steps", number, "mail"))
                    yield Problem(file, *mail.place, path, told)


def _items(node: Node | None) -> Iterable[tuple[str | int, Node]]:
    return node.children.items() if node is not None else ()


def _twice(found: Iterable[Loaded]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for loaded in found:
        name = loaded.playbook.playbook
        if name in seen:
            told = f'"{name}" is already the name of {seen[name]}'
            yield Problem(loaded.file, 1, 1, "playbook", told)
        seen.setdefault(name, loaded.file)
