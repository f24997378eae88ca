"""Every operation of the API answers as its description says; its main refusals are documents."""

from dataclasses import replace

import pytest
from fastapi import FastAPI

from client import Sluice
from operations.house import Arriving, House
from tests.api.conftest import ADDRESS, asking, key_for
from tests.api.recording import Recorder
from tests.api.tour import walk
from tests.support.imap import Letterbox
from tests.support.sink import Sink


@pytest.fixture
async def seen(house: House, app: FastAPI, sink: Sink, letterbox: Letterbox) -> Recorder:
    """What was asked and answered on a walk through everything."""
    house.config = replace(house.config, arriving=Arriving(mailboxes=(letterbox.url,)))
    recorder = Recorder()
    async with asking(app, key_for(house), event_hooks={"response": [recorder.keep]}) as http:
        recorder.described = (await http.get("/api/v1/openapi.json")).json()
        await walk(Sluice(ADDRESS, http=http), house)
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
