"""Whatever people from outside call themselves, every page shows it as written and obeys nothing.

The words are put into every column that holds what somebody typed, behind all doors: what a door
would have refused is there too.
"""

import mailbox as maildir
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Table, update

from operations.house import House
from operations.post.mailbox import FOLDER
from store.tables import (
    accounts,
    api_keys,
    consents,
    contacts,
    deal_texts,
    deals,
    inbound,
    jobs,
    mailbox_cursors,
    people,
    sends,
    switches,
    webhooks,
)
from tests.browser.test_every_page import PAGES, furnished
from tests.console.conftest import Village
from tests.support.post import written
from tests.support.window import Window

MARK: Final = "as written"
EVIL: Final = (
    f"{MARK}\"'><i data-evil onmouseover=document.body.dataset.evil=1></i>"
    "</title></textarea></select></style></script><script>document.body.dataset.evil=1</script>"
    "<img src=x data-evil onerror=document.body.dataset.evil=1><svg/onload=alert(1)>"
    "javascript:document.body.dataset.evil=1 {{ 7 * 7 }}{% raw %} &lt;b&gt; \u202egnp.exe"
)

TYPED: Final[dict[Table, tuple[str, ...]]] = {
    accounts: ("name",),
    api_keys: ("name",),
    contacts: ("name", "source"),
    consents: ("source",),
    people: ("name",),
    deals: ("product", "source"),
    deal_texts: ("text",),
    inbound: ("sender", "sender_name", "subject", "text"),
    jobs: ("message",),
    mailbox_cursors: ("problem",),
    sends: ("subject", "reply"),
    switches: ("reason",),
    webhooks: ("description", "because"),
}
"""The columns of what people, their programs and their mail servers say."""

QUIET: Final = {
    "/signin",
    "/u/{token}",
    "/u/confirm/{token}",
    "/l/{link_id}",
    "/api/v1/docs",
    "/playbooks",
    "/playbooks/{name}",
    "/playbooks/{name}/edit",
    "/new-playbook",
    "/templates",
    "/new-template",
}
"""Pages that say nothing of anybody but who is signed in."""

_SAID: Final = """() => {
  const main = document.querySelector("main") || document.body;
  return main.textContent + [...main.querySelectorAll("input, textarea")].map((one) => one.value);
}"""
"""What the page says itself and holds in its fields, without the head that names who looks."""


def _rename(house: House) -> None:
    """Everything is called by the worst of names, and on the page of what is quiet."""
    with house.store.write() as tx:
        for table, names in TYPED.items():
            tx.execute(update(table).values(dict.fromkeys(names, EVIL)))
        tx.execute(update(deals).values(stagnant_since=house.time.now()))


def _letter(folder: Path) -> str:
    """A mail in the mailbox of this machine with such a subject, and such a sender."""
    letter = written(sender="ann@them.example", subject=EVIL.replace("\n", " "))
    return maildir.Maildir(folder).add(letter)


@pytest.mark.browser
@pytest.mark.timeout(300)
async def test_no_page_obeys_what_it_shows(
    village: Village, window: Window, tmp_path: Path
) -> None:
    known = await furnished(village, window, tmp_path)
    known["letter"] = f"/mailbox/{_letter(tmp_path / FOLDER)}"
    village.open("evil", EVIL[:180], product=EVIL[:60], source=EVIL[:60])
    _rename(village.house)
    obeyed, shown = [], set()
    for route, addresses in PAGES.items():
        for address in addresses:
            page = await window.open(address.format(**known))
            found = await page.evaluate(
                "() => [...document.querySelectorAll('[data-evil], svg[onload]')].length"
            )
            obeyed += [address] * found
            if MARK in await page.evaluate(_SAID):
                shown.add(route)
    assert obeyed == []
    assert shown == PAGES.keys() - QUIET, "else nothing was tried there"
