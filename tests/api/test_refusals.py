"""Whatever is wrong with a request, the answer is a problem document that says what to do."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from console.access import declared
from console.api.mount import routers
from console.api.openapi import examples, routes_of
from console.api.problems import KINDS
from domain.access import Role, permissions_of
from operations.house import House
from scripts.client import DESCRIPTION, operations
from tests.api.conftest import ADDRESS, asking, key_for

WRITTEN = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
"""Held to what is served by another test, and read much sooner than that is made."""
EVERY = [*operations(WRITTEN)]
FILES = {"file": ("x.csv", b"email\nann@them.example\n")}
UNSEEN = {"send_test", "preview_template", "check_playbook", "diff_playbook"}


BEGUN = {"check_template_text", "publish_template", "list_template_versions"}
"""A mail that is not there may be begun, and nothing was published of it yet."""


def with_body() -> Iterator[tuple[str, str, Any]]:
    """Each operation that takes JSON, with its path and a body that fits."""
    for path, method, one in EVERY:
        if "application/json" in one.get("requestBody", {}).get("content", {}):
            yield path, method, examples()[one["operationId"]]["request"]


def filled(path: str) -> str:
    """The path with ids that nobody has."""
    return re.sub(r"{\w+}", "nothing", re.sub(r"{\w+_id}", "X-nobody00", path))


def wanted(operation: dict[str, Any]) -> dict[str, int]:
    """The query without which an operation cannot be asked."""
    named = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
    return {one["name"]: 1 for one in named if one.get("required")}


def told(answer: httpx.Response, status: int) -> Any:
    """The problem document of that status."""
    assert answer.status_code == status, (answer.request.url.path, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert {"type", "title", "status", "detail"} <= document.keys()
    assert document["status"] == status
    return document


async def test_a_stranger_learns_nothing_of_any_operation(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as stranger:
        for path, method, _ in EVERY:
            answer = await stranger.request(method, filled(path))
            assert told(answer, 401)
            assert "bearer" in answer.headers["www-authenticate"].lower()
        assert (await stranger.get("/api/v1/openapi.json")).status_code == 401


async def test_each_role_is_let_to_what_its_key_permits_and_to_nothing_else(
    app: FastAPI, house: House
) -> None:
    needed = {(route.path, *route.methods): declared(route) for route in routes_of(routers())}
    for role in Role:
        async with asking(app, key_for(house, role)) as http:
            for path, method, _ in EVERY:
                may = set(needed[path, method.upper()]) <= permissions_of(role)
                # Whoever may is stopped by a parameter that nobody knows, so nothing is done.
                answer = await http.request(method, filled(path), params={"colour": "red"})
                assert told(answer, 422 if may else 403), f"{role} at {method} {path}"


async def test_what_is_not_there_is_said_not_to_be_there(http: httpx.AsyncClient) -> None:
    for path, method, one in EVERY:
        if "{" not in path or one["operationId"] in BEGUN:
            continue
        body = examples()[one["operationId"]].get("request")
        answer = await http.request(method, filled(path), params=wanted(one), json=body)
        document = told(answer, 404)
        assert document["type"] == "/api/v1/docs#not-found"
        assert document["instance"] == filled(path)
    told(await http.get("/api/v1/nowhere"), 404)


async def test_a_method_that_is_not_there_is_told_those_that_are(http: httpx.AsyncClient) -> None:
    for path in {path for path, _, _ in EVERY}:
        answer = await http.request("PUT", filled(path))
        told(answer, 405)
        there = {method.upper() for other, method, _ in EVERY if other == path}
        assert {*answer.headers["allow"].split(", ")} >= there, path


async def test_a_parameter_that_nobody_knows_is_refused(http: httpx.AsyncClient) -> None:
    for path, method, one in EVERY:
        if "multipart/form-data" in one.get("requestBody", {}).get("content", {}):
            continue
        body = examples()[one["operationId"]].get("request")
        answer = await http.request(method, filled(path), params={"colour": "red"}, json=body)
        assert told(answer, 422)["errors"][0]["where"] == "query.colour"


async def test_a_body_is_json_and_nothing_else(http: httpx.AsyncClient) -> None:
    for path, method, body in with_body():
        here = filled(path)
        plain = {"content-type": "text/plain"}
        told(await http.request(method, here, content=json.dumps(body), headers=plain), 415)
        told(await http.request(method, here, data={"a": "b"}), 415)
        unknown = await http.request(method, here, json={**body, "colour": "red"})
        assert "colour" in told(unknown, 422)["errors"][0]["where"]
        told(await http.request(method, here, json=[]), 422)


BROKEN: dict[str, tuple[bytes, str]] = {
    "no JSON": (b'{"title": ', "line 1 column 11"),
    "no UTF-8": (b'{"title": "\xff"}', "not UTF-8"),
    "NUL": (b'{"title": "a\\u0000b"}', "NUL"),
    "half a pair": (b'{"title": "a\\ud800b"}', "surrogate"),
    "NUL in a key": (b'{"title": "a", "fields": {"a\\u0000": "b"}}', "NUL"),
    "too deep": (b'{"title": ' + b"[" * 60 + b"]" * 60 + b"}", "deep"),
    "far too deep": (b"[" * 100_000, "deep"),
    "a key twice": (b'{"title": "a", "title": "b"}', "twice"),
    "no number": (b'{"title": "a", "amount": NaN}', "NaN"),
    "endless number": (b'{"title": "a", "amount": ' + b"9" * 5000 + b"}", ""),
    "a number for a text": (b'{"title": 7}', "valid string"),
    "a word for a truth": (b'{"title": "a", "enroll": "yes"}', "valid boolean"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_body_is_told_what_is_wrong(http: httpx.AsyncClient, name: str) -> None:
    body, why = BROKEN[name]
    headers = {"content-type": "application/json"}
    answer = await http.post("/api/v1/deals", content=body, headers=headers)
    assert why in told(answer, 422)["detail"]
    assert (await http.get("/api/v1/deals")).json()["deals"] == []


async def test_all_flaws_come_at_once(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/deals", json={"amount": [], "enroll": 1, "colour": "red"})
    places = {one["where"] for one in told(answer, 422)["errors"]}
    assert {"body.title", "body.enroll", "body.colour"} <= places
    text = (
        "playbook: x\ncalendar: {zone: Nowhere/At_all}\nnurtures:\n  n: {steps: [{mail: gone}]}\n"
    )
    answer = await http.post("/api/v1/playbooks/check", json={"text": text})
    errors = told(answer, 422)["errors"]
    assert len(errors) > 1
    assert all(one["where"].startswith("playbook.yaml:") for one in errors)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "limit=5.0", "limit=%205", "limit=1&limit=2", "stagnant=1",
     "status=gone", "cursor=AAAAAAAAAAAAAAAAAAAAAAAA", "owner=olga%40us.example", "stage=%00"],
)  # fmt: skip
async def test_a_query_is_read_strictly(http: httpx.AsyncClient, query: str) -> None:
    answer = await http.get(f"/api/v1/deals?{query}")
    assert told(answer, 422)["errors"][0]["where"].startswith("query.")


async def test_a_body_has_an_end(http: httpx.AsyncClient) -> None:
    long = {"title": "x" * 3_000_000}
    assert told(await http.post("/api/v1/deals", json=long), 413)


async def test_a_fault_of_ours_is_a_document_without_its_insides(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("ann@them.example")

    monkeypatch.setattr("operations.deals.list_page", broken)
    answer = await http.get("/api/v1/deals")
    told(answer, 500)
    assert "ann@" not in answer.text
    assert answer.headers["connection"] == "close"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_kind_of_problem_has_a_status_of_its_own() -> None:
    statuses = [kind.status for kind in KINDS.values()]
    assert len(statuses) == len(set(statuses))
