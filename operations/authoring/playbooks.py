"""Playbooks: check a file, say what it would change, publish it, and show what holds."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from pydantic import BaseModel

from domain.house_events import EditionPublished
from domain.playbooks.parts import parts
from domain.playbooks.playbook import Playbook
from domain.playbooks.words import suggestion
from domain.refusal import NotFound, Refused
from mail.words import Words
from mail.written import NOTHING, Written
from operations import rescheduling
from operations.authoring import files as playbook_files
from operations.authoring.changes import Change, changes
from operations.authoring.files import Loaded
from operations.authoring.holidays import BUSINESS_COUNTRIES, holidays_from, resolve, years_from
from operations.authoring.rewriting import text_of
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from operations.once import Asked, once
from store import enrollments, ledger, playbooks, totals
from store.database import Tx
from store.ledger import Origin
from store.playbooks import Edition

SHIPPED = "sluice"
"""Who publishes the playbooks that ship; what a person published is never overwritten."""


TEXT_FILE = "playbook.yaml"
"""How errors name a text that came without a file."""


class Checked(View):
    """A playbook file that may be published, and what somebody should look at before."""

    playbook: str
    file: str
    warnings: tuple[str, ...] = ()


class InFlight(View):
    """What a changed part means for those who are under way.

    `stages` says where the open deals stand, where it is about those.
    """

    part: str
    count: int
    text: str
    stages: tuple[tuple[str, int], ...] = ()


class Difference(View):
    """What publishing a file would change; without changes nothing is published."""

    playbook: str
    edition: int
    changes: tuple[Change, ...]
    texts: tuple[str, ...]
    in_flight: tuple[InFlight, ...]
    warnings: tuple[str, ...] = ()


class Published(View):
    """What was published: the edition, the version of each part, and which of them are new.

    `moved` deals have another due moment because of changed limits, `woken` an earlier one.
    """

    playbook: str
    edition: int
    parts: dict[str, int]
    changed: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    moved: int = 0
    woken: int = 0


class PlaybookView(View):
    """A published playbook: the edition that holds now.

    `made` says that it was published without its text, and `source` is made from its parts.
    """

    playbook: str
    edition: int
    parts: dict[str, int]
    published_at: datetime
    published_by: str
    source: str | None = None
    made: bool = False


def check(which: str, folder: Path, templates: Path, written: Written = NOTHING) -> Checked:
    """Check a file, or a playbook of the folder by name; needs neither engine nor database.

    `written` are the mails that were published besides those of the folder. Raises
    PlaybookErrors (Malformed) with everything that is wrong, NotFound.
    """
    return _checked(load(which, folder, templates, written))


def check_text(house: House, text: str, file: str = TEXT_FILE) -> Checked:
    """The same for a text that a page or a program sent; `file` is how errors name it."""
    return _checked(load_text(house, text, file))


def load(which: str, folder: Path, templates: Path, written: Written = NOTHING) -> Loaded:
    """The playbook of a file or of a name in the folder, its mails looked up. As `check`."""
    return playbook_files.load(playbook_files.find(which, folder), mails(templates, written))


def mails(templates: Path, written: Written = NOTHING) -> list[str] | None:
    """The mails that a playbook may name; None where there is no folder of them."""
    folder = templates / "mail"
    return Words(folder, written).names if folder.is_dir() else None


def diff(house: House, which: str) -> Difference:
    """What publishing this file would change, in words, and for whom."""
    return diff_loaded(house, _load(house, which))


def diff_text(house: House, text: str, file: str = TEXT_FILE) -> Difference:
    """The same for a text that a page or a program sent."""
    return diff_loaded(house, load_text(house, text, file))


def publish(
    house: House,
    which: str,
    *,
    actor: str,
    command_id: str | None = None,
    progress: rescheduling.Progress = lambda done: None,
    based_on: int | None = None,
) -> Published:
    """Publish a file: what differs gets a new version, deals under way keep theirs.

    Changed limits hold for all open deals at once: when they are due is computed anew. `based_on`
    as with a text. Raises PlaybookErrors, NotFound, Refused, EngineUnreachable.
    """
    path = playbook_files.find(which, house.config.playbooks)
    loaded = _load(house, which)
    source = path.read_text(encoding="utf-8-sig")
    return publish_loaded(house, loaded, source, actor, command_id, progress, based_on)


def publish_text(
    house: House,
    text: str,
    *,
    actor: str,
    file: str = TEXT_FILE,
    command_id: str | None = None,
    based_on: int | None = None,
) -> Published:
    """The same for a text that a page or a program sent; `file` is how errors name it.

    `based_on` is the edition that the text was made from, 0 for a new playbook: Refused when
    another one holds by now, so that nobody undoes unseen what somebody else published.
    """
    loaded = load_text(house, text, file)
    return publish_loaded(house, loaded, text, actor, command_id, based_on=based_on)


def publish_loaded(
    house: House,
    loaded: Loaded,
    source: str,
    actor: str,
    command_id: str | None = None,
    progress: rescheduling.Progress = lambda done: None,
    based_on: int | None = None,
) -> Published:
    """Publish a playbook that was read and found right."""
    name = loaded.playbook.playbook
    warnings = tuple(str(each) for each in loaded.warnings)
    new = resolved(loaded.playbook, house.time.now().date())
    with reaching("the database"), house.store.write() as tx:
        asked = Asked(f"playbook/{name}", "publish", actor, {"source": source}, command_id)

        def work() -> Published:
            _must_hold(tx, name, based_on)
            return _publish(tx, house, name, new, actor, source)

        told = once(house, tx, asked, Published, work)
    moved = woken = 0
    if "limits" in told.changed and told.edition > 1:
        with reaching("the database"):
            moved, woken = rescheduling.reschedule(house, name, progress)
    return told.model_copy(update={"warnings": warnings, "moved": moved, "woken": woken})


def publish_shipped(house: House) -> list[Published]:
    """Publish the playbooks of the folder that nobody has published by hand; says what is new.

    A playbook that a person published stays as that person wanted it.
    """
    found: list[Published] = []
    names = mails(house.config.templates, house.written())
    for loaded in playbook_files.load_folder(house.config.playbooks, names):
        with reaching("the database"), house.store.read() as tx:
            holds = playbooks.newest(tx, loaded.playbook.playbook)
        if holds is not None and holds.published_by != SHIPPED:
            continue
        source = Path(loaded.file).read_text(encoding="utf-8-sig")
        told = publish_loaded(house, loaded, source, SHIPPED)
        if told.changed:
            found.append(told)
    return found


def list_all(house: House) -> list[PlaybookView]:
    """The edition of every playbook that holds now, by name."""
    with reaching("the database"), house.store.read() as tx:
        return [_view(edition) for edition in playbooks.all_of(tx)]


def show(house: House, name: str, edition: int | None = None) -> PlaybookView:
    """A published playbook with its text: the newest edition, or that number. NotFound."""
    with reaching("the database"), house.store.read() as tx:
        if edition is None:
            found = playbooks.newest(tx, name)
        else:
            found = playbooks.edition(tx, name, edition)
        if found is None:
            known = [each.playbook for each in playbooks.all_of(tx)]
            number = f" edition {edition}" if edition is not None else ""
            hint = suggestion(name, known) if known else "; none is published yet"
            raise NotFound(f'there is no playbook "{name[:60]}"{number}{hint}', "playbook")
        text, made = text_of(tx, found)
        return _view(found).model_copy(update={"source": text, "made": made})


def _load(house: House, which: str) -> Loaded:
    return load(which, house.config.playbooks, house.config.templates, house.written())


def load_text(house: House, text: str, file: str = TEXT_FILE) -> Loaded:
    """The playbook of a text, its mails looked up. Raises PlaybookErrors."""
    return playbook_files.load_text(text, file, mails(house.config.templates, house.written()))


def _checked(loaded: Loaded) -> Checked:
    warnings = tuple(str(each) for each in loaded.warnings)
    return Checked(playbook=loaded.playbook.playbook, file=loaded.file, warnings=warnings)


def diff_loaded(house: House, loaded: Loaded) -> Difference:
    """What publishing a playbook that was read would change, in words, and for whom."""
    new = resolved(loaded.playbook, house.time.now().date())
    with reaching("the database"), house.store.read() as tx:
        return _difference(tx, loaded, new)


def resolved(playbook: Playbook, today: date) -> dict[str, BaseModel]:
    """The parts to publish, the calendar with its public holidays as dates for three years."""
    calendar = playbook.calendar
    countries = {*BUSINESS_COUNTRIES, *calendar.countries}
    countries |= {calendar.country} if calendar.country else set()
    days = resolve(countries, years_from(today))
    dated = calendar.model_copy(
        update={
            "holidays": {country: tuple(each) for country, each in days.items()},
            "holidays_from": holidays_from(),
        }
    )
    return parts(playbook.model_copy(update={"calendar": dated}))


def _must_hold(tx: Tx, name: str, based_on: int | None) -> None:
    if based_on is None:
        return
    ledger.take_turn(tx)
    before = playbooks.newest(tx, name)
    holds = before.edition if before else 0
    if holds == based_on:
        return
    told = f"{name} is at edition {holds} by now, and this text was made from edition {based_on}"
    if not based_on:
        told = f"{name} is published already (edition {holds}), and this text begins a new one"
    raise Refused("published_meanwhile", f"{told}; look at what changed, then publish again")


def _publish(
    tx: Tx, house: House, name: str, new: Mapping[str, BaseModel], actor: str, source: str
) -> Published:
    before = playbooks.newest(tx, name)
    made = playbooks.publish(tx, name, new, actor, house.time.now(), source)
    if before is not None and before.edition == made.edition:
        return Published(playbook=name, edition=made.edition, parts=made.parts, changed=())
    gone = [part for part in (before.parts if before else {}) if part not in made.parts]
    changed = [*made.changed, *gone]
    event = EditionPublished(
        at=house.time.now(),
        playbook=name,
        edition=made.edition,
        parts=made.parts,
        changed=changed,
    )
    stream = f"playbook/{name}"
    origin = Origin(actor=actor, recorded_at=house.time.wall(), cause="publish")
    ledger.append(tx, stream, ledger.head(tx, stream), [event], origin)
    edition = made.edition
    return Published(playbook=name, edition=edition, parts=made.parts, changed=tuple(changed))


def _difference(tx: Tx, loaded: Loaded, new: Mapping[str, BaseModel]) -> Difference:
    name = loaded.playbook.playbook
    holds = playbooks.newest(tx, name)
    old: dict[str, BaseModel] = {}
    if holds is not None:
        kept = playbooks.load_parts(tx, name, set(holds.parts.items()))
        old = {part: kept[part, version] for part, version in holds.parts.items()}
    found = changes(old, new)
    touched = list(dict.fromkeys(change.part for change in found))
    flying = [_in_flight(tx, name, part, holds) for part in touched] if holds else []
    return Difference(
        playbook=name,
        edition=holds.edition if holds else 0,
        changes=tuple(found),
        texts=tuple(change.text for change in found),
        in_flight=tuple(each for each in flying if each is not None),
        warnings=tuple(str(each) for each in loaded.warnings),
    )


def _in_flight(tx: Tx, playbook: str, part: str, holds: Edition) -> InFlight | None:
    kind, _, name = part.partition(":")
    stages: dict[str, int] = {}
    if name:
        counted = enrollments.counts(tx, playbook, part)
        count = sum(n for (_, status), n in counted.items() if status == "active")
        told = f"{count} now in {name} finish the version that they began with"
    else:
        stages = _open_by_stage(tx, playbook)
        count = sum(stages.values())
        deals = "1 open deal" if count == 1 else f"{count} open deals"
        if kind == "limits":
            told = f"the new limits hold at once for {deals}"
        else:
            opened = "keeps the" if count == 1 else "keep the"
            told = f"{deals} {opened} {kind} of the opening"
    if not count:
        return None
    return InFlight(part=part, count=count, text=told, stages=tuple(stages.items()))


def _open_by_stage(tx: Tx, playbook: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for total in totals.by_stage(tx, playbook):
        if total.status == "open" and total.deals:
            found[total.stage] = found.get(total.stage, 0) + total.deals
    return found


def _view(edition: Edition) -> PlaybookView:
    return PlaybookView(
        playbook=edition.playbook,
        edition=edition.edition,
        parts=edition.parts,
        published_at=edition.published_at,
        published_by=edition.published_by,
    )
