"""What runs: everything at once, the worker, the console; and what is wrong when it does not."""

import typer

app = typer.Typer()


@app.command()
def migrate() -> None:
    """Bring the database to the newest shape."""


@app.command()
def doctor() -> None:
    """Say of each setting and engine what it is and whether it works."""
