"""Invented requests, fitting and unfitting, with each role's key: no answer breaks its word."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup

from client import Sluice
from console.api.mount import described
from domain.access import Role
from operations.house import House
from operations.webhooks import endpoints
from tests.api.conftest import ADDRESS, asking, key_for
from tests.support.shortcut import ANN, OLGA, opened_deal
from tests.support.sink import Sink

TRIES = 2
"""Requests of each sort, fitting and unfitting, for each operation and each role."""

# Reads every mail in every language, which takes seconds: asked about one mail alone.
SLOW = {"check_templates": {"template": "first-contact", "locale": "en"}}

# A description cannot say which zones, currencies and names there are, so what fits it may
# still be refused, with 422 and the reason.
LEFT_OUT = ("positive_data_acceptance",)


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_no_invented_request_of_any_role_breaks_the_description(
    app: FastAPI, house: House, sink: Sink
) -> None:
    deal = await opened_deal(house)
    async with asking(app, key_for(house)) as http:
        api = Sluice(ADDRESS, http=http)
        ann = (await api.find_contact({"who": ANN}))["contact_id"]
        olga = (await api.list_people())["people"][0]["person_id"]
    known = {"deal_id": deal, "contact_id": ann, "person_id": olga, "template": "first-contact"}
    known |= {"playbook": "simple", "nurture": "welcome", "mail": "nothing", "task_id": "T-none"}
    house.config = replace(house.config, webhook_loopback=True)
    nobody = endpoints.add(house, "http://127.0.0.1:9/in", actor="t")
    known |= {"command_id": "nothing", "webhook": nobody.webhook_id}
    known |= {"key_id": "nothing", "job_id": "nothing"}
    keys = [key_for(house, role) for role in Role]
    broken = await asyncio.to_thread(_ask, app, keys, known)
    assert broken == []
    assert {mail.recipient for mail in sink.messages} <= {ANN, OLGA}


def _ask(app: FastAPI, keys: list[str], known: dict[str, str]) -> list[str]:
    """Ask every operation; gives what broke its word."""
    schema: Any = schemathesis.openapi.from_dict(described())
    schema.app = app
    schema.config.update(base_url=ADDRESS)
    load_all_checks()
    broken = []
    for found in schema.get_all_operations():
        operation = found.ok()
        named = {one.name for one in operation.path_parameters}
        real = {name: known[name] for name in named} or None
        query = SLOW.get(operation.definition.raw["operationId"])
        for mode, ids in ((GenerationMode.POSITIVE, real), (GenerationMode.NEGATIVE, None)):
            strategy = operation.as_strategy(generation_mode=mode, path_parameters=ids, query=query)
            try:
                _try(strategy, keys)
            except Unsatisfiable:
                # What takes nothing cannot be asked wrongly.
                assert mode is GenerationMode.NEGATIVE
            except FailureGroup as failed:
                broken += [f"{operation.label}: {one}" for one in failed.exceptions]
    return broken


def _try(strategy: Any, keys: list[str]) -> None:
    checks = [check for check in CHECKS.get_all() if check.__name__ not in LEFT_OUT]

    @settings(
        max_examples=TRIES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(case=strategy)
    def ask(case: Any) -> None:
        if "wait" in (case.query or {}):
            case.query["wait"] = 0
        for key in keys:
            headers = {"Authorization": f"Bearer {key}", "Host": "127.0.0.1:8000"}
            answer = case.call(headers=headers)
            case.validate_response(answer, checks=checks, headers=headers)

    ask()
