"""A small town of deals in all states, lived through with real mail into a real mailbox.

For tests of the pages and for their pictures: everything in it went through the same code as in
production, but for Temporal, whose part (waking in time) the town plays itself.
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from domain import commands as c
from domain.playbooks.parts import parts
from domain.times.clock import Clock
from mail.kitchen import Kitchen
from operations import accounts
from operations.house import Config, House
from operations.post import mailbox
from store import people, playbooks
from store.database import Store
from store.people import Person
from tests.support.household import ROOT, SECRET, Household, add_contact
from tests.support.houses import shipped

BEGAN = datetime(2026, 9, 28, 8, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 10, 40, tzinfo=UTC)
"""A Tuesday; business time goes on from here at its usual speed."""


@dataclass
class Town:
    """The house that a console is made for, and what is in it."""

    house: House
    household: Household
    folder: Path
    deals: dict[str, str] = field(default_factory=dict)

    def id_of(self, name: str) -> str:
        """The id of a deal by the short name that the town gave it."""
        return self.deals[name]


@asynccontextmanager
async def town(
    store: Store,
    folder: Path,
    kitchen: Kitchen,
    only: Collection[str] | None = None,
    temporal_address: str = "127.0.0.1:9",
) -> AsyncIterator[Town]:
    """Live through two months; mail lands in the mailbox below `folder`.

    `only` names the deals that there are to be. At the usual address no Temporal answers.
    """
    began = datetime.now(UTC)
    stories = [one for one in _stories() if only is None or one.name in only]
    async with mailbox.serving(folder, 0) as port:
        smtp_url = f"smtp://127.0.0.1:{port}"
        household = Household(store, smtp_url, kitchen)
        config = Config(
            database_url=store.url.render_as_string(hide_password=False),
            secret=SECRET,
            data_dir=folder,
            temporal_address=temporal_address,
            smtp_url=smtp_url,
            clock=lambda: Clock(b0=NOW, w0=began, speed=1.0),
        )
        with House(config) as house:
            built = Town(house, household, folder)
            _furnish(built, stories)
            await _live(built, stories)
            began = datetime.now(UTC)
            yield built
        await household.close()


@dataclass(frozen=True)
class Story:
    """One deal: who, what, how much; and what is asked of it after so many days."""

    name: str
    title: str
    who: str
    account: str
    amount: str | None
    began: float
    playbook: str = "simple"
    currency: str = "EUR"
    owner: str = "P-1"
    asked: tuple[tuple[float, c.AnyCommand], ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


def _log(activity: str, note: str | None = None) -> c.LogActivity:
    return c.LogActivity(activity=activity, note=note)


def _stories() -> list[Story]:
    budget = c.ChangeDetails(fields={"budget": "14000"})
    late = "They want the seals in stainless steel and the drawings by Friday."
    reply, contacted = c.RecordReply(note=late), c.AdvanceDeal(stage="contacted")
    offer, talks = c.AdvanceDeal(stage="proposal"), c.AdvanceDeal(stage="negotiation")
    meeting, lost = _log("meeting", "Walked the site with both engineers."), c.LoseDeal
    call = (_log("call", "Short call, will decide after the board."),)
    return [
        Story("weir", "Weir telemetry", "anna", "Northgate Water", "18500", 52),
        Story("gates", "Two lock gates", "bela", "Canal & Sons", "42000", 50),
        Story("pumps", "Pump station refit", "chen", "上海运河工程有限公司", "7400", 55.1),
        Story("sill", "Sill inspection", "dana", "Marsh Trust", None, 56.2, owner="P-2"),
        Story("buoys", "Forty mooring buoys", "emil", "Harbour Board", "3200", 51, currency="USD"),
        Story("alone", "A lead from the fair", "", "Harbour Board", "900", 55, owner="P-2"),
        Story("old", "Dredging frame contract", "fred", "Low Country Drainage", "96000", 20,
              asked=((4, reply), (5, contacted), (6, call[0]))),
        Story("turn", "Spillway doors", "gina",
              "Donaudampfschifffahrtsgesellschaftskapitänswitwenverein",
              "12750.50", 44, asked=((5, contacted), (9.9, reply))),
        Story("wait", "Fish pass, call in spring", "hana", "River Office", "23000", 40,
              asked=((6, reply), (7, contacted), (8, c.AgreeWait(until=NOW + timedelta(days=98))))),
        Story("offer", "Control room desks", "ivan", "Northgate Water", "14000", 41,
              asked=((5, reply), (5.2, meeting), (6, budget), (6.1, contacted), (8, offer))),
        Story("talks", "Flood gate automation", "jana", "Delta Works", "128000", 30,
              asked=((4, reply), (6, meeting), (7, budget), (7.1, contacted), (9, offer),
                     (20, _log("call", "They like it; legal reads the contract.")), (20.1, talks),
                     (24.8, c.MakePromise(due_at=NOW + timedelta(days=1, hours=4),
                                          what="Send the revised delivery plan")))),
        Story("paused", "Rain gauge network", "karl", "Met Office North", "5600", 48,
              asked=((6, c.PauseDeal(note="Budget freeze until January")),)),
        Story("won", "Sluice gate No. 7", "lena", "Canal & Sons", "31000", 33,
              asked=((5, reply), (8, contacted), (19.2, c.WinDeal(reason="best delivery date")))),
        Story("first", "Trash rack", "mona", "Marsh Trust", "8800", 12,
              asked=((5, reply), (30.2, c.WinDeal()), (40, c.AdvanceDeal(stage="customer")))),
        Story("lost", "Ferry slip", "nils", "Harbour Board", "15000", 22,
              asked=((6, reply), (20, lost(reason="price", note="20% above the second")),)),
        Story("long", "Supercalifragilisticexpialidocious-"
              "hydropneumatischewehrverschlusssteuerungsanlage phase two", "omar",
              "Low Country Drainage", "1234567.89", 54.3, owner="P-2"),
        Story("factory", "Turbine hall crane", "pia", "Delta Works", "58000", 36,
              playbook="prospecting-to-fulfilment", asked=((6, reply),)),
    ]  # fmt: skip


def _furnish(built: Town, stories: list[Story]) -> None:
    watch, store = built.household.watch, built.household.store
    watch.now = BEGAN
    for name in ("simple", "prospecting-to-fulfilment"):
        loaded = shipped(ROOT / "playbooks" / f"{name}.yaml")
        with store.write() as tx:
            playbooks.publish(tx, loaded.playbook, parts(loaded), "test", watch.now)
    with store.write() as tx:
        people.save(tx, Person(person_id="P-2", name="Li Wei 李伟", created_at=BEGAN,
                               email="li@us.example"))  # fmt: skip
    for story in stories:
        accounts.add(built.house, story.account)
        if story.who:
            with store.write() as tx:
                add_contact(tx, f"C-{story.who}", f"{story.who}@them.example",
                            f"{story.who.title()} Mill", BEGAN)  # fmt: skip


async def _live(built: Town, stories: list[Story]) -> None:
    """Do what is asked on its day, and what is due at its moment, in order of time."""
    asked: list[tuple[datetime, int, Story, c.AnyCommand | None]] = []
    for number, story in enumerate(stories):
        opened = BEGAN + timedelta(days=story.began)
        asked.append((opened, number, story, None))
        asked += [(opened + timedelta(days=after), number, story, what)
                  for after, what in story.asked]  # fmt: skip
    due: dict[str, datetime] = {}
    for moment, _, story, what in sorted(asked, key=lambda one: one[:2]):
        await _pass(built, due, moment)
        built.household.watch.now = moment
        deal_id = _open(built, story) if what is None else built.deals[story.name]
        if what is not None:
            receipt = built.household.ask(what, deal_id, f"{story.name}-{moment:%m%d%H%M}")
            assert receipt.status == "done", f"{story.name}: {receipt.message}"
        built.deals[story.name] = deal_id
        due[deal_id] = moment
    await _pass(built, due, NOW)
    built.household.watch.now = NOW


async def _pass(built: Town, due: dict[str, datetime], until: datetime) -> None:
    while due and min(due.values()) <= until:
        deal_id = min(due, key=lambda one: due[one])
        moment = due.pop(deal_id)
        built.household.watch.now = max(moment, built.household.watch.now)
        woken = await built.household.perform(deal_id, f"run/{deal_id}/{moment.timestamp()}")
        if woken.wake_at is not None:
            due[deal_id] = max(woken.wake_at, moment + timedelta(seconds=1))


def _open(built: Town, story: Story) -> str:
    told: dict[str, Any] = {
        "title": story.title,
        "playbook": story.playbook,
        "contacts": [c.Party(contact_id=f"C-{story.who}")] if story.who else [],
        "account_id": accounts.add(built.house, story.account).account_id,
        "owner_id": story.owner,
    }
    if story.amount is not None:
        told |= {"amount": Decimal(story.amount), "currency": story.currency}
    receipt = built.household.ask(c.OpenDeal(**told, **story.more), command_id=story.name)
    assert receipt.status == "done", f"{story.name}: {receipt.message}"
    return receipt.deal_id
