"""A real IMAP server on loopback, and folders in it that a test has for itself."""

import imaplib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest

from cli.children import LAUNCH
from tests.support.servers import free_port, wait_for_port

USER, PASSWORD = "box", "a password"


class Letterbox:
    """Two folders of one user: what came in, and what was sent by hand."""

    def __init__(self, port: int) -> None:
        self.port = port
        mark = uuid4().hex[:8]
        self.inbox, self.sent = f"in-{mark}", f"sent-{mark}"
        for folder in (self.inbox, self.sent):
            self._ask("CREATE", folder)

    @property
    def url(self) -> str:
        return self.at(f"folders={self.inbox}&sent={self.sent}")

    def at(self, asked: str, password: str = PASSWORD) -> str:
        told = password.replace(" ", "%20")
        return f"imap://{USER}:{told}@127.0.0.1:{self.port}?{asked}"

    def put(self, *mails: bytes, sent: bool = False, came_at: datetime | None = None) -> None:
        """Have mails come into a folder, as the server's own clock says or at a moment."""
        when = imaplib.Time2Internaldate(came_at) if came_at else ""
        with self._client() as client:
            for mail in mails:
                raw = mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                status, told = client.append(self.sent if sent else self.inbox, "", when, raw)
                assert status == "OK", told

    def flags(self) -> list[bytes]:
        """The flags of every mail that came in."""
        with self._client() as client:
            client.select(self.inbox, readonly=True)
            return [bytes(one) for one in client.uid("FETCH", "1:*", "(FLAGS)")[1] if one]

    def begin_anew(self) -> None:
        """The folder is made anew: its UIDs begin to count from the start."""
        self._ask("DELETE", self.inbox)
        self._ask("CREATE", self.inbox)

    def _ask(self, word: str, folder: str) -> None:
        with self._client() as client:
            status, told = getattr(client, word.lower())(folder)
            assert status == "OK", told

    def _client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port)
        client.login(USER, PASSWORD)
        return client


@pytest.fixture(scope="session")
def imap_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server that keeps everything in memory; stopped by its pid."""
    port = free_port()
    program = Path(__file__).with_name("imap_program.py")
    words = [
        sys.executable,
        str(program),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-tls",
        "dict",
    ]
    words += ["--demo-user", USER, "--demo-password", PASSWORD]
    # The launcher ends the server with this process, however it ends.
    launcher = [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid())]
    log = tmp_path_factory.mktemp("imap") / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*launcher, *words], stdout=output, stderr=output, start_new_session=True
        )
    try:
        wait_for_port(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def letterbox(imap_server: int) -> Letterbox:
    """Two empty folders."""
    return Letterbox(imap_server)
