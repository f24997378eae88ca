"""What careless callers send: one key for two wishes, moments out of reach, headers in vain."""

from typing import Any

import httpx
import pytest

from client import Problem, Sluice
from operations.house import House
from tests.support.shortcut import ANN, BOB, opened_deal

WIN: Any = {"kind": "win_deal", "reason": "Signed"}


async def ids_of(api: Sluice, *addresses: str) -> list[str]:
    return [(await api.find_contact({"who": one}))["contact_id"] for one in addresses]


async def test_a_key_used_for_one_deal_is_refused_for_another(api: Sluice, house: House) -> None:
    won, other = [await opened_deal(house, title=title) for title in ("A boat", "A ship")]
    await api.command_deal(won, WIN, idempotency_key="signed-1")
    with pytest.raises(Problem, match="used for something else") as no:
        await api.command_deal(other, WIN, idempotency_key="signed-1")
    assert no.value.status == 422
    assert [(await api.show_deal(one) or {})["status"] for one in (won, other)] == ["won", "open"]
    asked: list[Any] = [
        {"deal_id": one, "command": {"kind": "pause_deal"}, "idempotency_key": "pause-all"}
        for one in (other, await opened_deal(house))
    ]
    told = (await api.ask_in_bulk({"commands": asked}))["answers"]
    assert [one["status"] for one in told] in ([200, 422], [422, 200])


async def test_a_key_used_for_one_contact_is_refused_for_another(api: Sluice) -> None:
    ann, bob = await ids_of(api, ANN, BOB)
    told = [await api.unsubscribe_contact(ann, {}, idempotency_key="stop-0001") for _ in "12"]
    assert told[0] == told[1]
    with pytest.raises(Problem, match="422"):
        await api.unsubscribe_contact(bob, {}, idempotency_key="stop-0001")
    assert not (await api.unsubscribe_contact(bob, {}, idempotency_key="stop-0002"))["already"]


async def test_an_opening_that_is_sent_again_is_known_by_its_words(api: Sluice) -> None:
    """Whom they mean has got an account since, and an unsent answer must not look like a no."""
    [ann] = await ids_of(api, ANN)
    boat: Any = {"title": "A boat", "contacts": [ANN]}
    told = await api.open_deal(boat, idempotency_key="order-18")
    await api.change_contact(ann, {"account": "Boats & Co"})
    again = await api.open_deal(boat, idempotency_key="order-18")
    assert again["deal_id"] == told["deal_id"]
    assert len((await api.list_deals())["deals"]) == 1
    with pytest.raises(Problem, match="used for something else"):
        await api.open_deal({**boat, "contacts": [BOB]}, idempotency_key="order-18")
    with pytest.raises(Problem, match="used for something else"):
        await api.command_deal(told["deal_id"], WIN, idempotency_key="order-18")


FAR = ("0001-01-01T00:00:00+14:00", "1899-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00")
WITH_MOMENTS: tuple[dict[str, Any], ...] = (
    {"kind": "agree_wait", "until": ""},
    {"kind": "pause_deal", "until": ""},
    {"kind": "make_promise", "what": "A drawing", "due_at": ""},
    {"kind": "log_activity", "activity": "call", "at": ""},
    {"kind": "record_reply", "channel": "phone", "at": ""},
    {"kind": "note_absence", "back_at": ""},
)


async def test_a_moment_that_no_zone_can_tell_is_refused(
    api: Sluice, http: httpx.AsyncClient, house: House
) -> None:
    deal = await opened_deal(house)
    for body in WITH_MOMENTS:
        name = next(key for key, value in body.items() if value == "")
        for moment in FAR:
            asked: Any = {**body, name: moment}
            answer = await http.post(f"/api/v1/deals/{deal}/commands", json=asked)
            assert answer.status_code == 422, (asked, answer.text)
            assert answer.json()["detail"] == "write a moment from the year 1900 to 2199"
    ann = (await ids_of(api, ANN))[0]
    consent = {"purpose": "marketing", "expires_at": FAR[2]}
    answer = await http.post(f"/api/v1/contacts/{ann}/consents", json=consent)
    assert answer.status_code == 422
    await api.command_deal(deal, {"kind": "note_absence", "back_at": "2199-12-31T23:59:59Z"})
    for look in ("", "/history", "/next", "/explain", "/timeline"):
        assert (await http.get(f"/api/v1/deals/{deal}{look}")).status_code == 200


async def test_a_header_that_would_not_be_heeded_is_refused(
    http: httpx.AsyncClient, house: House
) -> None:
    deal = await opened_deal(house)
    pause: Any = {"kind": "pause_deal"}
    to_deal, bulk = f"/api/v1/deals/{deal}/commands", "/api/v1/bulk"
    several: Any = {"commands": [{"open": {"title": "A boat"}}]}
    tried: list[tuple[str, Any, list[tuple[str, str]]]] = [
        (to_deal, pause, [("If-Match", '"1"'), ("If-Match", '"2"')]),
        (to_deal, pause, [("Idempotency-Key", "pause-01"), ("Idempotency-Key", "pause-02")]),
        (bulk, several, [("Idempotency-Key", "order-17")]),
        (bulk, several, [("If-Match", '"1"')]),
        ("/api/v1/deals", {"title": "A boat"}, [("If-Match", '"1"')]),
    ]
    for path, body, headers in tried:
        answer = await http.post(path, json=body, headers=headers)
        assert answer.status_code == 422, (path, headers, answer.text)
        assert answer.json()["errors"][0]["where"] == f"header.{headers[0][0]}"
    assert (await http.get(f"/api/v1/deals/{deal}")).json()["paused"] is False
    assert len((await http.get("/api/v1/deals")).json()["deals"]) == 1


@pytest.mark.parametrize("title", ["\u200b", "\u3164\u2800", " \u0301", "\ufeff \u2060"])
async def test_a_title_that_nobody_can_see_is_refused(api: Sluice, title: str) -> None:
    with pytest.raises(Problem, match="nothing in it that can be seen") as no:
        await api.open_deal({"title": title})
    assert no.value.status == 422


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("A\r\n\tboat  of oak", "A boat of oak"),
        ("👩‍🚀 café", "👩‍🚀 café"),
        ("船", "船"),
        ("…", "…"),
    ],
)
async def test_a_title_is_one_line_and_else_as_it_was_typed(
    api: Sluice, typed: str, kept: str
) -> None:
    deal = (await api.open_deal({"title": typed}))["deal_id"]
    assert (await api.show_deal(deal) or {})["title"] == kept


@pytest.mark.parametrize("end", ["2000-01-01T00:00:00Z", "2200-01-01T00:00:00Z"])
async def test_a_consent_does_not_end_before_it_begins_nor_out_of_reach(
    api: Sluice, end: str
) -> None:
    [ann] = await ids_of(api, ANN)
    with pytest.raises(Problem, match="422"):
        await api.give_consent(ann, {"said": "marketing:fair", "expires_at": end})
