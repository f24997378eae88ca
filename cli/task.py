"""`sluice task`: what people of ours have to do next."""

from typing import Annotated

import typer

from cli import output
from cli.asking import As, CommandId, DryRun, who
from cli.opening import opened, wait
from cli.telling import plan, table, when

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
def done(
    task: Which, dry_run: DryRun = False, command_id: CommandId = None, as_: As = None
) -> None:
    """A task is done; a draft may go."""
    _settle(task, True, dry_run, command_id, as_)


@app.command()
def drop(
    task: Which, dry_run: DryRun = False, command_id: CommandId = None, as_: As = None
) -> None:
    """A task falls away; a draft is not sent."""
    _settle(task, False, dry_run, command_id, as_)


def _settle(
    task: str, finish: bool, dry_run: bool, command_id: str | None, as_: str | None
) -> None:
    from operations import deals, tasks

    with opened() as house:
        if dry_run:
            deal_id, command = tasks.command_for(house, task, finish=finish)
            if deal_id is None:
                output.say({"dry_run": True}, "The task would be settled.")
                return
            would = deals.preview(house, deal_id, command)
            data = {"dry_run": True, **would.model_dump()}
            output.say(data, lambda: "\n".join([*would.would, "", plan(would.next)]))
            return
        settle = tasks.done if finish else tasks.drop
        told = wait(settle(house, task, actor=who(house, as_), command_id=command_id))
    output.say(told, f"{told.task_id} is {told.status}")
