"""Tasks: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import cast

from client.shapes.tasks import TaskList, TaskPage, TaskSettled, WouldSettle
from client.shapes.tasks_asked import Done
from client.wire import Wire, segment


class TasksCalls(Wire):
    """What people of ours have to do; drafts to approve."""

    async def list_tasks(
        self, *, person: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> TaskList:
        """List open tasks, of one person or of all, the most urgent first."""
        return cast(
            "TaskList",
            await self._call(
                "GET", "/tasks", query={"person": person, "limit": limit, "cursor": cursor}
            ),
        )

    async def show_task(self, task_id: str) -> TaskPage:
        """Show a task; a draft with the mail as it would go."""
        return cast("TaskPage", await self._call("GET", f"/tasks/{segment(task_id)}"))

    async def finish_task(
        self,
        task_id: str,
        body: Done,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> TaskSettled | WouldSettle:
        """The task is done; for a draft: it is approved and may go."""
        return cast(
            "TaskSettled | WouldSettle",
            await self._call(
                "POST",
                f"/tasks/{segment(task_id)}/done",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def drop_task(
        self, task_id: str, *, dry_run: bool | None = None, idempotency_key: str | None = None
    ) -> TaskSettled | WouldSettle:
        """The task falls away; for a draft: it is refused and not sent."""
        return cast(
            "TaskSettled | WouldSettle",
            await self._call(
                "POST",
                f"/tasks/{segment(task_id)}/drop",
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
