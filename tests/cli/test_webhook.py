"""`sluice webhook`: endpoints made, tried, shown and removed in the terminal."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from cli.main import run
from operations.house import House
from tests.support.houses import opened_house


class Answering(BaseHTTPRequestHandler):
    """Takes everything."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *said: object) -> None:
        return


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/in"
        server.shutdown()
        serving.join()


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with opened_house(tmp_path, datetime(2026, 3, 2, 9, tzinfo=UTC), ()) as opened:
        monkeypatch.setenv("SLUICE_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("SLUICE_SECRET", opened.config.secret.decode())
        yield opened


def test_an_endpoint_lives_and_is_removed(
    house: House, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["webhook", "list"]) == 0
    assert "sluice webhook add" in capsys.readouterr().out
    assert run(["webhook", "add", url]) == 2
    assert "https" in capsys.readouterr().err
    monkeypatch.setenv("SLUICE_WEBHOOK_LOOPBACK", "true")
    assert run(["webhook", "add", url, "--dry-run"]) == 0
    capsys.readouterr()
    assert run(["webhook", "add", url, "--kind", "deal_won", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    its_id, secret = made["webhook_id"], made["secret"]
    assert secret.startswith("whsec_")
    assert run(["webhook", "test", its_id]) == 0
    assert "204 after" in capsys.readouterr().out
    for word in ("pause", "resume", "replay", "show", "list"):
        assert run(["webhook", word, *([its_id] if word != "list" else [])]) == 0
    told = capsys.readouterr().out
    assert "is paused" in told
    assert "0 events are told again" in told
    assert "deal_won" in told
    assert secret not in told
    assert run(["webhook", "skip", its_id]) == 3
    assert run(["webhook", "rotate", its_id]) == 0
    assert "whsec_" in capsys.readouterr().out
    assert run(["webhook", "remove", its_id]) == 0
    assert run(["webhook", "show", its_id]) == 4


def test_an_endpoint_that_takes_nothing_fails_the_test(
    house: House, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICE_WEBHOOK_LOOPBACK", "true")
    assert run(["webhook", "add", "http://127.0.0.1:9/in", "--json"]) == 0
    its_id = json.loads(capsys.readouterr().out)["webhook_id"]
    assert run(["webhook", "test", its_id]) == 5
    assert "no connection" in capsys.readouterr().out
