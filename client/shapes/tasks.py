"""Tasks: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import NotRequired, TypedDict

from client.shapes.deals import Preview


class Draft(TypedDict):
    """A mail that waits for approval, as it would go now."""

    task_id: str
    deal_id: "str | None"
    step: str
    template: str
    closes: str
    to_name: NotRequired["str | None"]
    to: NotRequired["str | None"]
    subject: NotRequired["str | None"]
    text: NotRequired["str | None"]
    html: NotRequired["str | None"]
    words: NotRequired["str | None"]
    problem: NotRequired["str | None"]
    barred: NotRequired["str | None"]


class TaskLine(TypedDict):
    """A task as lists show it; `overdue` as of now."""

    task_id: str
    verb: str
    name: str
    status: str
    due_at: str
    overdue: bool
    created_at: str
    role: str
    person_id: "str | None"
    person: "str | None"
    deal_id: "str | None"
    title: "str | None"
    reason: NotRequired["str | None"]


class TaskList(TypedDict):
    """One page of open tasks, the most urgent first; `next` is a cursor."""

    tasks: "list[TaskLine]"
    next: "str | None"


class TaskPage(TypedDict):
    """A task, and for a draft that waits the mail as it would go."""

    task: "TaskLine"
    draft: NotRequired["Draft | None"]


class TaskSettled(TypedDict):
    """What became of a task."""

    task_id: str
    status: str
    deal_id: NotRequired["str | None"]
    version: NotRequired[int]


class WouldSettle(TypedDict):
    """What settling the task would do to its deal; None for a task of a nurture."""

    would: "Preview | None"
