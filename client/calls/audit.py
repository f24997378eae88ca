"""Audit: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import cast

from client.shapes.audit import AuditList
from client.wire import Wire


class AuditCalls(Wire):
    """Who asked for what, and what became of it."""

    async def read_audit(
        self,
        *,
        actor: str | None = None,
        stream: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AuditList:
        """Read the audit log, the newest first: of all, of an `actor`, about a `stream`."""
        return cast(
            "AuditList",
            await self._call(
                "GET",
                "/audit",
                query={"actor": actor, "stream": stream, "limit": limit, "cursor": cursor},
            ),
        )
