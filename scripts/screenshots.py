"""Take the pictures in docs/pictures: a small town of deals, shown by a real browser.

    .venv/bin/python -m scripts.screenshots [FOLDER]

Without a folder the few pictures that the documentation shows are made anew; with one, every
page is taken there, light and dark. It needs a Chromium (`chromium` on the path, or its place in
SLUICE_CHROMIUM).
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import uvicorn

from console.app import create_app
from mail.kitchen import Kitchen
from operations import people
from operations.embedded import command
from operations.post import letters
from store import sends
from store.database import Store
from store.upgrading import upgrade
from tests.support.household import MAILS
from tests.support.servers import free_port, wait_for_port, working
from tests.support.town import Town, town

PICTURES: Final = Path(__file__).parent.parent / "docs" / "pictures"
TOKEN: Final = "only-for-pictures-of-a-town"

FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--virtual-time-budget=3000",
)


async def main(folder: Path | None) -> None:
    """Build the town, serve it, take the pictures."""
    with tempfile.TemporaryDirectory() as here:
        data = Path(here)
        url = f"sqlite:///{data}/town.db"
        upgrade(url)
        with Store.open(url) as store, Kitchen(MAILS, within=20) as kitchen:
            port = free_port()
            async with (
                town(store, data, kitchen, temporal_address=f"127.0.0.1:{port}") as built,
                _working(built, port),
                _served(built, data) as address,
            ):
                for name, path, size, dark in _wanted(built, data, everything=folder is not None):
                    target = (folder or PICTURES) / f"{name}.png"
                    target.parent.mkdir(parents=True, exist_ok=True)
                    await _take(f"{address}{path}?key={TOKEN}", target, size, dark, data)
                    print(target)


def _wanted(built: Town, data: Path, *, everything: bool) -> list[tuple[str, str, str, bool]]:
    """Name, path, window and theme of each picture."""
    found = letters.page(built.house, data).letters
    letter = next(one for one in found if one.contact_id)
    deal, flagged = f"/deals/{built.id_of('talks')}", f"/deals/{built.id_of('turn')}"
    gates = f"/deals/{built.id_of('gates')}"
    if not everything:
        return [
            ("board", "/", "1400,840", False),
            ("deal", gates, "1240,920", False),
            ("mailbox", f"/mailbox/{letter.key}", "1240,840", True),
            ("stagnant", "/stagnant", "1240,840", False),
            ("playbook", "/playbooks/simple", "1240,920", False),
            ("words", "/templates/follow-up-1/edit", "1240,690", False),
            ("mailroom", "/mail", "1240,840", True),
        ]
    pages = {
        "board": ("/", "1440,1300"),
        "deal": (deal, "1280,1700"),
        "day": ("/day", "1280,900"),
        "new-deal": ("/new-deal", "1280,900"),
        "quiet": ("/stagnant", "1280,1300"),
        "contacts": ("/contacts", "1280,900"),
        "contact": ("/contacts/C-bela", "1280,1000"),
        "mailroom": ("/mail", "1280,1300"),
        "mail": (f"/mails/{_sent(built)}", "1280,1400"),
        "inbox": ("/inbox", "1280,900"),
        "doubts": ("/doubts", "1280,700"),
        "playbooks": ("/playbooks", "1280,1300"),
        "playbook": ("/playbooks/simple", "1280,1300"),
        "playbook-edit": ("/new-playbook?shipped=simple", "1280,1300"),
        "narrow-playbooks": ("/playbooks", "420,1300"),
        "template-edit": ("/templates/follow-up-1/edit", "1280,1300"),
        "templates": ("/templates", "1280,1300"),
        "narrow-templates": ("/templates", "420,1300"),
        "api": ("/api/v1/docs", "1280,1300"),
        "log": ("/admin/audit", "1280,900"),
        "admin": ("/admin", "1280,1400"),
        "people": ("/admin/people", "1280,1000"),
        "person": (f"/admin/people/{people.list_all(built.house)[0].person_id}", "1280,1300"),
        "keys": ("/admin/keys", "1280,1200"),
        "webhooks": ("/admin/webhooks", "1280,900"),
        "events": ("/admin/events", "1280,1300"),
        "narrow-admin": ("/admin", "420,1400"),
        "signin": ("/signin", "800,600"),
        "stagnant": (flagged, "1280,1500"),
        "following": (gates, "1280,1500"),
        "mailbox": ("/mailbox", "1280,900"),
        "letter": (f"/mailbox/{letter.key}", "1280,1000"),
        "narrow": ("/", "420,1200"),
        "narrow-deal": (deal, "420,2000"),
        "leave": ("/u/some-token", "800,500"),
        "unknown": ("/deals/D-none", "800,500"),
    }
    return [
        (f"{name}-{'dark' if dark else 'light'}", path, size, dark)
        for name, (path, size) in pages.items()
        for dark in (False, True)
    ]


def _sent(built: Town) -> str:
    """A mail that went to a contact."""
    with built.house.store.read() as tx:
        found = sends.page(tx, deal_id=built.id_of("gates"), status="sent")
    return next(one.touch_id for one in found if one.contact_id)


@asynccontextmanager
async def _working(built: Town, port: int) -> AsyncIterator[None]:
    """A Temporal server and a worker, as the town has none of its own."""
    server = subprocess.Popen(  # noqa: ASYNC220  (nothing else runs yet)
        command(port, None), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_port(port, server)
        async with working(built.house, await built.house.temporal()):
            yield
    finally:
        server.terminate()
        server.wait()


@asynccontextmanager
async def _served(built: Town, data: Path) -> AsyncIterator[str]:
    app = create_app(built.house, link_token=TOKEN, mailbox=data, temporal_ui="http://127.0.0.1:9")
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  (it tells nobody)
        await asyncio.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


async def _take(address: str, target: Path, size: str, dark: bool, data: Path) -> None:
    browser = os.environ.get("SLUICE_CHROMIUM") or shutil.which("chromium")
    if browser is None:
        sys.exit("screenshots: no chromium on the path; name one in SLUICE_CHROMIUM")
    theme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    profile = data / "profile"
    taking = await asyncio.create_subprocess_exec(
        browser,
        *FLAGS,
        theme,
        f"--user-data-dir={profile}",
        f"--window-size={size}",
        f"--screenshot={target}",
        address,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    if await taking.wait() != 0:
        sys.exit(f"screenshots: the browser failed at {target.name}")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
