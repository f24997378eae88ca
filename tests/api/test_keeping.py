"""Keys, people, the audit log and long lists: the same answers from both databases."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from client import Problem, Sluice
from client.following import every
from domain.access import Permission, Role
from operations import barring
from operations.access import keys
from operations.house import House
from operations.post import mail_room
from tests.api.conftest import ADDRESS, asking, key_for
from tests.operations.test_mail_room import doubtful
from tests.support.databases import database_url, postgres_databases, postgres_server
from tests.support.shortcut import ANN, BOB, OLGA, furnished_house, no_engine, opened_deal

__all__ = ["database_url", "no_engine", "postgres_databases", "postgres_server"]


@pytest.fixture
def house(tmp_path: Path, no_engine: None, database_url: str) -> Iterator[House]:
    """The usual house, on either database."""
    with furnished_house(tmp_path, database_url) as opened:
        yield opened


def limited(house: House, *scopes: Permission, per_minute: int = 1000) -> str:
    """A key with these scopes and no others."""
    words = [one.value for one in scopes]
    return keys.add(house, "limited", words, actor="test", per_minute=per_minute).secret


async def test_a_deal_is_opened_once_changed_if_unchanged_read_and_won(
    api: Sluice, http: httpx.AsyncClient
) -> None:
    opening: Any = {"title": "A boat", "contacts": [ANN], "owner": OLGA, "amount": "12.50"}
    opening["currency"] = "EUR"
    told = [await api.open_deal(opening, idempotency_key="order-17") for _ in "12"]
    deal = told[0]["deal_id"]
    assert deal == told[1]["deal_id"]
    shown: Any = await api.show_deal(deal)
    await api.command_deal(deal, {"kind": "pause_deal"}, if_match=shown["version"])
    with pytest.raises(Problem, match="412"):
        await api.command_deal(deal, {"kind": "resume_deal"}, if_match=shown["version"])
    await api.command_deal(deal, {"kind": "win_deal", "reason": "Signed"})
    history = await api.deal_history(deal)
    kinds = [one["kind"] for one in history["events"]]
    assert (kinds[0], "deal_won" in kinds) == ("deal_opened", True)
    early = history["events"][0]["at"]
    back: Any = await api.show_deal(deal, as_of=early)
    assert (back["status"], back["paused"]) == ("open", False)
    axis = await api.deal_timeline(deal)
    assert {one["place"] for one in axis["entries"]} == {"past", "now", "ahead"}
    assert (await http.get(f"/api/v1/deals/{deal}?as_of=2199-01-01")).status_code == 422
    assert (await http.get(f"/api/v1/deals/{deal}?known=true")).status_code == 422


async def test_what_halted_all_mail_is_told_of_its_time(api: Sluice, house: House) -> None:
    deal = await opened_deal(house)
    since = mail_room.stop(house, actor="test").since
    assert since is not None
    then: Any = {"as_of": since.isoformat(), "known": True}
    mail_room.start(house, actor="test")
    told = await api.explain_deal(deal, **then)
    stopped = [one for one in told["touches"] if "all mail is stopped" in str(one["why"])]
    assert stopped
    assert {one["halted"] for one in (await api.deal_next(deal, **then))["next"]} > {"mail_stopped"}
    assert {one["halted"] for one in (await api.deal_next(deal))["next"]} == {None}
    assert "mail is stopped" not in str(await api.explain_deal(deal))


async def test_a_doubt_is_settled_with_the_moment_at_which_the_mail_arrived(
    api: Sluice, house: House
) -> None:
    _, touch_id = await doubtful(house)
    arrived: Any = {"outcome": "arrived", "reason": "Bob has it", "at": "2199-01-01T09:00Z"}
    with pytest.raises(Problem, match="still to come"):
        await api.resolve_mail(touch_id, arrived)
    at = house.time.now()
    await api.resolve_mail(touch_id, arrived | {"at": at.isoformat()})
    told: Any = await api.show_mail(touch_id)
    assert datetime.fromisoformat(told["mail"]["sent_at"]) == at


async def test_a_key_is_shown_once_works_and_ends(api: Sluice, app: FastAPI) -> None:
    made = await api.add_key({"name": "the shop", "scopes": ["read"], "per_minute": 90})
    listed = await api.list_keys()
    assert made["secret"] not in str(listed)
    assert {"the shop"} < {one["name"] for one in listed["keys"]}
    async with asking(app, made["secret"]) as shop:
        assert (await shop.get("/api/v1/deals")).status_code == 200
        assert (await api.revoke_key(made["key_id"]))["status"] == "revoked"
        assert (await shop.get("/api/v1/deals")).status_code == 401
    log = await api.read_audit(stream=f"key/{made['key_id']}")
    assert [one["what"] for one in log["entries"]] == ["revoke_key", "add_key"]
    assert all(one["actor"].startswith("key/") for one in log["entries"])
    with pytest.raises(Problem, match="404"):
        await api.revoke_key("nobodyskey")


async def test_nobody_gives_more_than_they_have(api: Sluice, app: FastAPI, house: House) -> None:
    person = (await api.add_person({"email": "ada@us.example", "name": "Ada", "role": "admin"}))[
        "person_id"
    ]
    own = limited(house, Permission.READ, Permission.MANAGE_KEYS, Permission.MANAGE_PEOPLE)
    async with asking(app, own) as http:
        narrow = Sluice(ADDRESS, http=http)
        await narrow.add_key({"name": "another", "scopes": ["read"]})
        await narrow.add_person({"email": "vi@us.example", "name": "Vi", "role": "viewer"})
        with pytest.raises(Problem, match="lacks the scope erase"):
            await narrow.add_key({"name": "another", "scopes": ["read", "erase"]})
        with pytest.raises(Problem, match="403"):
            await narrow.add_person({"email": "vi@us.example", "role": "admin"})
        with pytest.raises(Problem, match="403"):
            await narrow.invite_person(person)
    assert len((await api.list_keys())["keys"]) == 3
    assert (await api.show_person(person))["role"] == "admin"
    log = await api.read_audit(limit=3)
    assert {one["outcome"] for one in log["entries"]} == {"forbidden"}


async def test_who_leaves_is_out(api: Sluice) -> None:
    vi = await api.add_person({"email": "vi@us.example", "name": "Vi", "role": "viewer"})
    invited = await api.invite_person(vi["person_id"])
    assert "/invite/" in invited["url"]
    await api.add_person({"email": "vi@us.example", "active": False})
    with pytest.raises(Problem, match="has left"):
        await api.invite_person(vi["person_id"])
    assert vi["person_id"] not in str(await api.list_people())
    assert vi["person_id"] in str(await api.list_people(left=True))


async def test_every_long_list_is_read_to_its_end_page_by_page(api: Sluice, house: House) -> None:
    deal = await opened_deal(house)
    for number in range(5):
        barring.suppress(house, f"x{number}@else.example", reason="asked", actor="test")
        await api.command_deal(deal, {"kind": "pause_deal" if number % 2 == 0 else "resume_deal"})
    ann = (await api.find_contact({"who": ANN}))["contact_id"]
    bars = [one["email_key"] async for one in every(api.list_suppressions, "newest", limit=2)]
    assert len(bars) == len(set(bars)) == 5
    log = [one["entry_id"] async for one in every(api.read_audit, "entries", limit=3)]
    assert log == sorted(set(log), reverse=True)
    assert len(log) > 10

    async def history(**said: Any) -> Any:
        return await api.contact_history(ann, **said)

    whole = (await history(limit=500))["events"]
    assert len(whole) > 8
    assert [one async for one in every(history, "events", limit=3)] == whole


async def test_contacts_are_searched_page_by_page_and_a_cursor_holds_for_its_list(
    api: Sluice,
) -> None:
    first: Any = await api.search_contacts({"text": "other"}, limit=1)
    second: Any = await api.search_contacts({"text": "other"}, limit=1, cursor=first["next"])
    names = [one["name"] for page in (first, second) for one in page["contacts"]]
    assert sorted(names) == ["Ann Other", "Bob Other"]
    (ann,) = (await api.search_contacts({"text": ANN}))["contacts"]
    assert ann["email"] == ANN
    with pytest.raises(Problem, match="cursor"):
        await api.list_contacts(limit=1, cursor=first["next"])


async def test_runs_of_a_series_are_paged(api: Sluice, house: House) -> None:
    text = (house.config.playbooks / "trial-care.yaml").read_text(encoding="utf-8")
    await api.publish_playbook({"text": text})
    await api.enroll_contacts("trial", {"contacts": [ANN, BOB]}, playbook="trial-care")

    async def runs(**said: Any) -> Any:
        return await api.show_nurture("trial", playbook="trial-care", **said)

    found = [one["contact_id"] async for one in every(runs, "runs", limit=1)]
    assert len(found) == len(set(found)) == 2
    ann = (await api.find_contact({"who": ANN}))["contact_id"]
    assert [one["contact_id"] for one in (await runs(contact=ann))["runs"]] == [ann]


async def test_who_asks_too_often_is_told_when_to_ask_again(app: FastAPI, house: House) -> None:
    async with asking(app, limited(house, Permission.READ, per_minute=2)) as http:
        answers = [await http.get("/api/v1/people/me") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2].json()["type"] == "/api/v1/docs#too-many"
    assert 0 < int(answers[2].headers["retry-after"]) <= 60


async def test_another_name_than_ours_is_answered_with_a_document(
    app: FastAPI, house: House
) -> None:
    async with asking(app, key_for(house, Role.VIEWER)) as http:
        answer = await http.get("/api/v1/people/me", headers={"host": "evil.example"})
    assert (answer.status_code, answer.json()["status"]) == (421, 421)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "SLUICE_HOSTS" in answer.json()["detail"]
