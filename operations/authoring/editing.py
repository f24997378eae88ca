"""A playbook's text while somebody edits it: everything wrong at its line, what it would change."""

import re
from datetime import datetime
from typing import Literal

from domain.ids import digest
from domain.refusal import NotFound
from operations.authoring import editions, playbooks
from operations.authoring import files as playbook_files
from operations.authoring.changes import Change
from operations.authoring.errors import PlaybookErrors, Problem
from operations.authoring.files import Loaded
from operations.authoring.playbooks import TEXT_FILE, Difference, Published
from operations.deal_view import View
from operations.house import House

_NAME = re.compile(r"^playbook:[ \t]*", re.MULTILINE)
_NAMED = re.compile(r"^playbook:[^\n#]*?(?=[ \t]*(?:#|$))", re.MULTILINE)


class Flagged(View):
    """One thing to change or to look at, and where; lines and columns count from 1."""

    weight: Literal["error", "warning"]
    line: int
    column: int
    path: str
    message: str


class Meanwhile(View):
    """What somebody else published while this text was edited."""

    edition: int
    published_at: datetime
    published_by: str
    changes: tuple[Change, ...]


class Draft(View):
    """A text that was looked at.

    `difference` says what publishing it would change, None while there are errors. `based_on` is
    the edition that publishing it would follow, 0 for none; `meanwhile` tells of one that came
    after the edition that the text was made from. `mark` changes with the text; `made` says that
    it was made from the parts of an edition that was published without one.
    """

    text: str
    based_on: int
    mark: str
    problems: tuple[Flagged, ...] = ()
    difference: Difference | None = None
    meanwhile: Meanwhile | None = None
    made: bool = False

    @property
    def wrong(self) -> bool:
        """Whether something keeps it from being published."""
        return any(one.weight == "error" for one in self.problems)


def begin(house: House, name: str, edition: int | None = None) -> Draft:
    """The text of an edition to be edited, the newest by default. Raises NotFound."""
    found = editions.kept(house, name, edition)
    return Draft(
        text=found.source, based_on=found.newest, mark=digest(found.source), made=found.made
    )


def begin_new(house: House, shipped: str) -> Draft:
    """The text of a shipped playbook as the beginning of a new one, under a name that is free.

    Raises NotFound.
    """
    names = [path.stem for path in playbook_files.files(house.config.playbooks)]
    if shipped not in names:
        raise NotFound(f'no shipped playbook is called "{shipped[:60]}"', "from")
    text = playbook_files.find(shipped, house.config.playbooks).read_text(encoding="utf-8-sig")
    fresh = _NAMED.sub(f"playbook: my-{shipped}", text, count=1)
    return Draft(text=fresh, based_on=0, mark=digest(fresh))


def examine(house: House, name: str | None, text: str, based_on: int) -> Draft:
    """Look at a text for a playbook (None: for a new one) that was made from an edition.

    What is wrong is in the answer. Raises NotFound where there is no such playbook.
    """
    meanwhile = _meanwhile(house, name, based_on) if name is not None else None
    base = meanwhile.edition if meanwhile is not None else based_on
    draft = Draft(text=text, based_on=base, mark=digest(text), meanwhile=meanwhile)
    try:
        loaded = playbooks.load_text(house, text)
        _must_be_about(house, loaded, name, text)
    except PlaybookErrors as error:
        return draft.model_copy(update={"problems": _flagged(error.problems, "error")})
    warnings = _flagged(loaded.warnings, "warning")
    difference = playbooks.diff_loaded(house, loaded)
    return draft.model_copy(update={"problems": warnings, "difference": difference})


def publish(
    house: House,
    name: str | None,
    text: str,
    based_on: int,
    *,
    actor: str,
    command_id: str | None = None,
) -> Published:
    """Publish a text that was made from an edition, 0 for a new playbook.

    Raises PlaybookErrors, and Refused where somebody else published meanwhile.
    """
    loaded = playbooks.load_text(house, text)
    if name is not None:
        _must_be_about(house, loaded, name, text)
    return playbooks.publish_loaded(house, loaded, text, actor, command_id, based_on=based_on)


def _meanwhile(house: House, name: str, based_on: int) -> Meanwhile | None:
    newest = editions.history(house, name)[0]
    if newest.edition == based_on:
        return None
    return Meanwhile(
        edition=newest.edition,
        published_at=newest.published_at,
        published_by=newest.published_by,
        changes=editions.between(house, name, based_on, newest.edition),
    )


def _must_be_about(house: House, loaded: Loaded, name: str | None, text: str) -> None:
    """A page publishes the playbook that it is about, and a new one takes nobody's name."""
    said = loaded.playbook.playbook
    if name is not None:
        told = f'this is the page of {name}: write "{name}", or begin a new playbook'
        wrong = said != name
    else:
        told = f'"{said}" is published already: edit it at its page, or write another name'
        wrong = any(one.playbook == said for one in playbooks.list_all(house))
    if wrong:
        raise PlaybookErrors([_at_name(text, told)])


def _at_name(text: str, told: str) -> Problem:
    found = _NAME.search(text)
    if found is None:
        return Problem(TEXT_FILE, 1, 1, "playbook", told)
    line = text.count("\n", 0, found.start()) + 1
    return Problem(TEXT_FILE, line, found.end() - found.start() + 1, "playbook", told)


def _flagged(
    problems: tuple[Problem, ...], weight: Literal["error", "warning"]
) -> tuple[Flagged, ...]:
    return tuple(
        Flagged(weight=weight, line=one.line, column=one.column, path=one.path, message=one.message)
        for one in problems
    )
