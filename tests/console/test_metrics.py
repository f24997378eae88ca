"""The figures for monitoring: in the form of Prometheus, for those who may, and about nobody."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from console.app import create_app
from console.metrics import written
from domain import commands as c
from operations.access import keys
from operations.metrics import Family
from store import switches
from store.switches import Switch
from tests.console.conftest import TOKEN, Browser, Village, browsing

SECOND = timedelta(seconds=1)


def figures(text: str) -> dict[str, float]:
    """Each sample by its name and labels, as Prometheus reads it; each has a type and a help."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        assert (family.type in ("gauge", "counter"), bool(family.documentation)) == (True, True)
        for one in family.samples:
            said = ",".join(f'{name}="{word}"' for name, word in one.labels.items())
            key = f"{one.name}{{{said}}}" if said else one.name
            assert key not in found, key
            found[key] = one.value
    return found


async def read(http: httpx.AsyncClient, key: str = "", **headers: str) -> httpx.Response:
    if key:
        headers["authorization"] = f"Bearer {key}"
    return await http.get("/metrics", headers=headers)


async def test_what_stands_in_the_house_is_told(
    village: Village, app: FastAPI, stranger: httpx.AsyncClient
) -> None:
    village.open("one")
    village.open("two")
    lost = village.open("three")
    village.ask(c.LoseDeal(reason="price"), lost, "lose")
    with village.house.store.write() as tx:
        stopped = Switch(switches.MAIL_STOPPED, True, village.house.time.now(), "P-1", "x")
        switches.flip(tx, stopped)
    secret = keys.add(village.house, "prometheus", ["measure"], actor="t").secret
    await stranger.get("/healthz")
    answer = await read(stranger, secret)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    told = figures(answer.text)
    assert told['sluice_deals{playbook="simple",stage="new",status="open"}'] == 2
    assert sum(v for name, v in told.items() if 'status="lost"' in name and "deals" in name) == 1
    assert told['sluice_up{engine="database"}'] == 1
    assert told['sluice_up{engine="temporal"}'] == 0
    assert told["sluice_mail_stopped"] == 1
    assert told["sluice_ledger_position"] > 3
    assert told['sluice_http_requests_total{method="GET",route="/healthz",status="200"}'] == 1
    for name in ("Ann", "Olga", "example", "one", lost, "key"):
        assert not re.search(rf"\b{name}\b", answer.text), name


async def test_how_late_the_house_is(village: Village, browser: Browser) -> None:
    village.open("late")
    told = figures((await read(browser.http)).text)
    lag = told["sluice_due_lag_seconds"]
    village.house.time = replace(
        village.house.time, wall=lambda wall=village.house.time.wall: wall() + 86_400 * SECOND * 30
    )
    told = figures((await read(browser.http)).text)
    assert told["sluice_due_lag_seconds"] > lag
    assert told["sluice_due_lag_seconds"] > 86_400 * 20


async def test_only_who_may_measure_reads_them(
    village: Village, stranger: httpx.AsyncClient, browser: Browser
) -> None:
    assert (await read(stranger)).status_code == 401
    assert (await read(stranger, "sluice_wrong")).status_code == 401
    other = keys.add(village.house, "other", ["read"], actor="t").secret
    assert (await read(stranger, other)).status_code == 403
    assert (await read(browser.http)).status_code == 200
    own = keys.add(village.house, "prometheus", ["measure"], actor="t").secret
    answer = await stranger.get("/api/v1/deals", headers={"authorization": f"Bearer {own}"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("headers", "client", "status"),
    [
        ({}, "127.0.0.1", 200),
        ({}, "::1", 200),
        ({}, "10.0.0.7", 401),
        ({"x-forwarded-for": "127.0.0.1"}, "127.0.0.1", 401),
        ({"forwarded": "for=127.0.0.1"}, "127.0.0.1", 401),
    ],
)
async def test_this_machine_needs_no_key_where_that_is_set(
    village: Village, tmp_path: Path, headers: dict[str, str], client: str, status: int
) -> None:
    app = create_app(village.house, link_token=TOKEN, metrics_open=True)
    transport = httpx.ASGITransport(app, client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
        assert (await http.get("/metrics", headers=headers)).status_code == status
        assert (await http.get("/admin", headers=headers)).status_code == 401


async def test_no_request_makes_a_label_of_its_own(village: Village, browser: Browser) -> None:
    for path in ("/deals/D-1", "/deals/D-2", "/nothing/like/it", "/nothing/else"):
        await browser.http.get(path)
    await browser.http.request("BREW", "/coffee")
    told = figures((await read(browser.http)).text)
    requests = [name for name in told if name.startswith("sluice_http_requests_total")]
    assert (
        told['sluice_http_requests_total{method="GET",route="/deals/{deal_id}",status="404"}'] == 2
    )
    assert not [name for name in requests if "D-1" in name or "nothing" in name or "BREW" in name]


def test_labels_are_escaped() -> None:
    family = Family("x", "gauge", "a\nb", [({"stage": 'a"b\\c\nd'}, 0.5)])
    told = b'# HELP x a\\nb\n# TYPE x gauge\nx{stage="a\\"b\\\\c\\nd"} 0.5\n'
    assert written([family]) == told


def test_a_counter_is_told_as_one_and_nothing_of_another_answer_stays() -> None:
    family = Family("x_total", "counter", "X.", [({}, 2.0)])
    for _ in "12":
        assert written([family]) == b"# HELP x_total X.\n# TYPE x_total counter\nx_total 2.0\n"


async def test_a_database_that_is_down_is_told_not_raised(village: Village, tmp_path: Path) -> None:
    app = create_app(village.house, link_token=TOKEN, metrics_open=True)
    async with browsing(app) as http:
        village.house.store.close()
        (tmp_path / "sluice.db").unlink()
        told = figures((await read(http)).text)
    assert told['sluice_up{engine="database"}'] == 0
