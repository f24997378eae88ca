"""Writes docs/reference/ from the code, so that it cannot say anything else than the code.

`.venv/bin/python scripts/reference.py` writes the pages anew; a test compares them.
"""

import ast
import inspect
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from typer.main import get_command

import settings
from cli.main import app
from domain import commands, deal_events, house_events, touch_events
from domain.event import Happened
from domain.events import KINDS
from domain.playbooks import playbook, sequence
from domain.times import calendar
from domain.times.duration import Duration, Span
from operations.authoring.schema import schema
from operations.importing.contacts import COLUMNS
from operations.importing.mapping import ContactMapping, DealMapping
from scripts.shapes import prose, spoken, table

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "docs" / "reference"
MADE_BY: Final = "<!-- Written by scripts/reference.py; change the code and run it again. -->"

KEYS: Final = ("key", "holds", "if left out", "meaning")


def page(title: str, *parts: str) -> str:
    """One page: title, who made it, and its parts."""
    return "\n\n".join([f"# {title}", MADE_BY, *(part for part in parts if part)]) + "\n"


def events() -> str:
    """Every kind of event."""
    told = [
        "What can have happened. An event is kept for ever and never changed; it carries ids, "
        "kinds and moments, never a name or a text. " + prose(Happened.__doc__).split("\n\n")[1],
        "Beside each event the ledger keeps its stream and version, its position, when it was "
        "recorded, the actor, the cause, the command's id and the version of the playbook.",
    ]
    rooms: list[tuple[str, ModuleType]] = [
        ("Deals", deal_events),
        ("Follow-ups, tasks and notices", touch_events),
        ("Contacts, people, playbooks and the mail room", house_events),
    ]
    shapes: dict[str, Any] = {}
    for title, module in rooms:
        told.append(f"## {title}")
        for kind, model in KINDS.items():
            if model.__module__ == module.__name__:
                told += _shape(f"### {kind}", model, "serialization", shapes, skip={"kind", "at"})
    return page("Events", *told, *_shared(shapes))


def asked() -> str:
    """Every command that a deal takes."""
    told = [
        "What can be asked of a deal, by a page, by `sluice deal` or by a program. A key that a "
        "command does not know is refused. The texts in a command are kept where they can be "
        "erased and never reach an event.",
    ]
    shapes: dict[str, Any] = {}
    for model in get_args(commands.AnyCommand):
        kind = model.model_fields["kind"].default
        told += _shape(f"## {kind}", model, "validation", shapes, skip={"kind"})
    return page("Commands", *told, *_shared(shapes))


def rules() -> str:
    """Every key of a playbook."""
    whole = schema()
    told = [
        "Every key that a playbook may have. The [guide for ops](../ops.md) says how they work "
        "together; the [schema](playbook.schema.json) lets an editor complete and check them.",
        "A *name* is made of letters, digits, `-` and `_`, a *word* of small letters, digits and "
        f"`_`. A *length of time* is {_examples(Duration)}; a *length or range of time* may be "
        f"{_examples(Span)}.",
    ]
    for name in _reached("Playbook", {**whole["$defs"], "Playbook": whole}):
        node = whole if name == "Playbook" else whole["$defs"][name]
        model: type[BaseModel] = next(
            vars(module)[name] for module in (playbook, sequence, calendar) if name in vars(module)
        )
        defaults = {field.alias or key: field for key, field in model.model_fields.items()}
        rows = [
            (f"`{key}`", spoken(each), _absent(defaults[key]), each.get("description", ""))
            for key, each in node["properties"].items()
        ]
        told += [f"## {name}", prose(node.get("description")), table(KEYS, rows)]
    return page("Playbook", *told)


def files() -> str:
    """What a file may say that is imported."""
    told = [
        "A **mapping** is a YAML file that says which column of an export means what; "
        "`sluice import deals FILE --map MAPPING` reads with it. Those that ship lie in "
        "`playbooks/mappings/` and are recognised by the header of a file.",
    ]
    shapes: dict[str, Any] = {}
    told += _shape("## A mapping of deals", DealMapping, "validation", shapes, skip=set())
    told += _shape("## A mapping of contacts", ContactMapping, "validation", shapes, skip=set())
    rows = [
        (f"`{word}`", ", ".join(f"`{name}`" for name in names)) for word, names in COLUMNS.items()
    ]
    told += [
        "## Columns of contacts",
        "Without a mapping, a column of a contacts' file is known by one of these names; case, "
        "blanks, hyphens and underscores do not matter. Other columns are kept as facts.",
        table(("word", "a column may be called"), rows),
    ]
    return page("Imports", *told, *_shared(shapes))


def variables() -> str:
    """Every setting."""
    properties = settings.Settings.model_json_schema()["properties"]
    meaning = dict(_attribute_docs(settings.Settings))
    rows = []
    for name, field in settings.Settings.model_fields.items():
        default = field.default
        if isinstance(default, Path) and default.is_absolute():
            shown = f"`{default.relative_to(ROOT)}` beside the program"
        elif hasattr(default, "get_secret_value"):
            shown = f"`{default.get_secret_value()}`"
        else:
            shown = _absent(field)
        variable = f"`{settings.PREFIX}{name.upper()}`"
        rows.append((variable, spoken(properties[name]), shown, meaning.get(name, "")))
    sources = prose(settings.__doc__).split("\n\n")[1]
    hint = (
        "`sluice doctor` says of each what it is, where it came from and whether it works. With "
        "`SLUICE_DEBUG` set, a command that fails shows where in the code."
    )
    heads = ("variable", "holds", "if not set", "meaning")
    return page("Settings", sources, hint, table(heads, rows))


def words() -> str:
    """Every command line."""
    door = get_command(app)
    told = [
        "Every command takes `--json` (data to stdout, messages to stderr) and `--help`. With "
        '`--json` an error is `{"error": {"type", "message", "where"}}` on stderr, and a command '
        "that is accepted and not yet recorded is "
        '`{"command_id", "deal_id", "status": "waiting"}` on stdout.',
        prose(str(door.epilog)),
    ]
    for path, command in lines():
        level = "##" if len(path) == 1 else "###"
        told += [f"{level} sluice {' '.join(path)}", prose(command.help)]
        if not getattr(command, "commands", {}):
            told += [f"```\n{_usage(path, command)}\n```", _parameters(command)]
    return page("Command line", *told)


def lines(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command of the terminal with its words, groups before what they hold."""
    command = command or get_command(app)
    if path:
        yield path, command
    if hasattr(command, "list_commands"):
        for word in command.list_commands(None):
            yield from lines(command.get_command(None, word), (*path, word))


PAGES: Final[dict[str, Callable[[], str]]] = {
    "events.md": events,
    "commands.md": asked,
    "playbook.md": rules,
    "imports.md": files,
    "settings.md": variables,
    "cli.md": words,
}


def _shape(
    heading: str, model: type[BaseModel], mode: Any, shapes: dict[str, Any], skip: set[str]
) -> list[str]:
    """A model as a heading, its docstring and a table of its keys."""
    told = model.model_json_schema(mode=mode)
    shapes.update(told.get("$defs", {}))
    rows = [
        (f"`{name}`", spoken(each), _absent(model.model_fields[name]), "")
        for name, each in told["properties"].items()
        if name not in skip
    ]
    return [heading, prose(model.__doc__), table(KEYS, rows) if rows else ""]


def _shared(shapes: dict[str, Any]) -> list[str]:
    """The shapes that several tables point to."""
    told = ["## Shapes"] if shapes else []
    for name, node in sorted(shapes.items()):
        rows = [
            (f"`{key}`", spoken(each), _plain(each["default"]) if "default" in each else "needed")
            for key, each in node["properties"].items()
        ]
        told += [f"### {name}", prose(node.get("description"))]
        told += [table((*KEYS[:2], "if left out"), rows)]
    return told


def _reached(name: str, defs: dict[str, Any]) -> list[str]:
    """A shape and all that it points to, each once, in the order in which one meets them."""
    found: list[str] = []

    def visit(node: Any) -> Iterable[str]:
        if isinstance(node, dict):
            if "$ref" in node:
                yield node["$ref"].rpartition("/")[2]
            for key, each in node.items():
                if key != "$defs":
                    yield from visit(each)
        elif isinstance(node, list):
            for each in node:
                yield from visit(each)

    waiting = [name]
    while waiting:
        here = waiting.pop(0)
        if here not in found:
            found.append(here)
            waiting += visit(defs[here])
    return found


def _examples(written: type[Duration] | type[Span]) -> str:
    return ", ".join(f"`{each}`" for each in written.examples)


def _absent(field: Any) -> str:
    """What holds where a key is left out."""
    if field.is_required():
        return "needed"
    default = field.get_default(call_default_factory=True, validated_data={})
    return "" if default is PydanticUndefined else _plain(default)


def _plain(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, BaseModel):
        return "its own defaults"
    if isinstance(value, dict | list | tuple) and not value:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"`{key}: {each}`" for key, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(f"`{each}`" for each in value)
    return f"`{value}`" if str(value) else "empty"


def _attribute_docs(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """The texts that stand below the fields of a class."""
    [body] = ast.parse(inspect.getsource(model)).body
    assert isinstance(body, ast.ClassDef)
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            value = below.value if isinstance(below, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield field.target.id, prose(value.value)


def _usage(path: tuple[str, ...], command: Any) -> str:
    said = ["sluice", *path]
    for one in command.params:
        if one.opts[0].startswith("-"):
            if one.required:
                said += [one.opts[0], _holds(one)]
        else:
            name = one.metavar or one.name.upper()
            said.append(name if one.required else f"[{name}]")
    optional = any(one.opts[0].startswith("-") and not one.required for one in command.params)
    return " ".join([*said, "[OPTIONS]"] if optional else said)


def _holds(option: Any) -> str:
    if option.metavar:
        return str(option.metavar)
    annotation = option.type_descriptor.annotation
    names = {int: "NUMBER", float: "NUMBER", Path: "FILE"}
    return "" if option.is_flag else names.get(annotation, "TEXT")


def _parameters(command: Any) -> str:
    rows = []
    for one in command.params:
        if "--json" in one.opts:
            continue
        name = one.metavar or one.name.upper()
        if one.opts[0].startswith("-"):
            name = ", ".join([*one.opts, *one.secondary_opts])
            name = f"{name} {_holds(one)}".strip()
        default = "" if one.required or one.default in (None, False) else _plain(one.default)
        often = "; may be repeated" if one.multiple else ""
        rows.append((f"`{name}`", (one.help or "") + often, default))
    return table(("word", "meaning", "if left out"), rows) if rows else ""


def main() -> None:
    """Write every page."""
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
