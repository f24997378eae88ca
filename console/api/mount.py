"""All routers of the API, its description, and the page that is made from that."""

import json
from functools import cache
from itertools import groupby
from typing import Any, Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from console.api import (
    audit,
    bulk,
    commands,
    contacts,
    deals,
    events,
    health,
    imports,
    inbox,
    keys,
    mails,
    nurtures,
    overviews,
    people,
    playbooks,
    suppressions,
    tasks,
    templates,
    webhooks,
)
from console.api.openapi import describe, routes_of, shape
from console.api.problems import KINDS, Handler, asks_the_api
from console.api.route import router
from console.pages import pages

_NOUNS: Final = (
    deals,
    bulk,
    contacts,
    suppressions,
    nurtures,
    tasks,
    inbox,
    playbooks,
    templates,
    people,
    keys,
    audit,
    imports,
    events,
    webhooks,
    commands,
)


@cache
def routers() -> tuple[APIRouter, ...]:
    """Every router of the API; made once, for they are many and know no house."""
    return (
        *(noun.routes() for noun in _NOUNS),
        *mails.routes(),
        *overviews.routes(),
        *health.routes(),
    )


@cache
def described() -> dict[str, Any]:
    """The description of the API, OpenAPI 3.1."""
    return describe(routers())


def mounted() -> list[APIRouter]:
    """The routers, with the API's description and the page made from it."""
    api = router("", "About", plain=True)

    @api.get("/openapi.json", include_in_schema=False)
    def openapi() -> Response:
        """The description of the API, OpenAPI 3.1."""
        return JSONResponse(described())

    @api.get("/docs", include_in_schema=False, response_class=HTMLResponse)
    def docs() -> HTMLResponse:
        """The same as a page for people."""
        return HTMLResponse(pages().render("api.html", **_page(described())))

    return [*routers(), api]


def telling_methods(handler: Handler) -> Handler:
    """The same handler; a 405 of the API lists every method that its path has."""

    async def told(request: Request, error: HTTPException) -> Response:
        if error.status_code == 405 and asks_the_api(request):
            path = request.url.path
            here = [one for one in routes_of(routers()) if one.path_regex.match(path)]
            methods = {method for one in here for method in one.methods or ()}
            error.headers = {"allow": ", ".join(sorted(methods))}
        return await handler(request, error)

    return told


def _page(told: dict[str, Any]) -> dict[str, Any]:
    """What the page of the API shows."""
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in told["paths"].items()
        for method, operation in methods.items()
    ]
    order = {tag["name"]: place for place, tag in enumerate(told["tags"])}
    operations.sort(key=lambda one: order[one["tags"][0]])
    about = {tag["name"]: tag["description"] for tag in told["tags"]}
    return {
        "about": told["info"]["description"].split("\n\n"),
        "groups": [
            (tag, about[tag], [*some])
            for tag, some in groupby(operations, key=lambda one: one["tags"][0])
        ],
        "schemas": told["components"]["schemas"],
        "kinds": KINDS,
        "shape": shape,
        "pretty": lambda data: json.dumps(data, indent=2, ensure_ascii=False),
    }
