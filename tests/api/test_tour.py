"""Every operation of the API answers as its description says; its main refusals are documents."""

import json
from dataclasses import is_dataclass, replace
from typing import Any, Final, get_args, get_type_hints

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from client import Sluice
from console.access import declared
from console.api.mount import routers
from console.api.openapi import routes_of
from console.api.route import ApiRoute
from domain.access import Permission, Role, permissions_of
from operations.access import keys
from operations.access.masking import RULES
from operations.house import Arriving, House
from tests.api.conftest import ADDRESS, asking, key_for
from tests.api.looking import leaked, look, personal
from tests.api.recording import Recorder
from tests.api.tour import walk
from tests.support.imap import Letterbox
from tests.support.sink import Sink

BLIND: Final = ("viewer", "blind")
"""Who may not see personal data: the role, and a key that may do all but that."""

_SEEN: Final[list[Recorder]] = []
"""The walk takes seconds, and what was seen on it is data: a process walks once."""


@pytest.fixture
async def seen(house: House, app: FastAPI, sink: Sink, letterbox: Letterbox) -> Recorder:
    """What was asked and answered on a walk through everything, and looked at afterwards."""
    if _SEEN:
        return _SEEN[0]
    house.config = replace(house.config, arriving=Arriving(mailboxes=(letterbox.url,)))
    recorder = Recorder()
    async with asking(app, key_for(house), event_hooks={"response": [recorder.keep]}) as http:
        recorder.described = (await http.get("/api/v1/openapi.json")).json()
        await walk(Sluice(ADDRESS, http=http), house)
    blind = frozenset(Permission) - {Permission.READ_PERSONAL}
    every = {"admin": frozenset(Permission), "viewer": permissions_of(Role.VIEWER), "blind": blind}
    for who, scopes in every.items():
        key = keys.add(house, who, sorted(scopes), actor="test", per_minute=100_000).secret
        async with asking(app, key) as http:
            await look(recorder, who, http)
    recorder.personal = personal(house)
    _SEEN.append(recorder)
    return recorder


async def test_every_operation_answers_well_and_as_described(seen: Recorder) -> None:
    every = {one["operationId"] for one in seen.operations()}
    assert len(every) > 55
    assert sorted(every - seen.answered.keys()) == []
    wrong = [
        f"{name}: {flaw.json_path} {flaw.message[:200]}"
        for name, visits in seen.answered.items()
        for visit in visits
        for flaw in seen.validator(name, visit.status).iter_errors(visit.answer)
    ]
    assert wrong == []


async def test_who_may_not_see_personal_data_gets_every_answer_without_it(seen: Recorder) -> None:
    told = {who: [one for one in seen.looks if one.who == who] for who in ("admin", *BLIND)}
    # A touch that is only planned has no mail yet.
    assert {one.status for one in told["admin"]} <= {200, 404}
    every = {one.operation for one in told["admin"]}
    assert every == {one.operation for one in told["admin"] if one.status == 200}
    shown = {one.operation for one in told["admin"] if leaked(one.text, seen.personal)}
    assert len(shown) >= 12, "the house is furnished with people"
    for who in BLIND:
        found = [(one.path, leaked(one.text, seen.personal)) for one in told[who]]
        assert [one for one in found if one[1]] == [], who
        masked = {one.operation for one in told[who] if one.status == 200}
        assert shown - masked == set(), "masked, and not withheld"
        assert {one.status for one in told[who]} <= {200, 403, 404}
    for one in (*told["viewer"], *told["blind"]):
        if one.status == 200:
            answer = json.loads(one.text)
            flaws = seen.validator(one.operation, 200).iter_errors(answer)
            assert [flaw.message[:200] for flaw in flaws] == [], one.path


def test_every_answer_is_in_the_table_of_what_is_personal() -> None:
    unknown = {
        f"{route.name}: {name}"
        for route in routes_of(routers())
        if isinstance(route, ApiRoute) and Permission.READ_PERSONAL not in declared(route)
        for name in _classes(route.response_model)
        if name not in RULES
    }
    assert unknown == set()


def _classes(told: Any, known: set[str] | None = None) -> set[str]:
    """The classes of an answer and of all that is in it, as the table names them."""
    found = set() if known is None else known
    for part in get_args(told):
        _classes(part, found)
    if not isinstance(told, type) or not (is_dataclass(told) or issubclass(told, BaseModel)):
        return found
    name = f"{told.__module__.rpartition('.')[2]}.{told.__name__}"
    if name not in found:
        found.add(name)
        for part in get_type_hints(told).values():
            _classes(part, found)
    return found
