"""What was published of each playbook, by whom, and who is in flight under which version of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.playbooks.words import suggestion
from domain.refusal import NotFound
from operations.access.masking import shown_name
from operations.authoring import files as playbook_files
from operations.authoring.changes import Change, changes
from operations.authoring.rewriting import text_of
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from store import people, pins, playbooks
from store.database import Tx
from store.pins import Pinned
from store.playbooks import Edition, PartVersion

EDITIONS = 100
"""Editions that a history shows, the newest of them."""


class Flying(View):
    """How many are in flight under one version of a part; `stages` says where open deals stand.

    Sequences are counted by enrollments and know no stage.
    """

    version: int
    count: int
    stages: tuple[tuple[str, int], ...] = ()


class PartLine(View):
    """A part of a playbook: the version that holds, since when, by whom, and who is under which.

    `gone`: the newest edition has it no more, but somebody is still in flight under it.
    """

    part: str
    version: int
    published_at: datetime
    published_by: str
    flying: tuple[Flying, ...] = ()
    gone: bool = False


class Shelved(View):
    """A published playbook with its parts; `open_deals` are those in flight under any version."""

    playbook: str
    edition: int
    published_at: datetime
    published_by: str
    parts: tuple[PartLine, ...]
    open_deals: int


class Shelves(View):
    """Every published playbook, and the names of the files that a new one can begin as."""

    playbooks: tuple[Shelved, ...]
    shipped: tuple[str, ...]


class EditionLine(View):
    """One publication: when, by whom, and which parts it changed or took away."""

    edition: int
    published_at: datetime
    published_by: str
    changed: tuple[str, ...]


class Kept(View):
    """One playbook as it is kept: the text of an edition, its parts, and what came before.

    `made` says that the edition was published without its text: it is made from its parts, and
    the remarks of an author are not in it. `newest` is the edition that holds.
    """

    shelved: Shelved
    edition: int
    newest: int
    source: str
    made: bool
    history: tuple[EditionLine, ...]


def shelves(house: House) -> Shelves:
    """Every playbook with its parts, and who is in flight under which version of them."""
    with reaching("the database"), house.store.read() as tx:
        newest = playbooks.all_of(tx)
        versions = playbooks.versions(tx)
        flying = pins.counted(tx, [one.playbook for one in newest])
        named = _names(tx)
    found = tuple(_shelved(one, versions, flying, named) for one in newest)
    files = playbook_files.files(house.config.playbooks)
    return Shelves(playbooks=found, shipped=tuple(path.stem for path in files))


def kept(house: House, name: str, edition: int | None = None) -> Kept:
    """One playbook with the text of an edition, the newest by default. Raises NotFound."""
    with reaching("the database"), house.store.read() as tx:
        newest = _edition(tx, name, None)
        shown = newest if edition is None else _edition(tx, name, edition)
        versions, flying = playbooks.versions(tx, name), pins.counted(tx, [name])
        before = playbooks.history(tx, name, EDITIONS + 1)
        named = _names(tx)
        text, made = text_of(tx, shown)
    return Kept(
        shelved=_shelved(newest, versions, flying, named),
        edition=shown.edition,
        newest=newest.edition,
        source=text,
        made=made,
        history=_history(before, named),
    )


def history(house: House, name: str) -> tuple[EditionLine, ...]:
    """The publications of a playbook, the newest first. Raises NotFound."""
    with reaching("the database"), house.store.read() as tx:
        _edition(tx, name, None)
        return _history(playbooks.history(tx, name, EDITIONS + 1), _names(tx))


def between(house: House, name: str, before: int, after: int) -> tuple[Change, ...]:
    """What differs in words between two editions of a playbook. Raises NotFound."""
    with reaching("the database"), house.store.read() as tx:
        old, new = _edition(tx, name, before), _edition(tx, name, after)
        wanted = {*old.parts.items(), *new.parts.items()}
        held = playbooks.load_parts(tx, name, wanted)
    was = {part: held[part, version] for part, version in old.parts.items()}
    becomes = {part: held[part, version] for part, version in new.parts.items()}
    return tuple(changes(was, becomes))


def _edition(tx: Tx, name: str, number: int | None) -> Edition:
    newest = number is None
    found = playbooks.newest(tx, name) if newest else playbooks.edition(tx, name, number or 0)
    if found is None:
        known = [each.playbook for each in playbooks.all_of(tx)]
        told = f'there is no playbook "{name[:60]}"'
        if name in known:
            raise NotFound(f"{told} edition {number}; the newest is told at its page", "edition")
        hint = suggestion(name, known) if known else "; none is published yet"
        raise NotFound(f"{told}{hint}", "playbook")
    return found


def _names(tx: Tx) -> dict[str, str]:
    return {one.person_id: shown_name(one.name) for one in people.all_of(tx, active=False)}


def _shelved(
    edition: Edition,
    versions: Sequence[PartVersion],
    flying: Sequence[Pinned],
    named: dict[str, str],
) -> Shelved:
    name = edition.playbook
    mine = [one for one in flying if one.playbook == name]
    made = {(one.part, one.version): one for one in versions if one.playbook == name}
    held = dict(edition.parts)
    gone = {one.part: one.version for one in mine if one.part not in held}
    lines = [
        _line(made[part, version], mine, named, part in gone)
        for part, version in {**held, **gone}.items()
    ]
    return Shelved(
        playbook=name,
        edition=edition.edition,
        published_at=edition.published_at,
        published_by=named.get(edition.published_by, edition.published_by),
        parts=tuple(lines),
        open_deals=sum(one.count for one in mine if one.part == "calendar" and one.stage),
    )


def _line(
    made: PartVersion, flying: Iterable[Pinned], named: dict[str, str], gone: bool
) -> PartLine:
    mine = [one for one in flying if one.part == made.part]
    versions = sorted({one.version for one in mine}, reverse=True)
    return PartLine(
        part=made.part,
        version=made.version,
        published_at=made.published_at,
        published_by=named.get(made.published_by, made.published_by),
        flying=tuple(_flying(version, mine) for version in versions),
        gone=gone,
    )


def _flying(version: int, flying: Iterable[Pinned]) -> Flying:
    mine = [one for one in flying if one.version == version]
    return Flying(
        version=version,
        count=sum(one.count for one in mine),
        stages=tuple((one.stage, one.count) for one in mine if one.stage is not None),
    )


def _history(found: Sequence[Edition], named: dict[str, str]) -> tuple[EditionLine, ...]:
    lines = []
    for place, one in enumerate(found[:EDITIONS]):
        before = found[place + 1].parts if place + 1 < len(found) else {}
        parts = [*one.parts, *(part for part in before if part not in one.parts)]
        lines.append(
            EditionLine(
                edition=one.edition,
                published_at=one.published_at,
                published_by=named.get(one.published_by, one.published_by),
                changed=tuple(part for part in parts if one.parts.get(part) != before.get(part)),
            )
        )
    return tuple(lines)
