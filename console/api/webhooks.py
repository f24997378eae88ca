"""Webhooks: other programs that are told what happens, and what became of each message."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from console.api.asking import Actor, Asked, DryRun, Here, Id
from console.api.paging import Page
from console.api.route import router
from domain.access import Permission
from operations.webhooks import deliveries, endpoints
from operations.webhooks.deliveries import DeliveryView, Replayed, Tried
from operations.webhooks.endpoints import NewWebhook, WebhookView

POSITION_MAX = 2**53 - 1

Kind = Annotated[str, Field(pattern=r"^[a-z_]{1,60}$")]
Position = Annotated[int, Field(ge=1, le=POSITION_MAX)]


class Registration(BaseModel):
    """Where to send (https), which kinds of events (none: all), from behind which position."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, Field(min_length=1, max_length=1_000)]
    kinds: Annotated[list[Kind], Field(max_length=100)] = []
    description: Annotated[str, Field(max_length=200)] = ""
    after: Annotated[int, Field(ge=0, le=POSITION_MAX)] | None = None


class Replaying(BaseModel):
    """Which events to tell again; none: all that are dead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    positions: Annotated[list[Position], Field(max_length=200)] = []


class WebhookList(BaseModel):
    """Every webhook, the oldest first."""

    webhooks: list[WebhookView]


class DeliveryList(BaseModel):
    """One page of what became of events, the newest first; `next` is a cursor."""

    deliveries: tuple[DeliveryView, ...]
    next: str | None


def routes() -> APIRouter:
    """`/webhooks`."""
    api = router("/webhooks", "Webhooks", Permission.MANAGE_KEYS)

    @api.get("")
    def list_webhooks(house: Here) -> WebhookList:
        """List the webhooks and how far each is told."""
        return WebhookList(webhooks=endpoints.list_all(house))

    @api.post("")
    def add_webhook(
        house: Here, wanted: Registration, asked: Asked, dry_run: DryRun = False
    ) -> NewWebhook:
        """Tell a program what happens. The answer has its secret, which is never shown again."""
        said = wanted.model_dump()
        return endpoints.add(house, said.pop("url"), **said, **asked.named, dry_run=dry_run)

    @api.get("/{webhook}")
    def show_webhook(house: Here, webhook: Id) -> WebhookView:
        """Show one webhook."""
        return endpoints.show(house, webhook)

    @api.delete("/{webhook}")
    def remove_webhook(house: Here, webhook: Id, actor: Actor) -> WebhookView:
        """Forget a webhook and what it was told."""
        return endpoints.remove(house, webhook, actor=actor)

    @api.get("/{webhook}/deliveries")
    def list_deliveries(
        house: Here,
        webhook: Id,
        page: Page,
        status: Annotated[
            Literal["waiting", "delivered", "dead"] | None, Query(description="Only those")
        ] = None,
    ) -> DeliveryList:
        """List what became of events at a webhook, the newest first, with every attempt."""
        found = deliveries.list_page(
            house, webhook, status=status, cursor=page.place(house), limit=page.limit
        )
        following = page.following(house, found.cursor)
        return DeliveryList(deliveries=found.deliveries, next=following)

    return _changing(api)


def _changing(api: APIRouter) -> APIRouter:
    """The routes that change how a webhook is told."""

    @api.post("/{webhook}/rotate")
    def rotate_webhook(house: Here, webhook: Id, actor: Actor) -> NewWebhook:
        """Give it a new secret; for 24 hours the one before it signs too."""
        return endpoints.rotate(house, webhook, actor=actor)

    @api.post("/{webhook}/pause")
    def pause_webhook(house: Here, webhook: Id, actor: Actor) -> WebhookView:
        """Tell it nothing until it is resumed. Nothing is lost meanwhile."""
        return endpoints.pause(house, webhook, actor=actor)

    @api.post("/{webhook}/resume")
    def resume_webhook(house: Here, webhook: Id, actor: Actor) -> WebhookView:
        """Go on where it was left, also after it was disabled."""
        return endpoints.resume(house, webhook, actor=actor)

    @api.post("/{webhook}/replay")
    def replay_webhook(house: Here, webhook: Id, wanted: Replaying, actor: Actor) -> Replayed:
        """Tell events again, under the same ids: some, or all that are dead."""
        return deliveries.replay(house, webhook, actor=actor, positions=wanted.positions)

    @api.post("/{webhook}/skip")
    def skip_delivery(house: Here, webhook: Id, actor: Actor) -> DeliveryView:
        """Set aside the event that holds up those behind it. It can be replayed."""
        return deliveries.skip(house, webhook, actor=actor)

    @api.post("/{webhook}/test")
    async def test_webhook(house: Here, webhook: Id, actor: Actor) -> Tried:
        """Send a message that tells nothing, now, and say what became of it."""
        return await deliveries.test(house, webhook, actor=actor)

    return api
