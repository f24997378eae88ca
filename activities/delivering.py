"""Telling other programs what happened: each endpoint in the order of the ledger, at least once.

An event is settled in the transaction that writes down what became of it, after the answer. So a
crash, or a database that is down, loses none; it may be told twice, under the same id.
"""

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.contract import DELIVER, NextDelivery, Told, webhook_workflow_id
from activities.crashpoints import crashpoint
from activities.outward import Answer, Poster
from activities.perform import heartbeats
from activities.timekeeping import Timekeeper
from domain import webhooks as w
from domain.house_events import WebhookDisabled
from store import ledger, webhooks
from store.database import Store, Tx
from store.errors import Unreachable
from store.ledger import Origin, Recorded
from store.webhooks import Delivery, Endpoint

WORKS_S: Final = 60.0
"""How long one attempt of the activity goes on; the next one follows at once."""

WINDOW: Final = 5_000
"""Positions that are looked at in one question to the ledger."""

KEPT: Final = timedelta(days=30)
"""For how long it is remembered what became of an event."""

ATTEMPTS_KEPT: Final = 20

log = logging.getLogger("sluice.webhooks")


@dataclass(frozen=True, slots=True)
class _Job:
    """One event that is to be told now."""

    endpoint: Endpoint
    event: Recorded
    known: Delivery


@dataclass(frozen=True, slots=True)
class _Pause:
    """Nothing is to be told until a moment (None: until something happens), or ever (`ended`)."""

    until: datetime | None = None
    ended: bool = False
    settled: int = 0


class Courier:
    """Tells one endpoint after the other, for as long as there is something to tell."""

    def __init__(self, store: Store, time: Timekeeper, secret: bytes, poster: Poster) -> None:
        self.store = store
        self.time = time
        self.secret = secret
        self.poster = poster

    @activity.defn(name=DELIVER)
    async def deliver(self, told: Told) -> NextDelivery:
        """Tell what is due, and say when there is more."""
        crashpoint("deliver.begun")
        async with heartbeats():
            try:
                done = await self.tell(told.webhook_id)
            except Unreachable as down:
                raise ApplicationError(down.reason, type="Unreachable") from None
        crashpoint("deliver.answered")
        return done

    async def tell(self, webhook_id: str, works_s: float = WORKS_S) -> NextDelivery:
        """The same without Temporal. Raises Unreachable."""
        until = monotonic() + works_s
        await asyncio.to_thread(self._prune, webhook_id)
        while True:
            found = await asyncio.to_thread(self._next, webhook_id)
            if isinstance(found, _Pause):
                return self._said(found)
            answer = await self._post(found)
            await asyncio.to_thread(self._settle, found, answer)
            if monotonic() > until:
                details = f"told up to event {found.endpoint.settled}, and goes on"
                return NextDelivery(again_in=timedelta(0), details=details)

    def _said(self, pause: _Pause) -> NextDelivery:
        if pause.ended:
            return NextDelivery(ended=True, details="is told nothing any more")
        if pause.until is None:
            return NextDelivery(details=f"told up to event {pause.settled}")
        details = f"told up to event {pause.settled}; tries again {pause.until:%d %b %H:%M} UTC"
        wait = max(pause.until - self.time.wall(), timedelta(0))
        return NextDelivery(again_in=wait, details=details)

    def _next(self, webhook_id: str) -> _Job | _Pause:
        """What is to be told now: what is replayed, then what is next in the ledger."""
        now = self.time.wall()
        with self.store.read() as tx:
            endpoint = webhooks.load(tx, webhook_id)
            if endpoint is None or endpoint.status != "active":
                return _Pause(ended=True)
            again, head = webhooks.replayed(tx, endpoint), webhooks.head(tx, endpoint)
            waits = [one.next_at for one in (again, head) if one is not None and one.next_at]
            for one in (again, head):
                if one is not None and (one.next_at is None or one.next_at <= now):
                    return _job(tx, endpoint, one)
            if head is None:
                last = ledger.last_position(tx)
                found = _behind(tx, endpoint, last)
                if found is not None:
                    return found
        if head is None and min(endpoint.settled, endpoint.told) < last:
            with self.store.write() as tx:
                webhooks.settle(tx, webhook_id, last)
                webhooks.save(tx, webhook_id, told=last)
                crashpoint("deliver.looked_uncommitted")
        settled = last if head is None else endpoint.settled
        return _Pause(min(waits, default=None), settled=settled)

    async def _post(self, job: _Job) -> Answer:
        """Sign it as of now and send it."""
        event, endpoint, wall = job.event, job.endpoint, self.time.wall()
        body = w.message(event.kind, event.happened_at, facts(event))
        headers = signed(self.secret, endpoint, message_id(event.position), wall, body)
        crashpoint("deliver.before_post")
        answer = await self.poster.post(endpoint.url, headers, body)
        crashpoint("deliver.after_post")
        return answer

    def _settle(self, job: _Job, answer: Answer) -> None:
        """Write down what became of it, and what follows for the endpoint."""
        now = self.time.wall()
        with self.store.write() as tx:
            endpoint = webhooks.load(tx, job.endpoint.webhook_id, lock=True)
            if endpoint is None:
                return
            known = webhooks.delivery(tx, endpoint.webhook_id, job.event.position) or job.known
            one = _after(known, answer, now)
            webhooks.keep(tx, one)
            in_turn = one.position > endpoint.settled
            if one.status != "waiting":
                webhooks.settle(tx, endpoint.webhook_id, one.position)
            fresh: dict[str, Any] = {"next_at": one.next_at} if in_turn else {}
            if answer.taken:
                fresh["failing_since"] = None
            else:
                since = endpoint.failing_since or now
                fresh["failing_since"] = since
                self._disable(tx, endpoint, answer, now - since)
            webhooks.save(tx, endpoint.webhook_id, **fresh)
            crashpoint("deliver.outcome_uncommitted")
        crashpoint("deliver.outcome_committed")

    def _disable(self, tx: Tx, endpoint: Endpoint, answer: Answer, failing: timedelta) -> None:
        """Tell it nothing any more, if it said so or took nothing for too long."""
        gone = answer.status == w.GONE
        if endpoint.status == "disabled" or (not gone and failing < w.FAILING_MAX):
            return
        now, its_id = self.time.wall(), endpoint.webhook_id
        event = WebhookDisabled(
            at=self.time.now(), webhook_id=its_id, because="gone" if gone else "failing"
        )
        webhooks.save(
            tx, its_id, status="disabled", status_since=now, because=event.because, next_at=None
        )
        stream = webhook_workflow_id(its_id)
        origin = Origin(actor="sluice", recorded_at=now, cause=event.because)
        ledger.append(tx, stream, ledger.head(tx, stream), [event], origin)
        log.warning("the webhook %s is disabled: %s", its_id, event.because)

    def _prune(self, webhook_id: str) -> None:
        with self.store.write() as tx:
            webhooks.prune(tx, webhook_id, self.time.wall() - KEPT)


def facts(event: Recorded) -> dict[str, Any]:
    """What of an event is told to other programs: what the feed gives, ids and no names."""
    origin = event.origin
    return {
        "position": event.position,
        "stream": event.stream,
        "version": event.version,
        "recorded_at": origin.recorded_at.isoformat(),
        "actor": origin.actor,
        "cause": origin.cause,
        "command_id": origin.command_id,
        "playbook_version": origin.playbook_version,
        "event": event.event.model_dump(mode="json", exclude={"kind", "at"}),
    }


def message_id(position: int) -> str:
    """The id of an event's message, the same however often it is sent."""
    return f"evt_{position}"


def signed(
    secret: bytes, endpoint: Endpoint, its_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """The headers of a message. Shortly after a rotation both secrets sign."""
    generations = [endpoint.generation]
    if endpoint.rotated_at is not None and at - endpoint.rotated_at < w.BOTH_SIGN:
        generations.append(endpoint.generation - 1)
    keys = [w.derived_secret(secret, endpoint.webhook_id, one) for one in generations]
    timestamp = int(at.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "Sluice",
        "webhook-id": its_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": w.signature(keys, its_id, timestamp, body),
    }


def _behind(tx: Tx, endpoint: Endpoint, last: int) -> _Job | None:
    """The first event behind what is settled that the endpoint wants."""
    after = endpoint.settled
    while after < last:
        until = min(after + WINDOW, last)
        position = webhooks.first_wanted(tx, after, until, endpoint.kinds)
        if position is not None:
            event = ledger.feed(tx, position - 1, 1)[0]
            known = webhooks.delivery(tx, endpoint.webhook_id, position)
            fresh = Delivery(webhook_id=endpoint.webhook_id, position=position, kind=event.kind)
            return _Job(endpoint, event, known or fresh)
        after = until
    return None


def _job(tx: Tx, endpoint: Endpoint, one: Delivery) -> _Job:
    return _Job(endpoint, ledger.feed(tx, one.position - 1, 1)[0], one)


def _after(known: Delivery, answer: Answer, now: datetime) -> Delivery:
    """The delivery as it stands after one more attempt."""
    attempt: dict[str, Any] = {"at": now.isoformat(), "ms": answer.ms}
    if answer.problem is not None:
        attempt["problem"] = answer.problem
    else:
        attempt |= {"status": answer.status, "excerpt": answer.excerpt}
    attempts = (*known.attempts, attempt)[-ATTEMPTS_KEPT:]
    tries = known.tries + 1
    one = replace(known, attempts=attempts, tries=tries, last_at=now, next_at=None)
    if answer.taken:
        return replace(one, status="delivered")
    again = w.next_attempt(tries, now)
    # Dead already: a person set it aside while this attempt was on its way.
    if again is None or known.status == "dead":
        return replace(one, status="dead")
    return replace(one, status="waiting", next_at=again)
