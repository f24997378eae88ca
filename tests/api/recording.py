"""What was asked of the API and answered, by the id of the operation."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from jsonschema import Draft202012Validator


@dataclass
class Visit:
    """One good answer, and the body that was sent for it."""

    status: int
    answer: Any
    asked: Any = None


@dataclass(frozen=True)
class Look:
    """What somebody was answered who only looked."""

    who: str
    operation: str
    path: str
    status: int
    text: str


@dataclass
class Recorder:
    """Keeps good answers as they pass by; `looks` are what others were answered afterwards."""

    described: dict[str, Any] = field(default_factory=dict)
    answered: dict[str, list[Visit]] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)
    personal: frozenset[str] = frozenset()

    async def keep(self, answer: httpx.Response) -> None:
        if not self.described or not answer.is_success:
            return
        request = answer.request
        await answer.aread()
        name = operation_of(self.described, request.method, request.url.path)
        is_json = request.headers.get("content-type") == "application/json"
        asked = json.loads(request.content) if is_json else None
        visit = Visit(answer.status_code, answer.json(), asked)
        self.answered.setdefault(name, []).append(visit)

    def ids(self, key: str) -> list[str]:
        """Every id that was answered under that key, in the order in which they came."""
        found: dict[str, None] = {}
        waiting: list[Any] = [one.answer for some in self.answered.values() for one in some]
        while waiting:
            told = waiting.pop(0)
            if isinstance(told, dict):
                if isinstance(told.get(key), str):
                    found[told[key]] = None
                waiting += told.values()
            elif isinstance(told, list):
                waiting += told
        return [*found]

    def operations(self) -> Iterator[dict[str, Any]]:
        for methods in self.described["paths"].values():
            yield from methods.values()

    def validator(self, name: str, status: int) -> Draft202012Validator:
        """What holds an answer of that operation against its description."""
        operation = next(one for one in self.operations() if one["operationId"] == name)
        content = operation["responses"][str(status)]["content"]
        schema = {**content["application/json"]["schema"]}
        schema["components"] = self.described["components"]
        return Draft202012Validator(schema)


def operation_of(described: dict[str, Any], method: str, path: str) -> str:
    """The id of the operation that a request asks for: the one with the fewest blanks."""
    found = [
        (template.count("{"), operations[method.lower()]["operationId"])
        for template, operations in described["paths"].items()
        if method.lower() in operations
        and re.fullmatch(
            re.sub(r"{\w+}", "[^/]+", re.escape(template).replace(r"\{", "{").replace(r"\}", "}")),
            path,
        )
    ]
    return str(min(found)[1])
