"""The API of a house without an engine, asked through the client, as other programs do."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from client import Sluice
from console.app import create_app
from domain.access import Role, permissions_of
from operations.access import keys
from operations.house import House
from tests.support.imap import imap_server, letterbox
from tests.support.shortcut import house, no_engine
from tests.support.shutting import stop
from tests.support.sink import Sink

__all__ = ["house", "imap_server", "letterbox", "no_engine"]

ADDRESS = "http://127.0.0.1:8000"
TOKEN = "a-link-for-tests-only"


@pytest.fixture
def app(house: House) -> FastAPI:
    return create_app(house, link_token=TOKEN)


def key_for(house: House, role: Role = Role.ADMIN) -> str:
    """A key that may do what the role may."""
    scopes = sorted(permissions_of(role))
    return keys.add(house, f"test {role}", scopes, actor="test", per_minute=100_000).secret


@asynccontextmanager
async def asking(app: FastAPI, key: str, **more: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Requests to the application with a key, and without a network."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(
        transport=transport, base_url=ADDRESS, headers=headers, **more
    ) as http:
        yield http


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[int]:
    """The application behind a real port of this machine, which is given."""
    # It listens before it serves, so nobody has to wait for it.
    door = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    serving = asyncio.create_task(server.serve(sockets=[door]))
    try:
        yield door.getsockname()[1]
    finally:
        await stop(server, serving)


@pytest.fixture
async def http(app: FastAPI, house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Requests as they stand, for what the client would never send."""
    async with asking(app, key_for(house)) as one:
        yield one


@pytest.fixture
def api(http: httpx.AsyncClient) -> Sluice:
    return Sluice(ADDRESS, http=http)


@pytest.fixture
async def sink(house: House) -> AsyncIterator[Sink]:
    """Where the house's mails go."""
    async with Sink() as one:
        house.config = replace(house.config, smtp_url=one.url)
        yield one
