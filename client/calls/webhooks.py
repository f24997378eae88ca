"""Webhooks: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Literal, cast

from client.shapes.webhooks import (
    DeliveryList,
    DeliveryView,
    NewWebhook,
    Replayed,
    Tried,
    WebhookList,
    WebhookView,
)
from client.shapes.webhooks_asked import Registration, Replaying
from client.wire import Wire, segment


class WebhooksCalls(Wire):
    """Other programs that are told of it."""

    async def list_webhooks(self) -> WebhookList:
        """List the webhooks and how far each is told."""
        return cast("WebhookList", await self._call("GET", "/webhooks"))

    async def add_webhook(
        self, body: Registration, *, dry_run: bool | None = None, idempotency_key: str | None = None
    ) -> NewWebhook:
        """Tell a program what happens. The answer has its secret, which is never shown again."""
        return cast(
            "NewWebhook",
            await self._call(
                "POST",
                "/webhooks",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def show_webhook(self, webhook: str) -> WebhookView:
        """Show one webhook."""
        return cast("WebhookView", await self._call("GET", f"/webhooks/{segment(webhook)}"))

    async def remove_webhook(self, webhook: str) -> WebhookView:
        """Forget a webhook and what it was told."""
        return cast("WebhookView", await self._call("DELETE", f"/webhooks/{segment(webhook)}"))

    async def list_deliveries(
        self,
        webhook: str,
        *,
        status: Literal["waiting", "delivered", "dead"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> DeliveryList:
        """List what became of events at a webhook, the newest first, with every attempt."""
        return cast(
            "DeliveryList",
            await self._call(
                "GET",
                f"/webhooks/{segment(webhook)}/deliveries",
                query={"status": status, "limit": limit, "cursor": cursor},
            ),
        )

    async def rotate_webhook(self, webhook: str) -> NewWebhook:
        """Give it a new secret; for 24 hours the one before it signs too."""
        return cast("NewWebhook", await self._call("POST", f"/webhooks/{segment(webhook)}/rotate"))

    async def pause_webhook(self, webhook: str) -> WebhookView:
        """Tell it nothing until it is resumed. Nothing is lost meanwhile."""
        return cast("WebhookView", await self._call("POST", f"/webhooks/{segment(webhook)}/pause"))

    async def resume_webhook(self, webhook: str) -> WebhookView:
        """Go on where it was left, also after it was disabled."""
        return cast("WebhookView", await self._call("POST", f"/webhooks/{segment(webhook)}/resume"))

    async def replay_webhook(self, webhook: str, body: Replaying) -> Replayed:
        """Tell events again, under the same ids: some, or all that are dead."""
        return cast(
            "Replayed", await self._call("POST", f"/webhooks/{segment(webhook)}/replay", body=body)
        )

    async def skip_delivery(self, webhook: str) -> DeliveryView:
        """Set aside the event that holds up those behind it. It can be replayed."""
        return cast("DeliveryView", await self._call("POST", f"/webhooks/{segment(webhook)}/skip"))

    async def test_webhook(self, webhook: str) -> Tried:
        """Send a message that tells nothing, now, and say what became of it."""
        return cast("Tried", await self._call("POST", f"/webhooks/{segment(webhook)}/test"))
