"""Tasks: what people of ours have to do; a draft is approved or refused as a task is settled."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from console.access import needs
from console.api.asking import Asked, DryRun, Here, Id, Word
from console.api.paging import Page
from console.api.route import SEES, router
from domain.access import Permission
from operations import tasks
from operations.deals import Preview
from operations.house import House
from operations.tasks import Settled, TaskLine, TaskPage


class Done(BaseModel):
    """Which words of a draft were read (`draft.words`): it goes in no others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: Annotated[str, Field(min_length=1, max_length=80)] | None = None


class TaskList(BaseModel):
    """One page of open tasks, the most urgent first; `next` is a cursor."""

    tasks: tuple[TaskLine, ...]
    next: str | None


class WouldSettle(BaseModel):
    """What settling the task would do to its deal; None for a task of a nurture."""

    would: Preview | None


def routes() -> APIRouter:
    """`/tasks`."""
    api = router("/tasks", "Tasks")
    may = [needs(Permission.WORK_DEALS), SEES]

    @api.get("")
    def list_tasks(
        house: Here,
        page: Page,
        person: Annotated[Word | None, Query(description="A person's id")] = None,
    ) -> TaskList:
        """List open tasks, of one person or of all, the most urgent first."""
        found = tasks.list_page(house, person=person, cursor=page.place(house), limit=page.limit)
        return TaskList(tasks=found.tasks, next=page.following(house, found.cursor))

    @api.get("/{task_id}")
    def show_task(house: Here, task_id: Id) -> TaskPage:
        """Show a task; a draft with the mail as it would go."""
        return tasks.show(house, task_id)

    @api.post("/{task_id}/done", dependencies=may)
    async def finish_task(
        house: Here, task_id: Id, done: Done, asked: Asked, dry_run: DryRun = False
    ) -> Settled | WouldSettle:
        """The task is done; for a draft: it is approved and may go."""
        if dry_run:
            return await _would(house, task_id, True)
        return await tasks.done(house, task_id, **asked.named, words=done.words)

    @api.post("/{task_id}/drop", dependencies=may)
    async def drop_task(
        house: Here, task_id: Id, asked: Asked, dry_run: DryRun = False
    ) -> Settled | WouldSettle:
        """The task falls away; for a draft: it is refused and not sent."""
        if dry_run:
            return await _would(house, task_id, False)
        return await tasks.drop(house, task_id, **asked.named)

    return api


async def _would(house: House, task_id: str, finish: bool) -> WouldSettle:
    return WouldSettle(would=await asyncio.to_thread(tasks.preview, house, task_id, finish=finish))
