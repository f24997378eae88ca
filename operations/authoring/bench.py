"""One mail on the bench: its words, what is wrong with them, and how a reader gets them."""

from pathlib import Path

from domain.playbooks.words import suggestion
from domain.refusal import Malformed, NotFound
from mail.flaws import Flawed, RenderFailed
from mail.words import DEFAULT_LOCALE, Words
from mail.written import Written
from operations import contacts, deals
from operations.authoring.previews import BY_STREAM, Filled, preview, preview_for
from operations.authoring.templates import (
    Checked,
    Problem,
    Shelf,
    Template,
    folder_of,
    source,
)
from operations.authoring.wording import VersionLine, draft_words, history
from operations.deal_view import View
from operations.house import House

CHOICES = 50
"""Deals or contacts that are offered to fill a mail in for."""


class Choice(View):
    """Somebody whom a mail may be filled in for: a deal's or a contact's id, and its name."""

    its_id: str
    label: str


class Row(View):
    """A mail in the list: the languages that it is written in, and how many problems it has.

    `missing` are the languages of other mails that it is not written in; `published` those whose
    words were published here, in place of a file or without one.
    """

    name: str
    purpose: str
    about: str
    languages: tuple[str, ...]
    missing: tuple[str, ...]
    published: tuple[str, ...]
    errors: int
    warnings: int


class Listing(View):
    """Every mail of the folder, and what is wrong with layouts and parts."""

    rows: tuple[Row, ...]
    others: tuple[Problem, ...]
    errors: int
    warnings: int


class Bench(View):
    """One mail in one language. `filled` is None, and `stopped` says why, where it cannot be.

    `template` is None where the file cannot be read; `languages` are those of the folder, of
    which the mail is `written` in some. `history` is what was published here, the newest first,
    and `ships` says whether there is a file as well.
    """

    name: str
    locale: str
    file: str
    template: Template | None
    languages: tuple[str, ...]
    written: tuple[str, ...]
    lines: tuple[str, ...]
    problems: tuple[Problem, ...]
    choices: tuple[Choice, ...] = ()
    history: tuple[VersionLine, ...] = ()
    ships: bool = True
    chosen: str | None = None
    filled: Filled | None = None
    stopped: str | None = None

    @property
    def marked(self) -> frozenset[int]:
        """The lines of the source that want a look."""
        mine = (one for one in self.problems if one.file == self.file and _counts(one))
        return frozenset(one.line for one in mine)


def listing(house: House, shelf: Shelf) -> Listing:
    """All mails with their problems. Raises Malformed where there is no folder."""
    checked = shelf.check()
    words = Words(folder_of(house.config.templates), house.written())
    rows = [_row(words, name, checked) for name in words.names]
    return Listing(
        rows=tuple(rows),
        others=tuple(one for one in checked.problems if one.mail is None and _counts(one)),
        errors=len(checked.weighing("error")),
        warnings=len(checked.weighing("warning")),
    )


def bench(house: House, shelf: Shelf, name: str, locale: str | None, chosen: str | None) -> Bench:
    """One mail, filled in with made-up people or for a deal or contact. Raises NotFound."""
    templates = house.config.templates
    written = house.written()
    words = Words(folder_of(templates), written)
    if name not in words.names:
        raise NotFound(f'no mail is called "{name[:80]}"{suggestion(name, words.names)}', name)
    languages = (DEFAULT_LOCALE, *words.locales)
    spoken = next((one for one in languages if one == (locale or "").lower()), DEFAULT_LOCALE)
    template, text = source(templates, name, spoken, written)
    kind = template.context if template else ""
    filled, stopped = _filled(house, name, kind, spoken, chosen, written)
    file = str(words.path(name, spoken))
    return Bench(
        name=name,
        locale=spoken,
        file=file,
        template=template,
        languages=languages,
        written=_written(words, name),
        lines=tuple(text.replace("\r\n", "\n").rstrip("\n").split("\n")),
        problems=tuple(
            one for one in shelf.check(name).problems if one.mail is None or one.file == file
        ),
        choices=choices(house, kind),
        history=history(house, name, spoken),
        ships=Path(file).is_file(),
        chosen=chosen,
        filled=filled,
        stopped=stopped,
    )


def choices(house: House, kind: str) -> tuple[Choice, ...]:
    """Whom a mail of this kind can be filled in for; nobody for those about no single deal."""
    if kind == "contact":
        known = contacts.list_all(house, limit=CHOICES)
        return tuple(
            Choice(its_id=one.contact_id, label=one.name or one.email or one.contact_id)
            for one in known
            if one.email
        )
    if kind not in BY_STREAM:
        return ()
    found = deals.list_page(house, limit=CHOICES).deals
    return tuple(Choice(its_id=one.deal_id, label=one.title or one.deal_id) for one in found)


def fill(
    house: House, name: str, kind: str, locale: str, chosen: str | None, written: Written
) -> Filled:
    """The mail filled in for whoever was chosen, or with made-up people.

    Raises NotFound, Flawed, RenderFailed, Malformed.
    """
    if chosen is None:
        return preview(house.config.templates, name, locale, house.kitchen, written)
    deal, contact = (None, chosen) if kind == "contact" else (chosen, None)
    return preview_for(house, name, deal=deal, contact=contact, locale=locale, written=written)


def fill_draft(
    house: House, name: str, locale: str, text: str, chosen: str | None
) -> tuple[Filled | None, str | None]:
    """A mail as its text stands in a draft, or why it cannot be filled in. Raises Malformed."""
    written = draft_words(house, name, locale, text)
    kind = kind_of(house, name, locale, text)
    return _filled(house, name, kind, locale, chosen, written)


def kind_of(house: House, name: str, locale: str, text: str) -> str:
    """What a draft is about: a kind of context; "" where it cannot be read. Raises Malformed."""
    written = draft_words(house, name, locale, text)
    try:
        return Words(folder_of(house.config.templates), written).find(name, locale).front.context
    except Flawed:
        return ""


def _filled(
    house: House, name: str, kind: str, locale: str, chosen: str | None, written: Written
) -> tuple[Filled | None, str | None]:
    try:
        return fill(house, name, kind, locale, chosen, written), None
    except Flawed:
        return None, "the words have errors, which are told on this page"
    except (RenderFailed, Malformed, NotFound) as error:
        return None, error.message


def _row(words: Words, name: str, checked: Checked) -> Row:
    mine = [one for one in checked.problems if one.mail == name]
    files = [one for one in checked.mails if one.name == name]
    first = files[0] if files else None
    languages = _written(words, name)
    return Row(
        name=name,
        purpose=first.purpose if first else "",
        about=(first.about or first.subject) if first else "",
        languages=languages,
        missing=tuple(one for one in (DEFAULT_LOCALE, *words.locales) if one not in languages),
        published=tuple(
            locale or DEFAULT_LOCALE for one, locale in words.written.texts if one == name
        ),
        errors=sum(one.weight == "error" for one in mine),
        warnings=sum(one.weight == "warning" for one in mine),
    )


def _written(words: Words, name: str) -> tuple[str, ...]:
    return tuple(words.whose(path)[1] or DEFAULT_LOCALE for path in words.variants(name))


def _counts(problem: Problem) -> bool:
    return problem.weight != "info"
