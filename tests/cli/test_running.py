"""`sluice up` starts everything, is found by other commands, and leaves nothing running."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from settings import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SLUICE = [sys.executable, "-m", "cli.main"]


@dataclass
class Up:
    """A running `sluice up`, and what it said until its ready line."""

    process: Process
    data: Path
    said: list[str] = field(default_factory=list)

    @property
    def addresses(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / "addresses.json").read_text())
        return found

    @property
    def pids(self) -> dict[str, int]:
        return dict(self.addresses["pids"])

    async def until(self, beginning: str) -> str:
        """Read on until a line that begins so."""
        assert self.process.stdout is not None
        while True:
            line = (await self.process.stdout.readline()).decode()
            assert line, "".join(self.said)
            self.said.append(line)
            if line.startswith(beginning):
                return line


def environment(data: Path, **more: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
    return {**own, "SLUICE_DATA_DIR": str(data), **more}


async def begun(data: Path, *flags: str, **more: str) -> Process:
    """A `sluice up` that has been started."""
    return await asyncio.create_subprocess_exec(
        *SLUICE,
        *("up", "--port", "0", *flags),
        cwd=ROOT,
        env=environment(data, **more),
        stdout=PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


@asynccontextmanager
async def up(data: Path, *flags: str, **more: str) -> AsyncIterator[Up]:
    """Start it and wait for the ready line; whatever happens, nothing is left behind."""
    process = await begun(data, *flags, **more)
    running = Up(process, data)
    try:
        await running.until("ready ")
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def ask(data: Path, *words: str, **more: str) -> tuple[int, str, str]:
    """Exit, stdout and stderr of another command."""
    process = await asyncio.create_subprocess_exec(
        *SLUICE, *words, cwd=ROOT, env=environment(data, **more), stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def gone(pid: int) -> None:
    """Wait until the process has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(handle, ended.set)
    try:
        await asyncio.wait_for(ended.wait(), 60)
    finally:
        loop.remove_reader(handle)
        os.close(handle)


async def test_up_is_found_leaves_nothing_and_a_second_start_finds_everything(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    async with up(data, "--speed", "60", "--start", "2026-03-03T11:00") as running:
        first, pids = running.addresses, running.pids
        assert set(pids) == {"up", "worker", "console", "mailbox", "Temporal server"}
        await answers(first, running.said[-1])
        deal_id = await opened(data)
        await stopped(running, signal.SIGINT)
    for pid in pids.values():
        await asyncio.wait_for(gone(pid), 1)
    assert not (data / "addresses.json").exists()
    stood = json.loads((data / "clock.json").read_text())
    assert stood["stopped_at"] is not None
    async with up(data) as running:
        again = running.addresses
        code, out, err = await ask(data, "deal", "show", deal_id, "--json")
        assert code == 0, err
        assert json.loads(out)["title"] == "A boat"
        await stopped(running, signal.SIGTERM)
    assert again["temporal_ui"] == first["temporal_ui"]
    assert again["clock"]["speed"] == 60
    assert any("0 playbooks published" in line for line in running.said)


async def answers(found: dict[str, Any], ready: str) -> None:
    """Everything that the ready line names answers, and the console to its link alone."""
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        for name in ("link", "mailbox", "temporal_ui"):
            assert found[name] in ready
            assert (await browser.get(found[name])).status_code == 200
        assert (await browser.get(found["console"])).status_code == 200
    async with httpx.AsyncClient() as stranger:
        assert (await stranger.get(found["console"])).status_code == 401


async def opened(data: Path) -> str:
    """What other commands do with a house that runs: they find it, and a second `up` does not."""
    code, out, err = await ask(data, "doctor", "--json")
    assert code == 0, out + err
    assert {check["state"] for check in json.loads(out)["checks"]} == {"works"}
    code, _, err = await ask(data, "up", "--json")
    assert code == 3
    assert json.loads(err)["error"]["type"] == "runs_already"
    contact = ("contact", "add", "ann@them.example", "--name", "Ann Other")
    assert (await ask(data, *contact))[0] == 0
    deal = ("deal", "open", "--contact", "ann@them.example", "--title", "A boat")
    code, out, err = await ask(data, *deal, "--json")
    assert code == 0, err
    deal_id: str = json.loads(out)["deal_id"]
    return deal_id


async def stopped(running: Up, how: signal.Signals) -> None:
    running.process.send_signal(how)
    assert await asyncio.wait_for(running.process.wait(), 60) == 0


async def test_what_ends_is_started_again_and_nothing_outlives_an_up_that_was_killed(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    async with up(data) as running:
        before = running.pids
        os.kill(before["worker"], signal.SIGKILL)
        await asyncio.wait_for(running.until("the worker ended with -9"), 30)
        await running.until("the worker runs again")
        pids = running.pids
        assert pids["worker"] != before["worker"]
        running.process.kill()
        await running.process.wait()
        for pid in pids.values():
            await gone(pid)
    assert processes_of(data) == []
    async with up(data) as running:
        assert set(running.pids) == set(pids)
        await stopped(running, signal.SIGTERM)
    assert processes_of(data) == []


async def test_a_start_that_is_interrupted_leaves_nothing_running(tmp_path: Path) -> None:
    data = tmp_path / "data"
    process = await begun(data)
    running = Up(process, data)
    await running.until("  ")
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 60) == 0
    assert processes_of(data) == []


async def test_a_start_that_fails_leaves_nothing_running(tmp_path: Path) -> None:
    data, playbooks = tmp_path / "data", tmp_path / "playbooks"
    playbooks.mkdir()
    (playbooks / "broken.yaml").write_text("playbook: broken\npipline: {}\n")
    code, _, err = await ask(data, "up", "--port", "0", SLUICE_PLAYBOOKS=str(playbooks))
    assert code == 2
    assert "broken.yaml:2:1" in err
    assert processes_of(data) == []
    assert not (data / "addresses.json").exists()


async def test_a_server_of_somebody_else_is_never_taken_for_ones_own(
    tmp_path: Path, temporal_server: str
) -> None:
    """It took the port in the moment between the choice and the start."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "ports.json").write_text(json.dumps({"temporal": int(temporal_server.split(":")[1])}))
    blind = "from cli import main, ports; ports._is_free = lambda port: True; main.main()"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", blind, "up", "--port", "0"),
        cwd=ROOT,
        env=environment(data),
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 5, out + err
    assert b"the Temporal server ended" in err
    assert b"woken" not in err, "nothing was started there"
    assert processes_of(data) == []


def processes_of(data: Path) -> list[str]:
    """The command lines of processes that were told of this data folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if str(data).encode() in told:
            found.append((folder / "cmdline").read_bytes().decode())
    return found


async def test_serve_says_where_it_is_once_it_listens_and_refuses_a_port_in_use(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    process = await asyncio.create_subprocess_exec(
        *SLUICE, "serve", "--port", "0", cwd=ROOT, env=environment(data), stdout=PIPE
    )
    line = await Up(process, data).until("ready console ")
    link = line.split()[2]
    async with httpx.AsyncClient() as browser:
        assert (await browser.get(link.partition("/?")[0] + "/healthz")).status_code == 200
    code, _, err = await ask(data, "serve", "--port", link.split(":")[2].partition("/")[0])
    assert code == 3
    assert "nobody can listen" in err
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.wait(), 30)
    assert processes_of(data) == []


async def test_a_port_in_use_is_refused_before_anything_starts(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, _, err = await ask(data, "up", "--port", port)
    assert code == 3
    assert f"port {port} is in use" in err
    assert not (data / "logs").exists()


async def test_a_fast_clock_is_refused_with_a_real_relay(tmp_path: Path) -> None:
    data = tmp_path / "data"
    relay = "smtp://relay.example:587"
    code, _, err = await ask(data, "up", "--speed", "60", SLUICE_SMTP_URL=relay)
    assert code == 3
    assert "writes to nobody but a mailbox" in err
    assert not (data / "clock.json").exists()


async def test_a_temporal_of_ones_own_is_not_ignored(tmp_path: Path) -> None:
    own = {"SLUICE_TEMPORAL_ADDRESS": "temporal.example:7233"}
    code, _, err = await ask(tmp_path / "data", "up", **own)
    assert code == 3
    assert "SLUICE_TEMPORAL_ADDRESS" in err


async def test_a_command_without_a_house_says_how_to_begin(tmp_path: Path) -> None:
    data = tmp_path / "data"
    code, out, err = await ask(data, "deal", "list", "--json")
    assert (code, out) == (5, "")
    assert "sluice up" in json.loads(err)["error"]["message"]
    assert not data.exists()


async def test_doctor_says_what_fails_and_changes_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    typo = {"SLUICE_SMPT_URL": "smtp://127.0.0.1:1", "SLUICE_SMTP_URL": "smtp://me:pw@127.0.0.1:1"}
    code, out, _ = await ask(
        data, "doctor", "--json", SLUICE_TEMPORAL_ADDRESS="127.0.0.1:1", **typo
    )
    told = json.loads(out)
    states = {check["name"]: check["state"] for check in told["checks"]}
    assert code == 5
    assert {name for name, state in states.items() if state == "fails"} >= {
        "database", "Temporal", "relay"
    }  # fmt: skip
    assert states["playbooks"] == states["templates"] == "works"
    told_of = {check["name"]: check["text"] for check in told["checks"]}
    mails = [path for path in (ROOT / "templates/mail").glob("*.md") if path.name.count(".") == 1]
    assert told_of["templates"].startswith(f"{len(mails)} mails in ")  # a mail, not its languages
    assert told["unknown"] == ["SLUICE_SMPT_URL is no setting, did you mean SLUICE_SMTP_URL?"]
    settings = {row["setting"]: row for row in told["settings"]}
    assert settings["SLUICE_SMTP_URL"]["value"] == "smtp://me:…@127.0.0.1:1"
    assert settings["SLUICE_SMTP_URL"]["origin"] == "the environment"
    assert settings["SLUICE_PORT"]["origin"] == "default"
    assert not data.exists()
