"""The words of mails: listed, and reviewed in every language before anybody gets them."""

import threading
from pathlib import Path

from domain.refusal import Malformed
from mail.flaws import Flaw, Flawed, Weight
from mail.kitchen import Kitchen
from mail.render import Renderer
from mail.review import Review, Reviewer
from mail.words import MailFile, Words
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


def list_all(templates: Path) -> list[Template]:
    """Every mail file by name, the default language first. Raises Flawed."""
    words = Words(folder_of(templates))
    found = [words.read(path) for name in words.names for path in words.variants(name)]
    return [shown(file) for file in found]


def check(templates: Path, name: str | None = None, locale: str | None = None) -> Checked:
    """Review one mail or all, in one language or every; needs neither engine nor database.

    Raises NotFound for a mail that there is not; what is wrong is in the answer.
    """
    folder = folder_of(templates)
    with Kitchen(folder, size=KITCHENS, within=READ_WITHIN) as kitchen:
        reviewer = Reviewer(Renderer(folder), kitchen.render, side_by_side=KITCHENS)
        return _checked(reviewer.review(name, locale), folder)


class Shelf:
    """The mails of a house for who looks at them often: only what changed is reviewed again."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lock = threading.Lock()
        self._reviewer: Reviewer | None = None

    def check(self, name: str | None = None) -> Checked:
        """As `check`; safe to call from any thread. Raises NotFound, Malformed."""
        folder = folder_of(self._house.config.templates)
        with self._lock:
            if self._reviewer is None:
                self._reviewer = Reviewer(Renderer(folder), self._house.kitchen.render)
            return _checked(self._reviewer.review(name), folder)


def source(templates: Path, name: str, locale: str | None = None) -> tuple[Template | None, str]:
    """The file of a mail in a language as it is written; no template when it cannot be read.

    Raises NotFound.
    """
    words = Words(folder_of(templates))
    path = words.path(name, locale)
    text = path.read_bytes().decode("utf-8", "replace")
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


def _checked(review: Review, folder: Path) -> Checked:
    words = Words(folder)
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
