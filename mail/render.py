"""A mail's words and a context become subject, HTML and text.

The pure core: no time limit of its own. Production renders in a child process
(`mail/kitchen.py`), which can be stopped; `check` and tests use it directly.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import Template, TemplateError, TemplateSyntaxError
from pydantic import BaseModel, ConfigDict

from mail.check import UNREADABLE, Findings, flaws_of, read_names, unreadable
from mail.context import OUTWARD, Context
from mail.filters import Unfit, known_locale, writing
from mail.flaws import Flaw, Flawed, RenderFailed
from mail.markup import join_lists
from mail.pieces import Pieces
from mail.plaintext import as_text
from mail.sandbox import Room
from mail.words import DEFAULT_LOCALE, MailFile, Words, signature
from mail.written import Publishing, nothing

LARGEST_OUTPUT = 256_000  # characters of HTML, and of text
_LINK = re.compile(r'\shref="([^"]*)"')  # the inliner writes every attribute in this form
_UNFORESEEN = (ArithmeticError, TypeError, ValueError, LookupError)
_FIT_LINK = re.compile(r"https?://[^/\s]|mailto:[^\s]|tel:[^\s]", re.IGNORECASE)


class Rendered(BaseModel):
    """The words of one mail, ready to compose."""

    model_config = ConfigDict(frozen=True)

    template: str
    template_version: str  # 16 hexadecimal digits over the file, its layout and its parts
    locale: str  # of the words that were found
    purpose: str
    in_thread: bool  # answers the mail before it, if there is one
    subject: str
    preheader: str
    html: str
    text: str
    tracked: bool = False  # whether its links may be led over the console


@dataclass(frozen=True)
class _Prepared:
    """One file, checked and compiled."""

    file: MailFile
    version: str
    subject: Template
    preheader: Template
    page: Template
    layout: Template
    text: Template | None


class Renderer:
    """Renders the mails of one folder. Each file is checked and compiled once a version.

    `written` gives what was published beside the folder, and is asked before every mail.
    """

    def __init__(self, folder: Path, written: Publishing = nothing) -> None:
        self._written = written
        self._words = Words(folder, written())
        self._prepared: dict[Path, _Prepared] = {}
        self._inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
        self._compiled_before = 0
        self._open_rooms()

    @property
    def words(self) -> Words:
        """The folder as it is now; what was prepared from an older state is forgotten."""
        before, published = self._words, self._written()
        changed = published.mark != before.written.mark
        if changed or signature(before.folder) != before.signature:
            self._words = Words(before.folder, published)
            self._prepared.clear()
            self._compiled_before = self.compilations
            self._open_rooms()
        return self._words

    @property
    def compilations(self) -> int:
        """How many pieces Jinja has compiled so far."""
        return self._compiled_before + self._html.compilations + self._plain.compilations

    def _open_rooms(self) -> None:
        loader = Pieces(lambda: self._words)
        self._read: dict[Path, tuple[str, Findings]] = {}
        self._html = Room(loader, html=True)
        self._plain = Room(loader, html=False)

    def render(self, name: str, context: Mapping[str, Any], locale: str | None = None) -> Rendered:
        """Fill a mail in. `context` is plain data: `Context.model_dump(mode="json")`.

        Raises NotFound for an unknown mail, Flawed for words that are wrong, RenderFailed for
        sound words that this context does not fill.
        """
        ready = self._ready(self.words.find(name, locale))
        file = ready.file
        spoken = _spoken(file, locale)
        values = {**context, "locale": spoken.replace("_", "-"), "purpose": file.front.purpose}
        with _Faults(file, ready):
            for part in ("subject", "preheader"):
                values[part] = _one_line(_run(getattr(ready, part), values))
            if not values["subject"]:
                raise Unfit("the subject is empty")
            html = self._inliner.inline(join_lists(_run(ready.page, values)))
            _refuse_links(html)
            text = self._text(ready, values, html)
            _refuse_missing(file, values, html, text)
        return Rendered(
            template=file.name,
            template_version=ready.version,
            locale=values["locale"],
            purpose=file.front.purpose,
            in_thread=file.front.thread == "reply",
            subject=values["subject"],
            preheader=values["preheader"],
            html=html,
            text=text,
            tracked=file.front.track,
        )

    def check(
        self, name: str | None = None, fields: Mapping[str, str] | None = None
    ) -> list[MailFile]:
        """Check one mail, or all, in every language; says which files were sound.

        `fields` are the playbook's custom fields and types; without them any name passes behind
        `deal.fields.`. Raises Flawed with everything found, NotFound for an unknown mail.
        """
        words, flaws, sound = self.words, [], []
        for path in [path for each in ([name] if name else words.names)
                     for path in words.variants(each)]:  # fmt: skip
            try:
                file = words.read(path)
                found = flaws_of(file, self._words, self._html, fields)
                flaws += found
                if not found:
                    self._compiled(file)
                sound.append(file)
            except Flawed as error:
                flaws += error.flaws
        if flaws:
            raise Flawed(flaws)
        return sound

    def names_of(self, file: MailFile) -> Findings:
        """What keeps a file of the folder from being used, and what is doubtful in its names."""
        known = self._read.get(file.path)
        if known is None or known[0] != file.digest:
            findings = read_names(file, self._words, self._html)
            known = self._read[file.path] = (file.digest, findings)
        return known[1]

    def version_of(self, file: MailFile) -> str:
        """How a mail names the words that it was made of: the file, its layout and its parts."""
        return _version(file, self._words)

    def _ready(self, file: MailFile) -> _Prepared:
        ready = self._prepared.get(file.path)
        if ready is None or ready.file.digest != file.digest:
            flaws = self.names_of(file).flaws
            if flaws:
                raise Flawed(flaws)
            ready = self._prepared[file.path] = self._compiled(file)
        return ready

    def _compiled(self, file: MailFile) -> _Prepared:
        """Raises Flawed for what only compiling finds."""
        try:
            return self._prepare(file)
        except TemplateSyntaxError as error:
            flaw = Flaw(str(file.path), error.lineno, error.message or "cannot be read")
        except UNREADABLE as error:
            flaw = Flaw(str(file.path), file.body.line, unreadable(error))
        raise Flawed([flaw]) from None

    def _prepare(self, file: MailFile) -> _Prepared:
        name, layout = file.path.name, self._words.layout(file)
        return _Prepared(
            file=file,
            version=_version(file, self._words),
            subject=self._plain.get_template(f"{name}#subject"),
            preheader=self._plain.get_template(f"{name}#preheader"),
            page=self._html.get_template(name),
            layout=self._html.get_template(layout),
            text=self._plain.get_template(f"{name}#text") if file.text else None,
        )

    def _text(self, ready: _Prepared, values: dict[str, Any], html: str) -> str:
        """The text part: its own words with signature and footer, or read off the HTML."""
        if ready.text is None:
            return as_text(html)
        context = ready.layout.new_context(values)
        tail = "".join(
            f"<div>{''.join(ready.layout.blocks[block](context))}</div>"
            for block in ("signature", "footer")
            if block in ready.layout.blocks
        )
        return f"{_run(ready.text, values).strip()}\n\n{as_text(tail)}"


def plain(context: Context) -> dict[str, Any]:
    """A context as the plain text and numbers that a template may see."""
    return context.model_dump(mode="json")


def _run(template: Template, values: Mapping[str, Any]) -> str:
    """Render, but stop at the largest allowed size."""
    written, size = [], 0
    for piece in template.generate(values):
        size += len(piece)
        if size > LARGEST_OUTPUT:
            raise Unfit(f"the mail grows over {LARGEST_OUTPUT:,} characters")
        written.append(piece)
    return "".join(written)


class _Faults:
    """Turns whatever stops a rendering into RenderFailed with the line of the template."""

    def __init__(self, file: MailFile, ready: _Prepared) -> None:
        self.file = file
        self.ready = ready

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        ours = isinstance(error, TemplateError | Unfit)
        if error is not None and (ours or isinstance(error, _UNFORESEEN)):
            places = list(self._places(error))
            where = places[-1] if places else str(self.file.path)
            # Others' messages may quote a value, and values are personal data.
            told = str(error)[:300] if ours else type(error).__name__
            raise RenderFailed(f"{where}: {told}", where) from None

    def _places(self, error: BaseException) -> Iterator[str]:
        folder = str(self.file.path.parent)
        trace = error.__traceback__
        while trace is not None:
            name = trace.tb_frame.f_code.co_filename
            if name.startswith(folder):
                yield f"{name}:{trace.tb_lineno}"
            trace = trace.tb_next


def _spoken(file: MailFile, locale: str | None) -> str:
    """The reader's locale if the words are in its language and script, else the words' own."""
    words = known_locale(file.locale or DEFAULT_LOCALE)
    wanted = known_locale(locale) if locale else words
    return wanted if writing(wanted) == writing(words) else words


def _version(file: MailFile, words: Words) -> str:
    parts: Iterable[str] = sorted(path.name for path in words.folder.glob("_*.html"))
    whole = file.digest + "".join(f"\0{name}\0{words.part(name)}" for name in parts)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _refuse_links(html: str) -> None:
    for link in _LINK.findall(html):
        if not _FIT_LINK.match(link):
            raise Unfit("a link does not begin with https://, mailto: or tel:")


def _refuse_missing(file: MailFile, values: Mapping[str, Any], html: str, text: str) -> None:
    """A way out and a postal address in both parts, whatever the conditions in the words did."""
    if file.front.context not in OUTWARD:
        return
    way_out = str(values["links"]["unsubscribe"])
    if way_out not in text or way_out.replace("&", "&amp;") not in html:
        raise Unfit("the way to unsubscribe is missing from the finished mail")
    address = str(values["company"]["postal_address"])
    if address.split()[0] not in text:
        raise Unfit("the postal address is missing from the finished mail")
