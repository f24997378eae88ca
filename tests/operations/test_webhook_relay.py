"""The relay wakes the workflows of webhooks that have something to tell, and no others."""

from datetime import timedelta

import pytest

from domain.house_events import MailStarted
from operations.house import House
from operations.webhooks import deliveries, endpoints, relaying
from store import webhooks
from tests.operations.test_webhooks import add, happens, house, receiver, tell
from tests.support.receiver import Receiver
from tests.support.staff import later

__all__ = ["house", "receiver"]


class Woken:
    """Counts whom the relay wakes, in the place of Temporal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, house: House) -> None:
        self.ids: list[str] = []

        async def wake(client: object, webhook_id: str) -> None:
            self.ids.append(webhook_id)

        async def temporal() -> object:
            return self

        monkeypatch.setattr(relaying, "wake", wake)
        monkeypatch.setattr(house, "temporal", temporal)

    async def look(self, house: House) -> int:
        self.ids.clear()
        return await relaying.relay_once(house)


async def test_the_relay_wakes_whoever_wants_what_happened_and_nobody_else(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay, turn = Woken(monkeypatch, house), later(house)
    every = add(house, receiver.url)
    some = add(house, receiver.url, kinds=["mail_started"])
    assert await relay.look(house) == 0
    happens(house, 2)
    assert await relay.look(house) == 1
    assert relay.ids == [every.webhook_id]
    assert await relay.look(house) == 0, "once is enough"
    assert endpoints.show(house, some.webhook_id).behind == 0, "nothing for it in between"
    turn(relaying.LOST + timedelta(seconds=1))
    assert await relay.look(house) == 1, "it stays behind, so its workflow may be lost"
    await tell(house, every.webhook_id)
    turn(relaying.LOST + timedelta(seconds=1))
    assert await relay.look(house) == 0
    happens(house, kind=MailStarted)
    assert await relay.look(house) == 2


async def test_the_relay_leaves_alone_who_waits_to_try_again_and_who_is_paused(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay, turn = Woken(monkeypatch, house), later(house)
    made = add(house, receiver.url)
    happens(house)
    receiver.answers = [500, 500]
    await tell(house, made.webhook_id)
    turn(timedelta(seconds=6))
    await tell(house, made.webhook_id)
    happens(house, 3)
    assert await relay.look(house) == 0, "its workflow sleeps five minutes"
    turn(timedelta(minutes=5) + relaying.LOST + timedelta(seconds=1))
    assert await relay.look(house) == 1, "it should have tried by now"
    endpoints.pause(house, made.webhook_id, actor="P-1")
    assert await relay.look(house) == 0
    endpoints.resume(house, made.webhook_id, actor="P-1")
    assert await relay.look(house) == 1
    await tell(house, made.webhook_id)
    assert len(receiver.messages) == 6


async def test_a_ring_during_the_waking_is_not_lost(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = add(house, receiver.url)
    happens(house)
    await tell(house, made.webhook_id)
    with house.store.read() as tx:
        [seen] = webhooks.active(tx)
    deliveries.replay(house, made.webhook_id, actor="P-1", positions=[1])
    with house.store.write() as tx:
        webhooks.looked(tx, seen, seen.told, house.time.wall(), woken=True)
    assert await Woken(monkeypatch, house).look(house) == 1
