"""The house examined: what of everything it stands on is there and works, fact by fact."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from domain.refusal import Malformed, Refused
from domain.times.clock import Clock
from mail.handover import Pool
from mail.imap import Mailbox, MailboxFailed, reading
from mail.relay import Relay
from operations import pulse, readiness, standing
from operations.authoring import files as playbook_files
from operations.authoring.errors import PlaybookErrors
from operations.clock import only_on_loopback, wall_time
from operations.house import Company, EngineUnreachable, House
from operations.inbound import polling
from operations.webhooks import endpoints
from store.errors import Unreachable

State = Literal["works", "look", "fails"]

ANSWERS_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined: whether it works, wants a look or fails, and why, in words.

    `engine` is true for what runs outside of Sluice and cannot be reached.
    """

    name: str
    state: State
    text: str
    engine: bool = False


async def examine(house: House) -> list[Finding]:
    """Examine everything; nothing is changed, and what fails does not hide the rest."""
    examinations: list[tuple[str, Callable[[House], Awaitable[Finding]]]] = [
        ("data folder", _data_folder),
        ("database", _database),
        ("memory", _memory),
        ("Temporal", _temporal),
        ("workers", _workers),
        ("relay", _relay),
        ("company", _company),
        ("mail", _mail),
        ("mailboxes", _mailboxes),
        ("webhooks", _webhooks),
        ("clock", _clock),
        ("playbooks", _playbooks),
        ("templates", _templates),
    ]
    # Side by side: with an engine that is down, a page would wait for each of them in turn.
    asked = [_examined(name, work(house)) for name, work in examinations]
    return list(await asyncio.gather(*asked))


async def _examined(name: str, work: Awaitable[Finding]) -> Finding:
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            return await work
    except TimeoutError:
        return Finding(name, "fails", f"no answer within {ANSWERS_WITHIN_S:g} s", engine=True)
    except EngineUnreachable as down:
        return Finding(name, "fails", down.reason, engine=True)
    except Unreachable as down:
        return Finding(name, "fails", down.reason, engine=True)
    except (Refused, Malformed) as no:
        return Finding(name, "fails", no.message)


async def _data_folder(house: House) -> Finding:
    folder = house.config.data_dir
    if not folder.is_dir():
        return Finding("data folder", "look", f"{folder} is not there yet; `sluice up` makes it")
    return Finding("data folder", "works", str(folder.absolute()))


async def _database(house: House) -> Finding:
    if await asyncio.to_thread(_has_no_file, house):
        return Finding("database", "fails", "there is none yet; run: sluice migrate", engine=True)
    await asyncio.to_thread(standing.ping_store, house)
    await asyncio.to_thread(readiness.check_shape, house)
    found, _ = await asyncio.to_thread(readiness.shape, house)
    return Finding("database", "works", f"{house.store.dialect}, at {found}")


async def _memory(house: House) -> Finding:
    """Whether an upgrade left something that only a rebuild fills in."""
    if await asyncio.to_thread(_has_no_file, house):
        return Finding("memory", "works", "nothing is kept yet")
    wanted = await asyncio.to_thread(standing.rebuild_wanted, house)
    if wanted is not None:
        return Finding("memory", "look", f"{wanted} since the upgrade; run: sluice rebuild")
    return Finding("memory", "works", "everything made from the ledger is of this version")


def _has_no_file(house: House) -> bool:
    file = Path(house.store.url.database or "")
    return house.store.dialect == "sqlite" and not file.is_file()


async def _temporal(house: House) -> Finding:
    await readiness.check_attributes(house)
    where = f"{house.config.temporal_address}, namespace {house.config.temporal_namespace}"
    return Finding("Temporal", "works", f"{where}, knows the search attributes")


async def _workers(house: House) -> Finding:
    polling = await standing.workers(house)
    here = sum(one.well for one in pulse.of_this_host(house.config.data_dir))
    text = f"{polling} ask Temporal for work, {here} of them well on this machine"
    if not polling:
        return Finding("workers", "look", "none asks Temporal for work: nothing moves by itself")
    return Finding("workers", "works", text)


async def _relay(house: House) -> Finding:
    """The relays of all mailboxes; one that cannot be reached is what is told."""
    relays = {"relay": house.config.smtp_url}
    relays |= {f"relay of {one.name}": one.relay for one in house.config.outboxes}
    found = [await _greets(name, url) for name, url in relays.items()]
    told = [one.text if one.name == "relay" else f"{one.name}: {one.text}" for one in found]
    for one, text in zip(found, told, strict=True):
        if one.state != "works":
            return replace(one, name="relay", text=text)
    return Finding("relay", "works", "; ".join(told))


async def _greets(name: str, url: str) -> Finding:
    relay = Relay.at(url)
    where = f"{relay.host}:{relay.port}"
    async with Pool(url, answer_within=ANSWERS_WITHIN_S) as pool:
        try:
            client = await pool.new_client()
        except Exception as error:
            # Whatever went wrong on the way is what somebody wants to read here.
            return Finding(name, "fails", f"{where}: {_why(error)}", engine=True)
        client.close()
    how = "without TLS, on this machine" if relay.plain else "by TLS"
    return Finding(name, "works", f"{where} greets {how}")


async def _company(house: House) -> Finding:
    """Who writes. The example's address is good enough for a mailbox of this machine."""
    ours, example = house.config.company, Company()
    settings = {
        "SLUICE_COMPANY": ours.name == example.name,
        "SLUICE_SENDER": ours.sender == example.sender,
        "SLUICE_POSTAL_ADDRESS": ours.postal_address == example.postal_address,
    }
    unset = ", ".join(name for name, same in settings.items() if same)
    if unset and not Relay.at(house.config.smtp_url).plain:
        text = f"mails go to people in the name of an example; set {unset}"
        return Finding("company", "fails", text)
    return Finding("company", "works", f"{ours.name}, {ours.postal_address}, from {ours.sender}")


async def _mail(house: House) -> Finding:
    stands = await asyncio.to_thread(standing.standing, house)
    if not stands.mail_on:
        because = f": {stands.mail_reason}" if stands.mail_reason else ""
        return Finding("mail", "look", f"all mail is stopped{because}")
    told = [
        f"mailbox {one.mailbox} is halted for {one.scope} mail ({one.reason}); "
        f"`sluice mail start --mailbox {one.mailbox}` lets it go on"
        for one in stands.halted
    ]
    told += [f"{stands.in_doubt} mails are in doubt"] if stands.in_doubt else []
    return Finding("mail", "look" if told else "works", "; ".join(told) or "mail goes")


async def _mailboxes(house: House) -> Finding:
    """Every mailbox is logged in to, every folder looked at; nothing is taken."""
    boxes = polling.mailboxes(house)
    if not boxes:
        text = "none is read: SLUICE_IMAP_URL names one"
        return Finding("mailboxes", "works", text)
    problems = await asyncio.gather(*(asyncio.to_thread(_box_problem, one) for one in boxes))
    found = [f"{box.name}: {told}" for box, told in zip(boxes, problems, strict=True) if told]
    if found:
        return Finding("mailboxes", "fails", "; ".join(found), engine=True)
    kept = await asyncio.to_thread(polling.folders, house)
    failing = [f"{one.mailbox} {one.folder}: {one.problem}" for one in kept if one.problem]
    if failing:
        return Finding("mailboxes", "look", f"at the last look {'; '.join(failing)}")
    waiting = (await asyncio.to_thread(standing.standing, house)).inbox
    told = f"; waiting in the inbox: {waiting}" if waiting else ""
    return Finding(
        "mailboxes", "works", f"{', '.join(box.name for box in boxes)} can be read{told}"
    )


def _box_problem(box: Mailbox) -> str | None:
    try:
        with reading(box, ANSWERS_WITHIN_S / 2) as session:
            for folder in (*box.folders, *box.sent):
                session.exists(folder)
    except MailboxFailed as failed:
        return failed.reason
    return None


async def _webhooks(house: House) -> Finding:
    """Endpoints of other programs: which are disabled, fail, or hold what is dead."""
    found = await asyncio.to_thread(endpoints.list_all, house)
    told = [f"{one.webhook_id} is disabled ({one.because})" for one in found if one.because]
    told += [
        f"{one.webhook_id} fails since {one.failing_since:%d %b %H:%M} UTC"
        for one in found
        if one.failing_since and not one.because
    ]
    told += [f"{one.dead} events are dead at {one.webhook_id}" for one in found if one.dead]
    if told:
        return Finding("webhooks", "look", f"{'; '.join(told)}; see: sluice webhook show")
    return Finding("webhooks", "works", f"{len(found)} told what happens" if found else "none")


async def _clock(house: House) -> Finding:
    clock = house.time.clock()
    if clock == Clock.real():
        return Finding("clock", "works", "business time is real time")
    for relay in (house.config.smtp_url, *(one.relay for one in house.config.outboxes)):
        only_on_loopback(relay)
    moment = clock.now(wall_time())
    text = f"{moment:%a %d %b %Y %H:%M} UTC, {clock.speed:g} times real time"
    return Finding("clock", "works", f"{text}, on a clock of the data folder")


async def _playbooks(house: House) -> Finding:
    folder = house.config.playbooks
    try:
        found = await asyncio.to_thread(playbook_files.load_folder, folder)
    except PlaybookErrors as wrong:
        first = wrong.problems[0]
        more = f", and {len(wrong.problems) - 1} more" if len(wrong.problems) > 1 else ""
        return Finding("playbooks", "fails", f"{first}{more}")
    names = ", ".join(loaded.playbook.playbook for loaded in found)
    if house.config.default_playbook not in names.split(", "):
        told = f"{names}; the default, {house.config.default_playbook}, is not among these files"
        return Finding("playbooks", "look", told)
    return Finding("playbooks", "works", f"{folder}: {names}")


async def _templates(house: House) -> Finding:
    folder = house.config.templates / "mail"
    files = [file.name for file in folder.glob("*.md") if not file.name.startswith("_")]
    mails = len({name.split(".")[0] for name in files})  # follow-up-1.md and follow-up-1.pl.md: one
    if not mails:
        return Finding("templates", "fails", f"there are no mails in {folder}")
    return Finding("templates", "works", f"{mails} mails in {folder}; check: sluice template check")


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__
