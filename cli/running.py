"""What runs: everything at once, the worker, the console; and what is wrong when it does not."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.opening import config, settings
from domain.refusal import Malformed

app = typer.Typer()


@app.command()
def up(
    data: Annotated[
        Path | None, typer.Option(help="The folder that keeps everything (.sluice)")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="The console's port, 0 for any", min=0, max=65535)
    ] = None,
    speed: Annotated[
        float | None, typer.Option(help="Business seconds in a second", min=0.01, max=1e7)
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="When business time begins, as 2026-03-02T08:00")
    ] = None,
) -> None:
    """Start everything on this machine: Temporal, mailbox, worker and console."""
    from cli.children import ChildFailed
    from cli.up import up as bring_up
    from settings import load

    given = {"data_dir": data} if data is not None else {}
    begins = _moment(start) if start is not None else None
    try:
        asyncio.run(bring_up(load(of_running=False, **given), port, speed, begins))
    except ChildFailed as failed:
        output.note(f"sluice: {failed}")
        raise typer.Exit(output.UNREACHABLE) from None


@app.command()
def worker(
    check: Annotated[
        bool, typer.Option("--check", help="Say whether a worker of this machine is well")
    ] = False,
) -> None:
    """Run workflows and send mail until asked to stop; the same as `python worker.py`."""
    if check:
        # Asked often by whoever looks after the process, so nothing heavy is loaded for it.
        from operations import pulse

        raise typer.Exit(pulse.check(settings().data_dir, output.note))
    import worker as program

    raise typer.Exit(program.main())


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="The port to listen on")] = None,
) -> None:
    """Serve the console: the pages and the way out of every mail."""
    from cli.serving import serve as serve_console

    told = settings()
    serve_console(told, host, told.port if port is None else port)


@app.command()
def mailbox(
    port: Annotated[int, typer.Option(help="The port to listen on, 0 for any")] = 2525,
) -> None:
    """Catch every mail that is sent to this port of this machine, and deliver none."""
    asyncio.run(_catch(port))


async def _catch(port: int) -> None:
    from cli.serving import until_asked_to_stop
    from operations.post.mailbox import serving

    data_dir = settings().data_dir
    async with serving(data_dir, port) as listening:
        output.line(f"ready smtp://127.0.0.1:{listening} keeps mail in {data_dir / 'mailbox'}")
        await until_asked_to_stop()


@app.command()
def migrate() -> None:
    """Bring the database to the newest shape and publish the playbooks that ship."""
    from operations.authoring.playbooks import publish_shipped
    from operations.house import House
    from operations.readiness import upgrade

    with House(config(settings())) as house:
        revision = upgrade(house)
        published = publish_shipped(house)
    text = f"the database is at {revision}; {len(published)} playbooks published"
    output.say({"revision": revision, "published": published}, text)


@app.command()
def doctor() -> None:
    """Say of each setting and engine what it is, where it came from and whether it works."""
    from cli.examining import examine

    raise typer.Exit(examine())


def _moment(text: str) -> datetime:
    """A moment as typed; without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("write a moment as 2026-03-02T08:00", "--start") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
