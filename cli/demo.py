"""`sluice demo`: the same as `up`, with a world that has a past, and a clock that runs."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output

if TYPE_CHECKING:
    from operations.house import House

app = typer.Typer()

TRY = """
What to look at:
  console    the board; open a deal to see what was sent, why, and what comes next
  mailbox    every mail; press Reply, Out of office, Unsubscribe or Bounce and watch the deal
  terminal   .venv/bin/sluice --help knows `deal list`, `deal next ID`, `deal explain ID`;
             say where the demo is first: export SLUICE_DATA_DIR={data}
"""


@app.command()
def demo(
    data: Annotated[
        Path,
        typer.Option(
            envvar="SLUICE_DATA_DIR", help="The folder that keeps the demo; delete it to begin anew"
        ),
    ] = Path(".sluice-demo"),
    port: Annotated[
        int | None, typer.Option(help="The console's port, 0 for any", min=0, max=65535)
    ] = None,
    speed: Annotated[
        float, typer.Option(help="Business seconds in a second (8640: a day in 10 s)", min=1)
    ] = 8640.0,
) -> None:
    """Start everything with some sixty deals, a past of two hundred days and a fast clock."""
    from cli.children import ChildFailed
    from cli.up import up
    from operations.demonstration.demo import start_of_world
    from settings import load

    claim(data)
    told = load(of_running=False, data_dir=data)
    fresh = not (data / "clock.json").exists()
    begins = start_of_world(datetime.now(UTC)) if fresh else None
    try:
        asyncio.run(up(told, port, speed, begins, prepare=_prepare, meanwhile=_act))
    except ChildFailed as failed:
        output.note(f"sluice: {failed}")
        raise typer.Exit(output.UNREACHABLE) from None


def claim(data: Path) -> None:
    """Mark the folder as the demo's. Raises Refused where somebody else's house stands.

    Before anything is started: a fast clock does a house of one's own no good.
    """
    from domain.refusal import Refused

    mark = data / "demo"
    if not mark.exists() and data.exists() and any(data.iterdir()):
        told = "this folder holds a house that is no demo; name another with --data"
        raise Refused("not_a_demo", told, str(data))
    data.mkdir(parents=True, exist_ok=True)
    mark.touch()


async def _prepare(house: "House") -> None:
    """Make the world, with a progress bar, unless it was made before."""
    from operations.demonstration import demo

    if demo.is_made(house):
        return
    output.note("  making a world: some sixty deals live through two hundred days")
    with output.progress("  the past", total=1000) as more:
        so_far = 0

        def tell(done: float) -> None:
            nonlocal so_far
            whole = int(done * 1000)
            more(whole - so_far)
            so_far = whole

        await demo.make_world(house, house.time.now(), tell)


async def _act(house: "House") -> None:
    """Say what to look at, and let a few things happen."""
    from operations.demonstration import demo

    output.note(TRY.format(data=house.config.data_dir))
    await demo.act(house, lambda told: output.note(f"  demo: {told}"))
