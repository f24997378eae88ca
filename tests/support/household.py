"""A house for tests of the activities: a store, a clock that stands, and a relay to write to."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from activities.applying import apply_command
from activities.contract import NextWake, Receipt
from activities.material import Sender
from activities.performing import Performer
from activities.timekeeping import Timekeeper
from activities.writing import MailWriter
from domain import commands as c
from domain.deal import Deal
from domain.event import Happened
from domain.events import kind_of
from domain.ids import deal_id_for, digest
from domain.playbooks.parts import parts
from domain.times.clock import Clock
from mail.address import address_key
from mail.context import Company
from mail.handover import Pool
from mail.kitchen import Kitchen
from mail.words import Words
from store import commands, contacts, deals, ledger, people, playbooks, sends
from store.commands import Kept
from store.contacts import Consent, Contact
from store.database import Store
from store.people import Person
from store.sends import Send
from tests.support.houses import shipped
from tests.support.moments import at

ROOT = Path(__file__).parents[2]
MAILS = ROOT / "templates" / "mail"
CANAL = ROOT / "tests" / "data" / "canal.yaml"
SECRET = b"a secret for tests of the house."
ANN = "ann@them.example"
OLGA = "olga@us.example"


@dataclass
class Watch:
    """The time of a test: it stands until the test moves it."""

    now: datetime = field(default_factory=lambda: at(hours=1))

    def read(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


def furnish(store: Store, now: datetime, playbook: Path = CANAL) -> None:
    """Publish the playbook; bring in two of ours, and a contact who agreed to everything."""
    loaded = shipped(playbook)
    with store.write() as tx:
        playbooks.publish(tx, loaded.playbook, parts(loaded), "test", now)
        for its_id, name, boss in (("P-1", "Olga Owner", "P-2"), ("P-2", "Max Manager", None)):
            email = f"{name.split()[0].lower()}@us.example"
            people.add(
                tx,
                Person(person_id=its_id, name=name, email=email, created_at=now, manager_id=boss),
            )
        add_contact(tx, "C-1", ANN, "Ann Other", now)


def add_contact(tx: Any, its_id: str, email: str, name: str, now: datetime) -> None:
    key = address_key(SECRET, email)
    contacts.add(
        tx, Contact(contact_id=its_id, email=email, email_key=key, name=name, created_at=now)
    )
    contacts.agree(
        tx, Consent(contact_id=its_id, purpose="marketing", basis="consent", given_at=now)
    )


class Household:
    """Everything around one `Performer`; business time is the watch's."""

    def __init__(self, store: Store, smtp_url: str, kitchen: Kitchen) -> None:
        self.store = store
        self.watch = Watch()
        self.time = Timekeeper(Clock.real, self.watch.read)
        self.kitchen = kitchen
        company = Company(name="Us Ltd", postal_address="1 Lock Lane", sender="sales@us.example")
        self.sender = Sender(company, "http://127.0.0.1:8000")
        self.pool = Pool(smtp_url, answer_within=5, taken_within=5)
        self.performer = self.another()
        furnish(store, self.watch.now)

    def another(self, pool: Pool | None = None) -> Performer:
        """A further performer in the same house, as another worker has one."""
        words = Words(self.kitchen.folder)
        writer = MailWriter(
            self.store,
            self.time,
            self.kitchen,
            lambda name: words.find(name, None).front.context,
            self.sender,
            SECRET,
        )
        return Performer(self.store, self.time, writer, pool or self.pool)

    def open(self, command_id: str = "open-1", **more: Any) -> str:
        """Open a deal with Ann; its first mail is due at once."""
        told: dict[str, Any] = {"title": "A boat", "playbook": "canal", "owner_id": "P-1"}
        told["contacts"] = [c.Party(contact_id="C-1")]
        return self.ask(c.OpenDeal(**{**told, **more}), command_id=command_id).deal_id

    def keep(
        self, command: c.AnyCommand, deal_id: str | None = None, command_id: str | None = None
    ) -> Kept:
        """Take a command in without applying it."""
        body = command.model_dump(mode="json", exclude_unset=True) | {"kind": command.kind}
        its_id = command_id or digest(str(deal_id), str(body))
        kept = Kept(
            command_id=its_id,
            stream=f"deal/{deal_id or deal_id_for(its_id)}",
            kind=command.kind,
            actor="P-1",
            fingerprint=digest(str(body)),
            kept_at=self.watch.now,
            body=body,
        )
        with self.store.write() as tx:
            return commands.keep(tx, kept)

    def ask(
        self, command: c.AnyCommand, deal_id: str | None = None, command_id: str | None = None
    ) -> Receipt:
        """Take a command in and apply it."""
        kept = self.keep(command, deal_id, command_id)
        return apply_command(self.store, self.time, kept.command_id)

    async def perform(self, deal_id: str, owner: str = "run/1/1") -> NextWake:
        return await self.performer.perform(f"deal/{deal_id}", owner)

    async def until(self, deal_id: str, count: int) -> NextWake:
        """Let time pass, from one wake-up to the next, until so many mails to Ann went."""
        for _ in range(30):
            done = await self.perform(deal_id, f"run/{self.watch.now.timestamp()}/1")
            if len([one for one in self.mails(deal_id) if one.status == "sent"]) >= count:
                return done
            assert done.wake_at is not None, "nothing is due any more"
            self.watch.now = max(done.wake_at, self.watch.now)
        raise AssertionError("the mails never went")

    def mails(self, deal_id: str) -> list[Send]:
        """The rows of the send ledger for mails to contacts, oldest first."""
        with self.store.read() as tx:
            found = sends.page(tx, deal_id=deal_id)
        return [one for one in reversed(found) if one.contact_id is not None]

    def mail(self, deal_id: str) -> Send:
        (one,) = self.mails(deal_id)
        return one

    def payload(self, touch_id: str) -> bytes | None:
        with self.store.read() as tx:
            return sends.payload(tx, touch_id)

    def events(self, stream: str) -> list[Happened]:
        name = stream if "/" in stream else f"deal/{stream}"
        with self.store.read() as tx:
            return [one.event for one in ledger.read(tx, name)]

    def kinds(self, stream: str) -> list[str]:
        return [kind_of(one) for one in self.events(stream)]

    def deal(self, deal_id: str) -> Deal:
        with self.store.read() as tx:
            found = deals.load(tx, deal_id)
        assert found is not None
        return found

    async def close(self) -> None:
        await self.pool.close()


async def in_thread(work: Any, *args: Any) -> Any:
    """Call from another thread, as activities do, so that the loop goes on."""
    return await asyncio.to_thread(work, *args)


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type, misc]
