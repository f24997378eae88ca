"""The API's own description, OpenAPI 3.1, made from the routes; a file in the docs equals it."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel

from console.access import declared
from console.api.problems import KINDS, MEDIA_TYPE, Problem, Waiting

EXAMPLES: Final = Path(__file__).with_name("examples.json")
"""For each operation what was asked and answered, as a real house did; a script writes it."""

ABOUT: Final = """\
Everything that the terminal and the console can do, for other programs.

Send `Authorization: Bearer KEY`; `sluice key add` makes keys. Bodies are JSON in UTF-8, and a key
or parameter that is not known is refused. Moments are ISO 8601 in UTC, amounts are text. Names of
people and addresses stand in bodies, never in a URL.

**Once only.** With an `Idempotency-Key` a request may be repeated: the same content is answered as
before, other content is refused (422). The key is the id of the command.

**Only if.** What has a version answers with it as `ETag`; `If-Match` refuses (412) what changed
meanwhile, `If-None-Match` spares what is known (304).

**Pages.** Lists give `next`; send it as `cursor`, with the same filters. `Link` has the address.

**Not yet.** What is accepted and not recorded within ten seconds is answered with 202 and a
`Location` that tells what became of it."""

_TAGS: Final = (
    ("Deals", "Open deals, move them, and read their past, present and future."),
    ("Overviews", "Many deals at once, as the board and the page of stagnant ones show them."),
    ("Contacts", "The people on the other side, what they agreed to, and who is barred."),
    ("Nurtures", "Series for contacts apart from a deal."),
    ("Tasks", "What people of ours have to do; drafts to approve."),
    ("Mail", "What was sent, what was not and why, what is in doubt."),
    ("Inbox", "What came in and waits for a person."),
    ("Playbooks", "The rules."),
    ("Templates", "The words."),
    ("People", "Those who use Sluice, and who is asking."),
    ("Keys", "What other programs show to be let in."),
    ("Audit", "Who asked for what, and what became of it."),
    ("Imports", "Deals and contacts from files."),
    ("Events", "The feed of everything that happened."),
    ("Webhooks", "Other programs that are told of it."),
    ("Commands", "What became of what was asked."),
    ("Memory", "The ledger and what is made from it: verified, copied; the house examined."),
)

_ALWAYS: Final = (
    "no-access",
    "forbidden",
    "not-found",
    "malformed",
    "too-many",
    "fault",
    "out-of-reach",
)
"""What can go wrong with any request; filters name things too, which may not be there."""

_LATE: Final = {"open_deal", "command_deal", "finish_task", "drop_task"}
"""What a deal's workflow decides, and may therefore answer later (202)."""

_RENAMED: Final = {
    "console__api__problems__Problem": "Problem",
    "operations__authoring__playbooks__Checked": "PlaybookChecked",
    "operations__authoring__templates__Checked": "TemplatesChecked",
    "operations__authoring__templates__Problem": "TemplateProblem",
    "operations__access__auditing__Line": "AuditLine",
    "operations__history__Line": "Line",
    "operations__doctor__Finding": "Examination",
    "store__verify__Finding": "Finding",
    "operations__inbound__inbox__Settled": "InboxSettled",
    "operations__tasks__Settled": "TaskSettled",
    "Body_upload_contacts": "ContactFiles",
    "Body_upload_deals": "DealFiles",
}
"""Names that two rooms have for things of their own, and those that the framework makes."""

_REF: Final = "#/components/schemas/{model}"


def routes_of(routers: Iterable[APIRouter]) -> Iterator[APIRoute]:
    """The routes of these routers."""
    for router in routers:
        yield from (route for route in router.routes if isinstance(route, APIRoute))


def describe(routers: Sequence[APIRouter]) -> dict[str, Any]:
    """The whole description of these routes."""
    routes = [route for route in routes_of(routers) if route.include_in_schema]
    told = _renamed(
        get_openapi(
            title="Sluice", version="1", description=ABOUT, routes=routes, openapi_version="3.1.0"
        )
    )
    told["tags"] = [{"name": name, "description": about} for name, about in _TAGS]
    told["security"] = [{"key": []}]
    parts = told["components"]
    parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for name in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(name, None)
    for model in (Problem, Waiting):
        parts["schemas"] |= _schemas(model)
    parts["responses"] = {word: _problem(word) for word in KINDS}
    for route in routes:
        for method in route.methods or ():
            _finish(told["paths"][route.path_format][method.lower()], route)
    return told


def _renamed(told: dict[str, Any]) -> dict[str, Any]:
    schemas = told["components"]["schemas"]
    told["components"]["schemas"] = {_RENAMED.get(name, name): schemas[name] for name in schemas}
    text = json.dumps(told)
    for name, better in _RENAMED.items():
        text = text.replace(f'"{_REF.format(model=name)}"', f'"{_REF.format(model=better)}"')
    made = cast(dict[str, Any], json.loads(text))
    _evened(made["components"]["schemas"])
    return made


def _evened(part: Any) -> None:
    """Rows of a fixed length as plain lists of what stands in them: more tools read those."""
    if isinstance(part, dict):
        row = part.pop("prefixItems", None)
        if row is not None:
            kinds = [one for place, one in enumerate(row) if one not in row[:place]]
            part["items"] = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        for one in part.values():
            _evened(one)
    elif isinstance(part, list):
        for one in part:
            _evened(one)


def _finish(operation: dict[str, Any], route: APIRoute) -> None:
    """What the framework does not know: who may, what can go wrong, and an example."""
    operation["summary"], _, rest = operation.pop("description").partition("\n")
    operation["description"] = "\n\n".join(filter(None, (rest.strip(), _needed(route))))
    parameters = operation.get("parameters", ())
    for one in parameters:
        one["schema"] = _spoken(one["schema"])
    answers = operation["responses"]
    answers.pop("422", None)
    for word in _problems(operation, route):
        answers[str(KINDS[word].status)] = {"$ref": f"#/components/responses/{word}"}
    named = {one["name"] for one in parameters}
    if "If-None-Match" in named:
        answers["304"] = {"description": "It is as the caller knows it"}
    if operation["operationId"] in _LATE:
        answers["202"] = {
            "description": "Accepted, not yet recorded",
            "headers": {"Location": _header("Where to ask what became of it")},
            "content": {"application/json": {"schema": {"$ref": _REF.format(model="Waiting")}}},
        }
    for status, answered in answers.items():
        if status in ("200", "201"):
            answered["description"] = answered["description"].replace("Successful Response", "Done")
            answered |= _headers(operation, named, status)
    operation["responses"] = dict(sorted(answers.items()))
    _exemplify(operation)


def _spoken(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter that may be left out: what is left out is no null."""
    told = {name: value for name, value in schema.items() if name not in ("title", "description")}
    several = [one for one in told.get("anyOf", ()) if one.get("type") != "null"]
    return {**told, **told.pop("anyOf", [{}])[0]} if len(several) == 1 else told


def _problems(operation: dict[str, Any], route: APIRoute) -> Iterator[str]:
    yield from _ALWAYS
    changes = not (route.methods or set()) <= {"GET"}
    if changes:
        yield "refused"
    if "requestBody" in operation:
        yield from ("too-long", "wrong-type")
    if any(one["name"] == "If-Match" for one in operation.get("parameters", ())):
        yield "changed-meanwhile"


def _headers(operation: dict[str, Any], named: set[str], status: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if named & {"If-None-Match"} or operation["operationId"] in ("open_deal", "command_deal"):
        found["ETag"] = _header("The version, for If-Match and If-None-Match")
    if status == "201":
        found["Location"] = _header("Where what was made is shown")
    if "cursor" in named:
        found["Link"] = _header('The address of the next page, as rel="next"')
    return {"headers": found} if found else {}


def _header(about: str) -> dict[str, Any]:
    return {"description": about, "schema": {"type": "string"}}


def _needed(route: APIRoute) -> str:
    words = [f"`{one}`" for one in dict.fromkeys(declared(route)) if one is not None]
    return f"Needs {' and '.join(words)}."


def _problem(word: str) -> dict[str, Any]:
    kind = KINDS[word]
    told: dict[str, Any] = {
        "description": f"{kind.title}. {kind.advice}",
        "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
    }
    if kind.status in (429, 503):
        told["headers"] = {"Retry-After": _header("Seconds to wait")}
    return told


def _schemas(model: type[BaseModel]) -> dict[str, Any]:
    made = model.model_json_schema(ref_template=_REF, mode="serialization")
    return {**made.pop("$defs", {}), model.__name__: made}


def _exemplify(operation: dict[str, Any]) -> None:
    example = examples().get(operation["operationId"])
    if example is None:
        return
    for one in operation.get("requestBody", {}).get("content", {}).values():
        if "request" in example:
            one["example"] = example["request"]
    answered = operation["responses"].get(str(example["status"]), {})
    for one in answered.get("content", {}).values():
        one["example"] = example["response"]


@cache
def examples() -> dict[str, dict[str, Any]]:
    """What was asked and answered in a real house, by the id of the operation."""
    if not EXAMPLES.is_file():
        return {}
    return cast(dict[str, dict[str, Any]], json.loads(EXAMPLES.read_text(encoding="utf-8")))


_NAME: Final = re.compile(r"[^/]+$")


def shape(schema: dict[str, Any]) -> str:
    """A schema in a few words, for people: `text`, `Told or Preview`, `list of DealRow`."""
    if "$ref" in schema:
        found = _NAME.search(schema["$ref"])
        return found[0] if found else ""
    for several in ("anyOf", "oneOf"):
        if several in schema:
            words = [shape(one) for one in schema[several] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(words))
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "array":
        return f"list of {shape(schema.get('items', {}))}".strip()
    kind = str(schema.get("format") or schema.get("type") or "anything")
    return {"string": "text", "integer": "number", "date-time": "moment"}.get(kind, kind)
