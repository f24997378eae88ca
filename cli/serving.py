"""Serving the console over HTTP, and waiting to be asked to stop."""

import asyncio
import secrets
import signal
from typing import TYPE_CHECKING, Final

from cli import output

if TYPE_CHECKING:
    from settings import Settings


LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def serve(settings: "Settings", host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; requests that have begun are finished.

    The link's token comes from who started us, otherwise one is made and told.
    """
    import uvicorn

    from console.app import create_app
    from operations.house import House

    given = settings.link_token
    token = given.get_secret_value() if given else secrets.token_urlsafe(24)
    with House(settings.config()) as house:
        app = create_app(
            house,
            link_token=token,
            mailbox=settings.data_dir if settings.show_mailbox else None,
            temporal_ui=settings.temporal_ui,
        )
        if given is None:
            at = f"http://{host}:{port}" if host in LOOPBACK else settings.public_url
            output.line(f"ready console {at}/?key={token}")
        if host not in LOOPBACK:
            output.note(f"listening on {host}: whoever has the link comes in; keep it behind TLS")
        # The access log would show the tokens of links and of ways out.
        uvicorn.run(app, host=host, port=port, access_log=False, timeout_graceful_shutdown=10)


async def until_asked_to_stop() -> None:
    """Wait for SIGTERM or SIGINT."""
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()
