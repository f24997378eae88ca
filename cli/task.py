"""`sluice task`: what people of ours have to do next."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output
from cli.asking import As, CommandId, DryRun, who
from cli.opening import opened, wait
from cli.telling import plan, table, when

if TYPE_CHECKING:
    from operations.tasks import TaskPage

app = typer.Typer()

Which = Annotated[str, typer.Argument(metavar="TASK", help="The task's id (T-…)")]


@app.command("list")
def list_(
    person: Annotated[str | None, typer.Option(help="Address or id [default: all]")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 200,
) -> None:
    """List open tasks, the most urgent first."""
    from operations import tasks

    with opened() as house:
        found = tasks.list_open(house, person=person, limit=limit)
    rows = [
        (
            one.task_id,
            when(one.due_at) + (" overdue" if one.overdue else ""),
            one.verb,
            one.name,
            one.person or one.role,
            one.title or one.deal_id,
        )
        for one in found
    ]
    heads = ("task", "due", "", "what", "who", "deal")
    output.say(found, lambda: table(heads, rows) if rows else "Nothing is to be done.")


@app.command()
def show(
    task: Which, html: Annotated[bool, typer.Option("--html", help="The HTML part")] = False
) -> None:
    """Show a task; a draft with the mail as it would go."""
    from operations import tasks

    with opened() as house:
        found = tasks.show(house, task)
    output.say(found, lambda: _page(found, html))


@app.command()
def done(
    task: Which,
    words: Annotated[
        str | None,
        typer.Option(metavar="WORDS", help="Approve a draft only in the words `task show` named"),
    ] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """A task is done; a draft may go, in the words that it has now."""
    _settle(task, True, dry_run, command_id, as_, words)


@app.command()
def drop(
    task: Which, dry_run: DryRun = False, command_id: CommandId = None, as_: As = None
) -> None:
    """A task falls away; a draft is not sent."""
    _settle(task, False, dry_run, command_id, as_)


def _page(found: "TaskPage", html: bool) -> str:
    one, draft = found.task, found.draft
    late = " overdue" if one.overdue else ""
    told = [f"{one.verb} {one.name}: {one.status}" + (f", {one.reason}" if one.reason else "")]
    told += [f"for {one.person or one.role}, due {when(one.due_at)}{late}"]
    told += [f"deal {one.deal_id}: {one.title or '(erased)'}"] if one.deal_id else []
    if draft is None:
        return "\n".join(told)
    named = f"{draft.to_name} <{draft.to}>" if draft.to_name and draft.to else draft.to
    told += ["", f"To: {named or 'nobody'}"]
    if draft.barred:
        told += [f"As things stand it will not go: {draft.barred.replace('_', ' ')}"]
    if draft.problem:
        return "\n".join([*told, f"It cannot be written: {draft.problem}"])
    told += [f"Subject: {draft.subject}", "", (draft.html if html else draft.text) or "", ""]
    told += [f"It goes when you say: sluice task done {one.task_id} --words {draft.words}"]
    told += [f"It does not when you say: sluice task drop {one.task_id}"]
    return "\n".join(told)


def _settle(
    task: str,
    finish: bool,
    dry_run: bool,
    command_id: str | None,
    as_: str | None,
    words: str | None = None,
) -> None:
    from operations import tasks

    with opened() as house:
        if dry_run:
            would = tasks.preview(house, task, finish=finish)
            if would is None:
                output.say({"dry_run": True}, "The task would be settled.")
                return
            data = {"dry_run": True, **would.model_dump()}
            output.say(data, lambda: "\n".join([*would.would, "", plan(would.next)]))
            return
        asked: dict[str, Any] = {"actor": who(house, as_), "command_id": command_id}
        if finish:
            told = wait(tasks.done(house, task, words=words, **asked))
        else:
            told = wait(tasks.drop(house, task, **asked))
    output.say(told, f"{told.task_id} is {told.status}")
