"""Outgoing webhooks: every event in order, at least once, through failures, crashes and days."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activities import delivering
from activities.contract import NextDelivery
from activities.crashpoints import TELLING
from activities.delivering import Courier, facts
from domain.house_events import MailStarted, MailStopped, WebhookDisabled
from domain.refusal import Malformed, NotFound, Refused
from domain.webhooks import RETRY_AFTER
from operations import feed
from operations.access import auditing
from operations.house import House
from operations.webhooks import deliveries, endpoints
from operations.webhooks.deliveries import DeliveryView
from operations.webhooks.endpoints import NewWebhook
from store import ledger, webhooks
from store.ledger import Origin
from tests.support.databases import (
    database_url,
    postgres_databases,
    postgres_server,
    sqlite_databases,
)
from tests.support.houses import opened_house
from tests.support.receiver import Receiver
from tests.support.staff import later

__all__ = ["database_url", "postgres_databases", "postgres_server", "sqlite_databases"]

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as opened:
        yield opened


def opened(folder: Path, url: str | None = None) -> Iterator[House]:
    with opened_house(folder, NOW, (), url) as house:
        house.config = replace(house.config, webhook_loopback=True)
        yield house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    yield from opened(tmp_path)


@pytest.fixture
def each_house(tmp_path: Path, database_url: str) -> Iterator[House]:
    """On SQLite and on PostgreSQL."""
    yield from opened(tmp_path, database_url)


def happens(house: House, count: int = 1, *, kind: type = MailStopped) -> int:
    """So many events; gives the newest position."""
    with house.store.write() as tx:
        for _ in range(count):
            origin = Origin(actor="P-1", recorded_at=house.time.wall())
            event = kind(at=house.time.now())
            [one] = ledger.append(tx, "house/mail", ledger.head(tx, "house/mail"), [event], origin)
    return one.position


def add(house: House, url: str, **more: Any) -> NewWebhook:
    return endpoints.add(house, url, actor="P-1", **more)


def secret_of(made: NewWebhook) -> str:
    assert made.secret is not None
    return made.secret


def courier(house: House) -> Courier:
    poster = deliveries.poster(house)
    return Courier(house.store, house.time, house.config.secret, poster)


async def tell(house: House, webhook_id: str) -> NextDelivery:
    return await courier(house).tell(webhook_id)


def delivered(house: House, webhook_id: str, **filters: Any) -> list[DeliveryView]:
    return list(deliveries.list_page(house, webhook_id, **filters).deliveries)


async def test_every_event_from_now_on_is_told_in_order_and_signed(
    each_house: House, receiver: Receiver
) -> None:
    house = each_house
    happens(house, 2)
    made = add(house, receiver.url, description="  The   data lake ")
    assert made.description == "The data lake"
    last = happens(house, 3)
    done = await tell(house, made.webhook_id)
    assert (done.again_in, done.ended) == (None, False)
    assert receiver.ids == [f"evt_{position}" for position in range(last - 2, last + 1)]
    assert all(one.signed_by(secret_of(made)) for one in receiver.messages)
    told = receiver.messages[-1].told
    assert set(told) == {"type", "timestamp", "data"}
    assert (told["type"], told["data"]["position"]) == ("mail_stopped", last)
    shown = endpoints.show(house, made.webhook_id)
    assert (shown.settled, shown.behind, shown.dead) == (last, 0, 0)
    assert [one.status for one in delivered(house, made.webhook_id)] == ["delivered"] * 3
    await tell(house, made.webhook_id)
    assert len(receiver.messages) == 3


async def test_what_is_told_is_what_the_feed_gives(house: House) -> None:
    happens(house)
    [given] = feed.page(house).events
    with house.store.read() as tx:
        told = facts(ledger.feed(tx)[0])
    body = given.model_dump(mode="json")
    assert told["event"] == body["data"]
    assert set(told) - {"event"} == set(body) - {"data", "kind", "at", "text"}
    assert {name: told[name] for name in ("position", "stream", "actor")} == {
        name: body[name] for name in ("position", "stream", "actor")
    }


async def test_only_the_kinds_that_are_wanted_are_told(house: House, receiver: Receiver) -> None:
    made = add(house, receiver.url, kinds=["mail_started"])
    happens(house, 3)
    wanted = happens(house, kind=MailStarted)
    last = happens(house, 2)
    await tell(house, made.webhook_id)
    assert receiver.ids == [f"evt_{wanted}"]
    assert endpoints.show(house, made.webhook_id).settled == last
    with pytest.raises(Malformed, match='did you mean "mail_started"'):
        add(house, receiver.url, kinds=["mail_startet"])


async def test_an_endpoint_may_begin_in_the_past(house: House, receiver: Receiver) -> None:
    happens(house, 3)
    made = add(house, receiver.url, after=1)
    await tell(house, made.webhook_id)
    assert receiver.ids == ["evt_2", "evt_3"]
    with pytest.raises(Malformed, match="0 to 3"):
        add(house, receiver.url, after=4)


async def test_what_fails_holds_up_what_is_behind_it_and_is_tried_later_and_later(
    each_house: House, receiver: Receiver
) -> None:
    house = each_house
    turn = later(house)
    made = add(house, receiver.url)
    first = happens(house, 2) - 1
    receiver.answers = [500] * len(RETRY_AFTER)
    for wait in RETRY_AFTER:
        done = await tell(house, made.webhook_id)
        assert done.again_in is not None
        assert timedelta(0) <= wait - done.again_in < timedelta(seconds=5)
        turn(wait)
    assert receiver.ids == [f"evt_{first}"] * len(RETRY_AFTER), "the same id each time"
    await tell(house, made.webhook_id)
    assert receiver.ids[-2:] == [f"evt_{first}", f"evt_{first + 1}"]
    [_, one] = delivered(house, made.webhook_id)
    assert (one.status, one.tries) == ("delivered", 10)
    assert [each.status for each in one.attempts] == [500] * 9 + [204]


async def test_after_ten_failures_it_is_dead_and_can_be_told_again(
    house: House, receiver: Receiver
) -> None:
    turn = later(house)
    made = add(house, receiver.url)
    first = happens(house, 2) - 1
    receiver.answers = [503] * 10
    for wait in RETRY_AFTER:
        await tell(house, made.webhook_id)
        turn(wait)
    await tell(house, made.webhook_id)
    [dead] = delivered(house, made.webhook_id, status="dead")
    assert (dead.position, dead.tries) == (first, 10)
    assert receiver.ids[-1] == f"evt_{first + 1}", "those behind it go on"
    assert endpoints.show(house, made.webhook_id).dead == 1
    assert deliveries.replay(house, made.webhook_id, actor="P-1").replayed == 1
    await tell(house, made.webhook_id)
    assert receiver.ids[-1] == f"evt_{first}"
    assert delivered(house, made.webhook_id, status="dead") == []
    assert deliveries.replay(house, made.webhook_id, actor="P-1").replayed == 0


async def test_what_was_taken_can_be_told_again_and_fails_by_itself(
    house: House, receiver: Receiver
) -> None:
    made = add(house, receiver.url)
    last = happens(house, 2)
    await tell(house, made.webhook_id)
    deliveries.replay(house, made.webhook_id, actor="P-1", positions=[last - 1])
    receiver.answers = [500]
    done = await tell(house, made.webhook_id)
    assert done.again_in is not None
    more = happens(house)
    await tell(house, made.webhook_id)
    assert receiver.ids[-2:] == [f"evt_{last - 1}", f"evt_{more}"], "it holds up nobody"
    with pytest.raises(NotFound, match="remembered"):
        deliveries.replay(house, made.webhook_id, actor="P-1", positions=[99])


async def test_one_that_holds_up_the_others_can_be_set_aside(
    house: House, receiver: Receiver
) -> None:
    made = add(house, receiver.url)
    first = happens(house, 2) - 1
    with pytest.raises(Refused, match="no event holds up"):
        deliveries.skip(house, made.webhook_id, actor="P-1")
    receiver.answers = [400]
    await tell(house, made.webhook_id)
    with pytest.raises(Refused, match="waits for its turn"):
        deliveries.replay(house, made.webhook_id, actor="P-1", positions=[first])
    assert deliveries.skip(house, made.webhook_id, actor="P-1").position == first
    await tell(house, made.webhook_id)
    assert receiver.ids == [f"evt_{first}", f"evt_{first + 1}"]
    assert [one.position for one in delivered(house, made.webhook_id, status="dead")] == [first]


async def test_one_that_is_set_aside_during_an_attempt_stays_aside(
    house: House, receiver: Receiver
) -> None:
    made = add(house, receiver.url)
    first = happens(house, 2) - 1
    receiver.answers = [500, 500]
    await tell(house, made.webhook_id)
    with house.store.write() as tx:
        head = webhooks.delivery(tx, made.webhook_id, first)
        assert head is not None
        webhooks.keep(tx, replace(head, next_at=house.time.wall()))
    receiver.pause = asyncio.Event()
    telling = asyncio.create_task(tell(house, made.webhook_id))
    await receiver.arrived(2)
    deliveries.skip(house, made.webhook_id, actor="P-1")
    receiver.pause.set()
    await telling
    assert [one.position for one in delivered(house, made.webhook_id, status="dead")] == [first]
    assert receiver.ids[-1] == f"evt_{first + 1}"


async def test_410_disables_at_once_and_the_ledger_says_so(
    each_house: House, receiver: Receiver
) -> None:
    house = each_house
    made = add(house, receiver.url)
    first = happens(house, 2) - 1
    receiver.answers = [410]
    assert (await tell(house, made.webhook_id)).ended
    shown = endpoints.show(house, made.webhook_id)
    assert (shown.status, shown.because, shown.settled) == ("disabled", "gone", first - 1)
    with house.store.read() as tx:
        [event] = ledger.read(tx, f"webhook/{made.webhook_id}")
    assert isinstance(event.event, WebhookDisabled)
    assert (event.event.because, event.origin.actor) == ("gone", "sluice")
    assert (await tell(house, made.webhook_id)).ended
    assert len(receiver.messages) == 1
    endpoints.resume(house, made.webhook_id, actor="P-1")
    await tell(house, made.webhook_id)
    assert receiver.ids[1:3] == [f"evt_{first}", f"evt_{first + 1}"], "nothing is lost"


async def test_who_took_nothing_for_five_days_is_disabled(house: House, receiver: Receiver) -> None:
    turn = later(house)
    made = add(house, receiver.url)
    happens(house, 3)
    receiver.answers = [500] * 30
    for _ in range(30):
        done = await tell(house, made.webhook_id)
        if done.ended:
            break
        assert done.again_in is not None
        turn(done.again_in + timedelta(seconds=1))
    shown = endpoints.show(house, made.webhook_id)
    assert (shown.status, shown.because) == ("disabled", "failing")
    assert shown.failing_since is not None
    assert house.time.wall() - shown.failing_since >= timedelta(days=5)
    assert shown.dead == 1, "three days for the first, and the second began"


async def test_a_paused_endpoint_is_told_everything_afterwards(
    house: House, receiver: Receiver
) -> None:
    made = add(house, receiver.url)
    endpoints.pause(house, made.webhook_id, actor="P-1")
    happens(house, 2)
    assert (await tell(house, made.webhook_id)).ended
    assert receiver.messages == []
    assert endpoints.resume(house, made.webhook_id, actor="P-1").status == "active"
    await tell(house, made.webhook_id)
    assert len(receiver.messages) == 2


async def test_after_a_rotation_both_secrets_sign_for_a_day(
    house: House, receiver: Receiver
) -> None:
    turn = later(house)
    made = add(house, receiver.url)
    fresh = endpoints.rotate(house, made.webhook_id, actor="P-1")
    assert fresh.secret != made.secret
    with pytest.raises(Refused, match="within a day"):
        endpoints.rotate(house, made.webhook_id, actor="P-1")
    happens(house)
    await tell(house, made.webhook_id)
    turn(timedelta(hours=24))
    happens(house)
    await tell(house, made.webhook_id)
    first, second = receiver.messages
    assert first.signed_by(secret_of(made))
    assert first.signed_by(secret_of(fresh))
    assert second.signed_by(secret_of(fresh))
    assert not second.signed_by(secret_of(made))


async def test_a_test_message_tells_nothing_and_changes_nothing(
    house: House, receiver: Receiver
) -> None:
    made = add(house, receiver.url)
    receiver.answers = [b"HTTP/1.1 418 Tea\r\nContent-Length: 5\r\n\r\nshort"]
    tried = await deliveries.test(house, made.webhook_id, actor="P-1")
    assert (tried.taken, tried.status, tried.excerpt) == (False, 418, "short")
    [one] = receiver.messages
    assert one.signed_by(secret_of(made))
    assert one.told["type"] == "webhook.test"
    assert endpoints.show(house, made.webhook_id).failing_since is None


async def test_a_removed_endpoint_is_gone_with_what_it_was_told(
    each_house: House, receiver: Receiver
) -> None:
    house = each_house
    made = add(house, receiver.url)
    happens(house)
    await tell(house, made.webhook_id)
    endpoints.remove(house, made.webhook_id, actor="P-1")
    assert endpoints.list_all(house) == []
    for work in (endpoints.show, deliveries.list_page):
        with pytest.raises(NotFound):
            work(house, made.webhook_id)  # type: ignore[operator]
    assert (await tell(house, made.webhook_id)).ended


async def test_every_change_stands_in_the_audit_log(house: House, receiver: Receiver) -> None:
    made = add(house, receiver.url)
    its_id = made.webhook_id
    for work in (endpoints.rotate, endpoints.pause, endpoints.resume):
        work(house, its_id, actor="P-1")
    await deliveries.test(house, its_id, actor="P-1")
    endpoints.remove(house, its_id, actor="P-1")
    log = auditing.list_page(house, stream=f"webhook/{its_id}").entries
    assert [one.what for one in reversed(log)] == [
        f"{word}_webhook" for word in ("add", "rotate", "pause", "resume", "test", "remove")
    ]
    assert secret_of(made) not in str(log)


def test_no_secret_is_kept(house: House, receiver: Receiver) -> None:
    made = add(house, receiver.url)
    kept = (house.config.data_dir / "sluice.db").read_bytes()
    assert secret_of(made).removeprefix("whsec_").encode() not in kept
    assert secret_of(made) not in str(endpoints.list_all(house))


def test_a_dry_run_keeps_nothing_and_there_is_an_end_to_endpoints(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = endpoints.add(house, receiver.url, actor="P-1", dry_run=True)
    assert told.secret is None
    assert endpoints.list_all(house) == []
    monkeypatch.setattr(endpoints, "ENDPOINTS_MAX", 1)
    add(house, receiver.url)
    with pytest.raises(Refused, match="remove one first"):
        add(house, receiver.url)


def test_asked_twice_under_one_id_makes_one(house: House, receiver: Receiver) -> None:
    first = add(house, receiver.url, command_id="hook-0001")
    assert add(house, receiver.url, command_id="hook-0001") == first
    assert len(endpoints.list_all(house)) == 1
    with pytest.raises(Malformed, match="something else"):
        add(house, receiver.url + "/2", command_id="hook-0001")


class Killed(BaseException):
    """The worker died here."""


@pytest.mark.parametrize("point", [one for one in TELLING if one.startswith("deliver.") and (
    one not in ("deliver.begun", "deliver.answered"))])  # fmt: skip
async def test_a_crash_at_any_point_loses_no_event(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    made = add(house, receiver.url)
    last = happens(house, 3)

    def armed(name: str) -> None:
        if name == point:
            raise Killed

    monkeypatch.setattr(delivering, "crashpoint", armed)
    with pytest.raises(Killed):
        await tell(house, made.webhook_id)
    monkeypatch.undo()
    await tell(house, made.webhook_id)
    assert list(dict.fromkeys(receiver.ids)) == [f"evt_{p}" for p in range(last - 2, last + 1)]
    assert len(receiver.ids) <= 4, "at most the one in flight is told twice"
    assert endpoints.show(house, made.webhook_id).settled == last


async def test_old_deliveries_are_forgotten(house: House, receiver: Receiver) -> None:
    turn = later(house)
    made = add(house, receiver.url)
    happens(house)
    await tell(house, made.webhook_id)
    turn(delivering.KEPT + timedelta(days=1))
    last = happens(house)
    await tell(house, made.webhook_id)
    assert [one.position for one in delivered(house, made.webhook_id)] == [last]
