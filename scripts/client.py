"""Writes client/calls/ and client/shapes/ from the API's description; a test compares them.

`.venv/bin/python scripts/client.py` writes them anew, with docs/reference/openapi.json.
"""

import json
import keyword
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from console.api.mount import described

ROOT: Final = Path(__file__).parent.parent
DESCRIPTION: Final = ROOT / "docs" / "reference" / "openapi.json"
PREFIX: Final = "/api/v1"
MADE_BY: Final = "# Written by scripts/client.py from the description of the API; run it again."

Schema = dict[str, Any]
_WORDS: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}


def as_text(told: Schema) -> str:
    """The description as it is kept."""
    return json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


class Shelf:
    """The shapes, each in the file of the first tag that asks or answers with it."""

    def __init__(self, told: Schema) -> None:
        self.schemas: Schema = told["components"]["schemas"]
        self.place: dict[str, str] = {}
        for tag in [one["name"] for one in told["tags"]]:
            for _, _, operation in operations(told):
                if operation["tags"][0] == tag:
                    self._put(operation.get("requestBody"), f"{tag.lower()}_asked")
                    self._put(operation["responses"], tag.lower())

    def _put(self, part: Any, file: str) -> None:
        if isinstance(part, list):
            for one in part:
                self._put(one, file)
        elif isinstance(part, dict):
            for name, one in part.items():
                if name in ("$ref", "mapping", "example", "examples"):
                    self._refer(one, file)
                else:
                    self._put(one, file)

    def _refer(self, told: Any, file: str) -> None:
        name = str(told).rpartition("/")[2] if isinstance(told, str) else ""
        if name in self.schemas and name not in self.place:
            self.place[name] = file
            self._put(self.schemas[name], file)

    def file(self, file: str) -> str:
        """The shapes of one file."""
        names = [name for name in sorted(self.place) if self.place[name] == file]
        body = "\n\n".join(self._shape(name) for name in names)
        about = f"{file.replace('_asked', ', asked').capitalize()}: shapes of what is said."
        imports = _imports(body, self, f"shapes.{file}")
        return "\n".join([_head(about), *imports, "", body, ""])

    def _shape(self, name: str) -> str:
        schema = self.schemas[name]
        keys = schema.get("properties", {})
        if schema.get("type") != "object" or not keys:
            return f"{name} = {python(schema)}"
        wanted = set(schema.get("required", ()))
        rows = [
            f'    "{key}": {"" if key in wanted else "NotRequired["}'
            f"{_quoted(python(one))}{'' if key in wanted else ']'},"
            for key, one in keys.items()
        ]
        if any(keyword.iskeyword(key) for key in keys):
            head = [f"{name} = TypedDict(", f'    "{name}",', "    {"]
            return "\n".join([*head, *rows, "    },", ")"])
        lines = [row.strip().replace('"', "", 2).rstrip(",") for row in rows]
        return "\n".join([f"class {name}(TypedDict):", f'    """{_about(schema, name)}"""', "",
                          *(f"    {line}" for line in lines)])  # fmt: skip


def operations(told: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Each path with a method and its operation."""
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def python(schema: Schema) -> str:
    """A schema as a type of Python."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(python(one) for one in schema[several]))
    if "enum" in schema or "const" in schema:
        words = schema.get("enum") or [schema["const"]]
        return f"Literal[{', '.join(json.dumps(word) for word in words)}]"
    match schema.get("type"):
        case "array" if "prefixItems" in schema:
            words = dict.fromkeys(map(python, schema["prefixItems"]))
            return f"list[{' | '.join(words)}]"
        case "array":
            return f"list[{python(schema.get('items', {}))}]"
        case "object":
            more = schema.get("additionalProperties")
            return f"dict[str, {python(more) if isinstance(more, dict) else 'Any'}]"
        case "null":
            return "None"
        case str(word):
            return _WORDS[word]
        case _:
            return "Any"


def calls(told: Schema, shelf: Shelf, tag: str) -> str:
    """The methods of one tag."""
    some = [one for one in operations(told) if one[2]["tags"][0] == tag]
    body = "\n\n".join(_method(*one) for one in some)
    head = [_head(f"{tag}: one method an operation.")]
    made = [f"class {tag}Calls(Wire):", f'    """{_tag(told, tag)}"""', "", body, ""]
    return "\n".join([*head, *_imports(body, shelf, f"calls.{tag.lower()}"), "", *made])


def _method(path: str, method: str, operation: Schema) -> str:
    its_path = path.removeprefix(PREFIX)
    said = operation.get("parameters", ())
    query = [one for one in said if one["in"] == "query"]
    headers = [one["name"] for one in said if one["in"] == "header"]
    ids = re.findall(r"{(\w+)}", its_path)
    content = operation.get("requestBody", {}).get("content", {})
    form = content.get("multipart/form-data", {}).get("schema")
    arguments = ["self", *(f"{one}: str" for one in ids)]
    filled = re.sub(r"{(\w+)}", r"{segment(\1)}", its_path)
    sent = [f'"{method.upper()}"', f'{"f" if ids else ""}"{filled}"']
    if "application/json" in content:
        arguments.append(f"body: {python(content['application/json']['schema'])}")
        sent.append("body=body")
    named = [f"{one['name']}: {_optional(python(one['schema']))} = None" for one in query]
    if query:
        pairs = ", ".join(f'"{one["name"]}": {one["name"]}' for one in query)
        sent.append("query={" + pairs + "}")
    answer = _answer(operation)
    if form is not None:
        named = [*_parts(form["$ref"]), *named]
        sent += _uploads(form["$ref"])
    if "Idempotency-Key" in headers:
        named.append("idempotency_key: str | None = None")
        sent += ["idempotency_key=idempotency_key", "keyed=True"]
    for header, name in (("If-Match", "if_match"), ("If-None-Match", "if_none_match")):
        if header in headers:
            named.append(f"{name}: int | None = None")
            sent.append(f"{name}={name}")
    if "If-None-Match" in headers:
        answer = f"{answer} | None"
    arguments += ["*", *named] if named else []
    return "\n".join([
        f"    async def {operation['operationId']}({', '.join(arguments)}) -> {answer}:",
        f'        """{operation["summary"]}"""',
        f"        return cast({_quoted(answer)}, await self._call({', '.join(sent)}))",
    ])  # fmt: skip


UPLOADS: dict[str, Schema] = {}
"""The forms with files, by their address; filled when the description is read."""


def _parts(reference: str) -> list[str]:
    form = UPLOADS[reference]
    wanted = set(form.get("required", ()))
    found = []
    for name, part in form["properties"].items():
        kind = "File" if _is_file(part) else python(part)
        found.append(f"{name}: {kind}" if name in wanted else f"{name}: {_optional(kind)} = None")
    return found


def _uploads(reference: str) -> list[str]:
    parts = UPLOADS[reference]["properties"]
    files = ", ".join(f'"{name}": {name}' for name, one in parts.items() if _is_file(one))
    rest = ", ".join(f'"{name}": {name}' for name, one in parts.items() if not _is_file(one))
    return ["files={" + files + "}", "form={" + rest + "}"]


def _is_file(part: Schema) -> bool:
    return any(
        "contentMediaType" in one or one.get("format") == "binary"
        for one in (part, *part.get("anyOf", ()))
    )


def _optional(kind: str) -> str:
    return kind if kind.endswith("None") else f"{kind} | None"


def _answer(operation: Schema) -> str:
    schemas = [
        python(body["schema"])
        for status, answer in operation["responses"].items()
        if status in ("200", "201")
        for body in answer.get("content", {}).values()
    ]
    return " | ".join(dict.fromkeys(word for one in schemas for word in one.split(" | ")))


def _imports(body: str, shelf: Shelf, here: str) -> list[str]:
    lines = []
    body = re.sub(r'""".*?"""', "", body)
    typing = [name for name in ("Any", "Literal", "NotRequired", "TypedDict", "cast")
              if re.search(rf"\b{name}\b", body)]  # fmt: skip
    lines += [f"from typing import {', '.join(typing)}", ""] if typing else []
    for file in sorted(set(shelf.place.values())):
        names = [name for name, place in sorted(shelf.place.items())
                 if place == file and re.search(rf"\b{name}\b", body)]  # fmt: skip
        if names and here != f"shapes.{file}":
            lines.append(f"from client.shapes.{file} import {', '.join(names)}")
    if here.startswith("calls"):
        wire = [name for name in ("File", "Wire", "segment") if re.search(rf"\b{name}\b", body)]
        lines.append(f"from client.wire import {', '.join(sorted({*wire, 'Wire'}))}")
    return lines


def _head(about: str) -> str:
    return f'"""{about}"""\n\n{MADE_BY}\n'


def _quoted(kind: str) -> str:
    return f'"{kind}"' if re.search(r"[A-Z]\w+", kind) and "Literal" not in kind else kind


def _about(schema: Schema, name: str) -> str:
    first = str(schema.get("description") or f"The shape {name}").split("\n")[0].strip()
    first = re.sub(r"(?<=[a-z)`])\. .*", ".", first)
    return first if first.endswith(".") else f"{first} …" if len(first) > 90 else first


def _tag(told: Schema, tag: str) -> str:
    return next(str(one["description"]) for one in told["tags"] if one["name"] == tag)


def files() -> dict[Path, str]:
    """Everything that is written, by its place; Python as the formatter leaves it."""
    told = described()
    schemas = told["components"]["schemas"]
    UPLOADS.clear()
    UPLOADS.update({f"#/components/schemas/{name}": one for name, one in schemas.items()})
    shelf, tags = Shelf(told), [one["name"] for one in told["tags"]]
    made = {ROOT / "client" / "shapes" / f"{file}.py": shelf.file(file)
            for file in sorted(set(shelf.place.values()))}  # fmt: skip
    for tag in tags:
        made[ROOT / "client" / "calls" / f"{tag.lower()}.py"] = calls(told, shelf, tag)
    made[ROOT / "client" / "sluice.py"] = _whole(tags)
    for room in ("shapes", "calls"):
        made[ROOT / "client" / room / "__init__.py"] = _head(f"The {room} of the client.")
    return {DESCRIPTION: as_text(told), **{path: formatted(text) for path, text in made.items()}}


def _whole(tags: list[str]) -> str:
    bases = ", ".join(f"{tag}Calls" for tag in tags)
    imports = [f"from client.calls.{tag.lower()} import {tag}Calls" for tag in sorted(tags)]
    made = f'class Sluice({bases}):\n    """Everything that can be asked of a house."""'
    return "\n".join([_head("The whole client."), *imports, "", made, ""])


def formatted(text: str) -> str:
    """The text as the project's formatter leaves it."""
    ruff = str(Path(sys.executable).with_name("ruff"))
    for command in (["check", "--fix-only", "--select", "I"], ["format"]):
        done = subprocess.run(
            [ruff, *command, "--quiet", "--stdin-filename", "client/made.py", "-"],
            input=text,
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        text = done.stdout
    return text


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
