"""Serving the console over HTTP, and waiting to be asked to stop."""

import asyncio
import secrets
import signal
import socket
from typing import TYPE_CHECKING, Final

from cli import output
from domain.refusal import Refused

if TYPE_CHECKING:
    from settings import Settings


LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def serve(settings: "Settings", host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; requests that have begun are finished.

    The link's token comes from who started us, otherwise one is made and told.
    """
    import uvicorn

    from console.app import create_app
    from console.pages import keep_loaded
    from operations.house import House

    given = settings.link_token
    token = _link_token(settings)
    with House(settings.config()) as house, listening(host, port) as server:
        app = create_app(
            house,
            link_token=token,
            hosts=settings.served_as(),
            mailbox=settings.data_dir if settings.show_mailbox else None,
            temporal_ui=settings.temporal_ui,
            metrics_open=settings.metrics_open,
        )
        keep_loaded()
        if given is None:
            own = f"http://{host}:{server.getsockname()[1]}"
            at = own if host in LOOPBACK else settings.public_url
            # Who comes from now on waits in the queue of the socket, for a moment at most.
            output.line(f"ready console {at}/" + (f"?key={token}" if token else "signin"))
        if host not in LOOPBACK and token is not None:
            told = "whoever has the link comes in; better SLUICE_SIGN_IN=password, behind TLS"
            output.note(f"listening on {host}: {told}")
        # The access log would show the tokens of links and of ways out.
        config = uvicorn.Config(app, access_log=False, timeout_graceful_shutdown=10)
        uvicorn.Server(config).run(sockets=[server])


def _link_token(settings: "Settings") -> str | None:
    """What the link ends in: as who started us says, else a new one; None: there is no link."""
    if settings.sign_in == "password":
        return None
    given = settings.link_token
    return given.get_secret_value() if given else secrets.token_urlsafe(24)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises Refused when the port is in use or the host not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        told = f"nobody can listen on {host} port {port}: {error.strerror}"
        raise Refused("port_in_use", told, "--port") from error


async def until_asked_to_stop() -> None:
    """Wait for SIGTERM or SIGINT."""
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()
