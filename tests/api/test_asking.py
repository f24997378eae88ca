"""Once only, only if, page by page, many at once, and the feed: what callers rely on."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from client import Problem, Sluice
from client.following import every
from operations import desk
from operations.house import House
from tests.support.shortcut import ANN, opened_deal

WIN: Any = {"kind": "win_deal", "reason": "Signed"}


async def test_the_same_key_asks_once_and_never_two_things(api: Sluice) -> None:
    told = [await api.open_deal({"title": "A boat"}, idempotency_key="order-17") for _ in "12"]
    assert told[0]["deal_id"] == told[1]["deal_id"]
    assert len((await api.list_deals())["deals"]) == 1
    with pytest.raises(Problem) as no:
        await api.open_deal({"title": "A ship"}, idempotency_key="order-17")
    assert (no.value.status, no.value.kind) == (422, "malformed")
    assert (await api.show_command("order-17"))["status"] == "done"


async def test_what_changed_meanwhile_is_not_overwritten(
    api: Sluice, http: httpx.AsyncClient, house: House
) -> None:
    deal = await opened_deal(house)
    shown = await api.show_deal(deal)
    assert shown is not None
    version = shown["version"]
    assert await api.show_deal(deal, if_none_match=version) is None
    await api.command_deal(deal, {"kind": "pause_deal"}, if_match=version)
    with pytest.raises(Problem) as no:
        await api.command_deal(deal, WIN, if_match=version)
    assert (no.value.status, no.value.kind) == (412, "changed-meanwhile")
    assert (await api.show_deal(deal, if_none_match=version)) is not None
    ann = (await api.find_contact({"who": ANN}))["contact_id"]
    with pytest.raises(Problem, match="412"):
        await api.change_contact(ann, {"name": "Ann"}, if_match=99)
    odd = await http.get(f"/api/v1/deals/{deal}", headers={"if-none-match": '"x", W/"3"'})
    assert odd.status_code == 200


async def test_a_rule_that_says_no_is_a_conflict_with_its_fact(api: Sluice, house: House) -> None:
    deal = await opened_deal(house)
    with pytest.raises(Problem) as no:
        await api.command_deal(deal, {"kind": "advance_deal", "stage": "proposal"})
    assert (no.value.status, no.value.kind) == (409, "refused")
    assert no.value.code is not None
    assert "budget" in no.value.document["detail"]


async def test_pages_hold_each_deal_once_while_others_change(
    api: Sluice, http: httpx.AsyncClient, house: House
) -> None:
    for number in range(7):
        await opened_deal(house, title=f"Deal {number}")
    first = await http.get("/api/v1/deals?limit=3&status=open")
    assert 'rel="next"' in first.headers["link"]
    ids = [one["deal_id"] for one in first.json()["deals"]]
    await opened_deal(house, title="New meanwhile")
    await api.command_deal(ids[0], {"kind": "pause_deal"})
    following = first.headers["link"].partition(">")[0].lstrip("<")
    while following:
        page = await http.get(following)
        ids += [one["deal_id"] for one in page.json()["deals"]]
        following = page.headers.get("link", "").partition(">")[0].lstrip("<")
    assert len(ids) == len(set(ids)) == 7
    cursor = first.json()["next"]
    assert (await http.get(f"/api/v1/deals?status=won&cursor={cursor}")).status_code == 422
    assert (await http.get(f"/api/v1/mails?cursor={cursor}")).status_code == 422
    assert len([one async for one in every(api.list_deals, "deals", limit=2)]) == 8


async def test_many_are_answered_one_by_one_in_order(api: Sluice, house: House) -> None:
    deal = await opened_deal(house)
    asked: list[Any] = [{"deal_id": deal, "command": WIN}]
    asked += [{"open": {"title": f"Deal {number}"}} for number in range(12)]
    asked += [{"deal_id": deal, "command": WIN}, {"deal_id": deal}, {"open": {"title": ""}}]
    asked += [{"deal_id": "D-nobody", "command": WIN}]
    told = (await api.ask_in_bulk({"commands": asked}))["answers"]
    assert [one["status"] for one in told] == [200, *[201] * 12, 409, 422, 422, 404]
    assert all((one["told"] is None) != (one["problem"] is None) for one in told)
    with pytest.raises(Problem, match="422"):
        await api.ask_in_bulk({"commands": asked[:1] * 501})


async def test_the_feed_goes_on_from_any_position_and_names_nobody(
    api: Sluice, http: httpx.AsyncClient, house: House
) -> None:
    deal = await opened_deal(house)
    page = await api.read_events(limit=3)
    positions = [one["position"] for one in page["events"]]
    while page["next"] < page["last"]:
        page = await api.read_events(limit=3, after=page["next"])
        positions += [one["position"] for one in page["events"]]
    assert positions == [*range(1, page["last"] + 1)]
    opened = await api.read_events(kind=["deal_opened"], stream=f"deal/{deal}")
    assert [one["kind"] for one in opened["events"]] == ["deal_opened"]
    everything = (await http.get("/api/v1/events?limit=500")).text
    assert not any(word in everything for word in ("Ann", "@them", "Olga", "A boat"))
    with pytest.raises(Problem, match="no kind of event"):
        await api.read_events(kind=["deal_closed_oddly"])


async def test_who_waits_is_told_once_something_is_new(api: Sluice, house: House) -> None:
    last = (await api.read_events())["last"]
    waiting = asyncio.create_task(api.read_events(after=last, kind=["deal_opened"], wait=20))
    await api.mail_status()
    deal = await opened_deal(house)
    [event] = (await waiting)["events"]
    assert event["stream"] == f"deal/{deal}"
    assert (await api.read_events(after=10_000, wait=1))["events"] == []


async def test_what_is_accepted_and_not_recorded_has_an_address(
    http: httpx.AsyncClient, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def later(house: House, submit: Any, *_: object) -> None:
        raise desk.NotYetRecorded(submit.command_id, submit.deal_id)

    monkeypatch.setattr(desk, "_sent", later)
    headers = {"idempotency-key": "order-18"}
    answer = await http.post("/api/v1/deals", json={"title": "A boat"}, headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
    told = await http.get(answer.headers["location"])
    assert (told.json()["command_id"], told.json()["status"]) == ("order-18", "waiting")


async def test_an_engine_out_of_reach_accepts_nothing_and_says_when_to_ask_again(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from operations.house import EngineUnreachable

    async def down(*_: object) -> None:
        raise EngineUnreachable("Temporal", "no answer")

    monkeypatch.setattr(desk, "_sent", down)
    answer = await http.post("/api/v1/deals", json={"title": "A boat"})
    assert (answer.status_code, answer.json()["type"]) == (503, "/api/v1/docs#out-of-reach")
    assert int(answer.headers["retry-after"]) > 0
    assert (await http.get("/api/v1/deals")).json()["deals"] == []


async def test_the_page_of_the_api_tells_every_operation_without_a_script(
    http: httpx.AsyncClient,
) -> None:
    told = (await http.get("/api/v1/openapi.json")).json()
    page = await http.get("/api/v1/docs")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "style=" not in page.text
    ids = {one["operationId"] for methods in told["paths"].values() for one in methods.values()}
    places = set(re.findall(r'id="([\w-]+)"', page.text))
    assert ids <= places
    assert set(re.findall(r'href="#([\w-]+)"', page.text)) <= places
