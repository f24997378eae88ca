"""The words of mails: listed, and reviewed in every language before anybody gets them."""

import threading
from pathlib import Path

from domain.refusal import Malformed
from mail.context import Context
from mail.flaws import Flaw, Flawed, Weight
from mail.kitchen import Kitchen
from mail.render import Rendered, Renderer
from mail.review import Review, Reviewer
from mail.words import MailFile, Words
from mail.written import NOTHING, Written
from operations.deal_view import View
from operations.house import READ_WITHIN, House

KITCHENS = 2
"""Child processes that render while the words are read; a machine has two cores at least."""


class Template(View):
    """A mail file: what it is for, and what it may name (its kind of context)."""

    name: str
    locale: str | None
    purpose: str
    context: str
    subject: str
    about: str
    file: str


class Problem(View):
    """Something about a mail file: an error keeps it back, a warning wants a look.

    Lines and columns count from 1; `mail` is None for a layout or part.
    """

    weight: Weight
    mail: str | None
    locale: str | None
    file: str
    line: int
    column: int
    path: str
    message: str

    @property
    def where(self) -> str:
        """`file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def text(self) -> str:
        """All of it in one line, as `check` prints it."""
        return " ".join(filter(None, (self.where, self.path, self.message)))


class Checked(View):
    """The mails that were reviewed, and everything found, in the order of the files."""

    mails: tuple[Template, ...]
    problems: tuple[Problem, ...]

    def weighing(self, weight: Weight) -> list[Problem]:
        """The problems of one weight."""
        return [one for one in self.problems if one.weight == weight]

    def must_be_sound(self) -> None:
        """Raises Malformed with every error, when there is one."""
        errors = self.weighing("error")
        if errors:
            raise Malformed("\n".join(one.text for one in errors), errors[0].where)


def list_all(templates: Path, written: Written = NOTHING) -> list[Template]:
    """Every mail file by name, the default language first. Raises Flawed.

    `written` holds instead of files, here and below.
    """
    words = Words(folder_of(templates), written)
    found = [words.read(path) for name in words.names for path in words.variants(name)]
    return [shown(file) for file in found]


def check(
    templates: Path,
    name: str | None = None,
    locale: str | None = None,
    written: Written = NOTHING,
) -> Checked:
    """Review one mail or all, in one language or every; needs neither engine nor database.

    Raises NotFound for a mail that there is not; what is wrong is in the answer.
    """
    folder = folder_of(templates)

    def published() -> Written:
        return written

    with Kitchen(folder, size=KITCHENS, within=READ_WITHIN, written=published) as kitchen:
        renderer = Renderer(folder, published)
        reviewer = Reviewer(renderer, kitchen.render, side_by_side=KITCHENS)
        return _checked(reviewer.review(name, locale), renderer.words)


def check_draft(house: House, written: Written, name: str, locale: str) -> Checked:
    """Review one mail in one language as `written` says it, before it is published.

    Raises NotFound.
    """
    renderer = Renderer(folder_of(house.config.templates), lambda: written)

    def fill(name: str, context: Context, locale: str | None) -> Rendered:
        return house.kitchen.render(name, context, locale, written)

    return _checked(Reviewer(renderer, fill).review(name, locale), renderer.words)


class Shelf:
    """The mails of a house for who looks at them often: only what changed is reviewed again."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lock = threading.Lock()
        self._reviewer: Reviewer | None = None

    def check(self, name: str | None = None, locale: str | None = None) -> Checked:
        """As `check`; safe to call from any thread. Raises NotFound, Malformed."""
        folder = folder_of(self._house.config.templates)
        with self._lock:
            if self._reviewer is None:
                self._renderer = Renderer(folder, self._house.written)
                self._reviewer = Reviewer(self._renderer, self._house.kitchen.render)
            return _checked(self._reviewer.review(name, locale), self._renderer.words)


def source(
    templates: Path, name: str, locale: str | None = None, written: Written = NOTHING
) -> tuple[Template | None, str]:
    """The file of a mail in a language as it is written; no template when it cannot be read.

    Raises NotFound.
    """
    words = Words(folder_of(templates), written)
    path = words.path(name, locale)
    text = words.raw(path).decode("utf-8", "replace")
    try:
        return shown(words.read(path)), text
    except Flawed:
        return None, text


def folder_of(templates: Path) -> Path:
    """The folder of mails within that of all words. Raises Malformed where there is none."""
    folder = templates / "mail"
    if not folder.is_dir():
        raise Malformed(f"there is no folder of mails at {folder}", "SLUICE_TEMPLATES")
    return folder


def shown(file: MailFile) -> Template:
    """A mail file as the doors show it."""
    return Template(
        name=file.name,
        locale=file.locale,
        purpose=file.front.purpose,
        context=file.front.context,
        subject=file.front.subject,
        about=file.front.about,
        file=str(file.path),
    )


def _checked(review: Review, words: Words) -> Checked:
    return Checked(
        mails=tuple(shown(file) for file in review.files),
        problems=tuple(_problem(flaw, words) for flaw in review.flaws),
    )


def _problem(flaw: Flaw, words: Words) -> Problem:
    name, locale = words.whose(Path(flaw.file))
    return Problem(
        weight=flaw.weight,
        mail=name,
        # A note about a missing language is about that one, though it stands at the default.
        locale=flaw.path if flaw.weight == "info" else locale,
        file=flaw.file,
        line=flaw.line,
        column=flaw.column,
        path=flaw.path,
        message=flaw.message,
    )
