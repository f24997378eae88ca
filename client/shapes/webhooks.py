"""Webhooks: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import NotRequired, TypedDict


class Attempt(TypedDict):
    """One try: how long it took, and the status with the beginning of the answer, or why not."""

    at: str
    ms: int
    status: NotRequired["int | None"]
    problem: NotRequired["str | None"]
    excerpt: NotRequired[str]


class DeliveryList(TypedDict):
    """One page of what became of events, the newest first; `next` is a cursor."""

    deliveries: "list[DeliveryView]"
    next: "str | None"


class DeliveryView(TypedDict):
    """What became of the event at a position."""

    position: int
    kind: str
    status: str
    tries: int
    last_at: "str | None"
    next_at: "str | None"
    attempts: "list[Attempt]"


class NewWebhook(TypedDict):
    """An endpoint with the secret that signs from now on; it is never shown again."""

    webhook_id: str
    url: str
    description: str
    kinds: list[str]
    status: str
    status_since: str
    because: "str | None"
    settled: int
    behind: int
    waiting: int
    dead: int
    next_at: "str | None"
    failing_since: "str | None"
    rotated_at: "str | None"
    created_at: str
    created_by: str
    secret: "str | None"


class Replayed(TypedDict):
    """How many events are told again."""

    replayed: int


class Tried(TypedDict):
    """What became of a message that was sent to try an endpoint."""

    taken: bool
    ms: int
    status: "int | None"
    problem: "str | None"
    excerpt: str


class WebhookList(TypedDict):
    """Every webhook, the oldest first."""

    webhooks: "list[WebhookView]"


class WebhookView(TypedDict):
    """An endpoint as the doors show it."""

    webhook_id: str
    url: str
    description: str
    kinds: list[str]
    status: str
    status_since: str
    because: "str | None"
    settled: int
    behind: int
    waiting: int
    dead: int
    next_at: "str | None"
    failing_since: "str | None"
    rotated_at: "str | None"
    created_at: str
    created_by: str
