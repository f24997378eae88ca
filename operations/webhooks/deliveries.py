"""What became of each message to an endpoint: read, told again, set aside, and tried out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from activities.contract import webhook_workflow_id
from activities.delivering import signed
from activities.outward import Poster
from domain import webhooks as w
from domain.refusal import Malformed, NotFound, Refused
from operations.desk import new_command_id, reaching
from operations.house import House
from operations.logbook import note
from operations.webhooks.endpoints import find
from store import webhooks
from store.database import Tx
from store.webhooks import Delivery, Endpoint, State

STATES: Final[tuple[State, ...]] = ("waiting", "delivered", "dead")

LIMIT_MAX: Final = 200

REPLAYED_MAX: Final = 1_000
"""Dead ones that one request has told again."""


class Attempt(BaseModel):
    """One try: how long it took, and the status with the beginning of the answer, or why not."""

    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    ms: int
    status: int | None = None
    problem: str | None = None
    excerpt: str = ""


class DeliveryView(BaseModel):
    """What became of the event at a position. `status` is waiting, delivered or dead."""

    model_config = ConfigDict(frozen=True)

    position: int
    kind: str
    status: str
    tries: int
    last_at: AwareDatetime | None
    next_at: AwareDatetime | None
    attempts: tuple[Attempt, ...]


class DeliveryPage(BaseModel):
    """Some deliveries, the newest event first; `cursor` leads on to older ones."""

    deliveries: tuple[DeliveryView, ...]
    cursor: str | None


class Replayed(BaseModel):
    """How many events are told again."""

    replayed: int


class Tried(BaseModel):
    """What became of a message that was sent to try an endpoint."""

    model_config = ConfigDict(frozen=True)

    taken: bool
    ms: int
    status: int | None
    problem: str | None
    excerpt: str


def list_page(
    house: House,
    webhook_id: str,
    *,
    status: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> DeliveryPage:
    """What became of the events, the newest first. Raises NotFound, Malformed."""
    if status is not None and status not in STATES:
        raise Malformed(f"a delivery is {', '.join(STATES)}", "status")
    if cursor is not None and not (cursor.isdecimal() and len(cursor) < 19):
        raise Malformed("this cursor was given by no page", "cursor")
    limit = max(1, min(limit, LIMIT_MAX))
    before = int(cursor) if cursor is not None else None
    with reaching("the database"), house.store.read() as tx:
        find(tx, webhook_id)
        state = next((one for one in STATES if one == status), None)
        found = webhooks.deliveries(tx, webhook_id, status=state, before=before, limit=limit + 1)
    rows = found[:limit]
    more = str(rows[-1].position) if len(found) > limit else None
    return DeliveryPage(deliveries=tuple(map(_view, rows)), cursor=more)


def replay(house: House, webhook_id: str, *, actor: str, positions: Sequence[int] = ()) -> Replayed:
    """Tell events again, under the same ids: those at these positions, or all that are dead.

    Raises NotFound for what is not remembered, Refused for what still waits for its turn.
    """
    with reaching("the database"), house.store.write() as tx:
        endpoint = find(tx, webhook_id, lock=True)
        if positions:
            found = [_one(tx, endpoint, position) for position in dict.fromkeys(positions)]
        else:
            found = webhooks.deliveries(tx, webhook_id, status="dead", limit=REPLAYED_MAX)
        for one in found:
            again = replace(one, status="waiting", tries=0, next_at=house.time.wall())
            webhooks.keep(tx, again)
        if found:
            webhooks.ring(tx, webhook_id)
            note(tx, house, "replay_webhook", actor=actor, stream=webhook_workflow_id(webhook_id))
    return Replayed(replayed=len(found))


def skip(house: House, webhook_id: str, *, actor: str) -> DeliveryView:
    """Set aside the event that holds up those behind it: it is dead, and can be replayed.

    Raises NotFound, Refused when none does.
    """
    with reaching("the database"), house.store.write() as tx:
        endpoint = find(tx, webhook_id, lock=True)
        head = webhooks.head(tx, endpoint)
        if head is None:
            raise Refused("nothing_waits", "no event holds up the others at this webhook")
        dead = replace(head, status="dead", next_at=None)
        webhooks.keep(tx, dead)
        webhooks.settle(tx, webhook_id, head.position)
        webhooks.ring(tx, webhook_id, next_at=None)
        note(tx, house, "skip_webhook", actor=actor, stream=webhook_workflow_id(webhook_id))
    return _view(dead)


async def test(house: House, webhook_id: str, *, actor: str) -> Tried:
    """Send a message that tells nothing, and say what became of it. Raises NotFound.

    It is signed like any other, and changes nothing of what the endpoint is told.
    """
    with reaching("the database"), house.store.write() as tx:
        endpoint = find(tx, webhook_id)
        note(tx, house, "test_webhook", actor=actor, stream=webhook_workflow_id(webhook_id))
    now = house.time.wall()
    body = w.message(w.TEST, now, {"webhook_id": webhook_id})
    its_id = f"test_{new_command_id()}"
    headers = signed(house.config.secret, endpoint, its_id, now, body)
    answer = await poster(house).post(endpoint.url, headers, body)
    return Tried(
        taken=answer.taken,
        ms=answer.ms,
        status=answer.status,
        problem=answer.problem,
        excerpt=answer.excerpt,
    )


def poster(house: House) -> Poster:
    """What sends messages as the settings allow."""
    return Poster(house.config.webhook_loopback)


def _one(tx: Tx, endpoint: Endpoint, position: int) -> Delivery:
    found = webhooks.delivery(tx, endpoint.webhook_id, position)
    if found is None:
        told = f"no delivery of the event at {position} is remembered here"
        raise NotFound(told, "positions")
    if found.status == "waiting" and position > endpoint.settled:
        told = f"the event at {position} waits for its turn; set it aside, or resume the webhook"
        raise Refused("waits", told, "positions")
    return found


def _view(one: Delivery) -> DeliveryView:
    names = DeliveryView.model_fields.keys() - {"attempts"}
    attempts = tuple(Attempt.model_validate(each) for each in one.attempts)
    return DeliveryView(attempts=attempts, **{name: getattr(one, name) for name in names})
