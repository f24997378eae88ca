"""How the shape of data is told in plain words: from JSON Schema, for the reference."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.times.duration import Duration, Span

Schema = Mapping[str, Any]

FORMATS = {
    "date-time": "moment",
    "date": "day",
    "path": "path",
    "password": "text, kept secret",
}
PATTERNS = {
    r"^[\w.@:+-]+$": "word",
    "^[A-Z]{3}$": "three capitals",
    r"^[a-z0-9]+([-_][a-z0-9]+)*$": "name",
    r"^[a-z][a-z0-9_]*$": "word",
    r"^[^\W_][\w.+-]*$": "name",
    Duration.pattern: "length of time",
    Span.pattern: "length or range of time",
}
PLAIN = {"integer": "whole number", "number": "number", "boolean": "yes or no", "null": "nothing"}


def spoken(schema: Schema) -> str:
    """What a value of this schema is, in a few words of Markdown."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return "one of " + ", ".join(f"`{each}`" for each in schema["enum"])
    if "anyOf" in schema:
        return _either(schema["anyOf"])
    kind = schema.get("type")
    if kind == "string":
        return _text(schema)
    if kind == "array":
        return f"list: {spoken(schema['items'])}" if "items" in schema else "list"
    if kind == "object":
        return _object(schema)
    return PLAIN.get(str(kind), "anything")


def _either(options: Sequence[Schema]) -> str:
    real = [option for option in options if option.get("type") != "null"]
    if sorted(str(option.get("type")) for option in real) == ["number", "string"]:
        # A decimal number may be written as text, so that no digit is lost.
        return "amount"
    return ", or ".join(dict.fromkeys(spoken(option) for option in real))


def _text(schema: Schema) -> str:
    for source, words in ((schema.get("format"), FORMATS), (schema.get("pattern"), PATTERNS)):
        if source in words:
            return words[source]
    if "examples" in schema:
        return "text such as " + " or ".join(f"`{each}`" for each in schema["examples"][:2])
    longest = schema.get("maxLength")
    return f"text of at most {longest:,} characters" if longest else "text"


def _object(schema: Schema) -> str:
    if "properties" in schema:
        return "keys " + ", ".join(f"`{key}`" for key in schema["properties"])
    values = [*schema.get("patternProperties", {}).values()]
    values += [each for each in [schema.get("additionalProperties")] if isinstance(each, Mapping)]
    return f"by name: {spoken(values[0])}" if values else "keys of your own"


def prose(text: str | None) -> str:
    """A docstring as Markdown: each paragraph on one line, code in single backticks."""
    paragraphs = (text or "").strip().replace("``", "`").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def cell(text: str) -> str:
    """A text that may stand in a table."""
    return " ".join(text.split()).replace("|", "\\|")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; a column in which no row says anything is left out."""
    used = [at for at in range(len(heads)) if any(row[at] for row in rows)]
    lines = [[heads[at] for at in used], ["---"] * len(used)]
    lines += [[cell(row[at]) for at in used] for row in rows]
    return "\n".join("| " + " | ".join(line).rstrip() + " |" for line in lines)
