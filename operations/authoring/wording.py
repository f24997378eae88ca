"""The words of a mail while somebody edits them, and the versions that were published here."""

from collections.abc import Iterator
from datetime import datetime
from difflib import SequenceMatcher
from json import dumps
from pathlib import Path
from typing import Final, Literal

from domain.ids import digest
from domain.refusal import Malformed, NotFound, Refused
from mail.flaws import Flawed
from mail.render import Renderer
from mail.words import DEFAULT_LOCALE, Words, is_name
from mail.written import Written
from operations.access.masking import shown_name
from operations.authoring.templates import Problem, check_draft, folder_of
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from operations.once import Asked, once
from store import people, templates
from store.database import Tx
from store.templates import TemplateVersion

LARGEST: Final = 8_000_000
"""Characters of everything published here together, as the renderer is told them."""

AROUND: Final = 2
"""Unchanged lines that are shown around a changed one."""

BEGINNING: Final = """---
subject:
purpose: sales
---
"""


class LineChange(View):
    """A line of the text that holds or of the new one; `gap` stands for many unchanged ones."""

    kind: Literal["same", "gone", "new", "gap"]
    text: str = ""


class VersionLine(View):
    """A version that was published here; `from_file` says that the file held again."""

    version: int
    published_at: datetime
    published_by: str
    template_version: str
    from_file: bool
    holds: bool


class Drafted(View):
    """A mail's text in a language as somebody writes it.

    `base` names the text that holds now ("" for none), and `meanwhile` says that it is another
    than the one that the draft was made from. `mark` changes with the draft.
    """

    name: str
    locale: str
    file: str
    text: str
    base: str
    mark: str
    problems: tuple[Problem, ...] = ()
    changes: tuple[LineChange, ...] = ()
    meanwhile: bool = False

    @property
    def wrong(self) -> bool:
        """Whether something keeps it from being published."""
        return any(one.weight == "error" for one in self.problems)


class PublishedWords(View):
    """What was published: the version, and how mails made of it name their words.

    `changed` is False where it stood so already; then nothing was kept.
    """

    name: str
    locale: str
    version: int
    template_version: str
    changed: bool


def begin(
    house: House,
    name: str,
    locale: str | None = None,
    version: int | None = None,
    like: str | None = None,
) -> Drafted:
    """The text to be edited: what holds, a version, or (0) the file that ships.

    What is not written yet begins as the default language has it, or `like` another mail.
    Raises NotFound, Malformed for what no mail or language can be called.
    """
    words = _words(house)
    key = _key(words, name, locale)
    holds = _holding(words, key)
    if version == 0:
        text = _file(house, key)
    elif version is not None:
        text = _version(house, key, version)
    elif holds is not None:
        text = holds
    else:
        text = _beginning(words, name, like)
    return _drafted(words, key, text, holds)


def examine(house: House, name: str, locale: str | None, text: str, base: str) -> Drafted:
    """Look at a text that was made from the one that `base` names; what is wrong is in it.

    Raises Malformed for what no mail or language can be called.
    """
    words = _words(house)
    key = _key(words, name, locale)
    holds = _holding(words, key)
    drafted = _drafted(words, key, text, holds)
    found = _problems(house, words, key, text)
    return drafted.model_copy(
        update={
            "problems": found,
            "changes": tuple(_compared(holds or "", text)),
            "meanwhile": drafted.base != base,
        }
    )


def publish(
    house: House,
    name: str,
    locale: str | None,
    text: str,
    *,
    actor: str,
    base: str | None = None,
    command_id: str | None = None,
) -> PublishedWords:
    """Publish a text: mails that are written from now on are made of it, others stay as they are.

    Raises Malformed with every error, and Refused where `base` is given and another text holds.
    """
    words = _words(house)
    key = _key(words, name, locale)
    wrong = [one for one in _problems(house, words, key, text) if one.weight == "error"]
    if wrong:
        raise Malformed("\n".join(one.text for one in wrong), wrong[0].where)
    asked = Asked(f"template/{name}", "publish_template", actor, {"source": text}, command_id)
    with reaching("the database"), house.store.write() as tx:
        return once(
            house, tx, asked, PublishedWords, lambda: _publish(tx, house, key, text, base, actor)
        )


def history(house: House, name: str, locale: str | None = None) -> tuple[VersionLine, ...]:
    """What was published here of a mail in a language, the newest first."""
    key = _key(_words(house), name, locale)
    with reaching("the database"), house.store.read() as tx:
        found = templates.history(tx, *key)
        named = {one.person_id: shown_name(one.name) for one in people.all_of(tx, active=False)}
    return tuple(
        VersionLine(
            version=one.version,
            published_at=one.published_at,
            published_by=named.get(one.published_by, one.published_by),
            template_version=one.template_version,
            from_file=one.source is None,
            holds=place == 0,
        )
        for place, one in enumerate(found)
    )


def draft_words(house: House, name: str, locale: str | None, text: str) -> Written:
    """What is published, with this text in place of the mail's own. Raises Malformed."""
    written = house.written()
    return written.with_draft(*_key(_words(house), name, locale), text)


def named(file: Path) -> tuple[str, str | None]:
    """The mail and the language that a file is of, by what it is called. Raises Malformed."""
    name, _, locale = file.name.removesuffix(".md").partition(".")
    if file.suffix != ".md" or not is_name(name, locale):
        raise Malformed("a mail's file is called name.md or name.de.md", str(file))
    return name, locale or None


def text_of(file: Path) -> str:
    """What stands in a file. Raises NotFound, and Malformed for what is not UTF-8."""
    try:
        return file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise NotFound(f"there is no file {file} that can be read", str(file)) from error
    except UnicodeDecodeError:
        raise Malformed("not UTF-8; save it as UTF-8", str(file)) from None


def _publish(
    tx: Tx, house: House, key: tuple[str, str], text: str, base: str | None, actor: str
) -> PublishedWords:
    number = templates.next_number(tx, *key)
    written = Written("now", _published(tx))
    words = Words(folder_of(house.config.templates), written)
    holds = _holding(words, key)
    if base is not None and base != _base(holds):
        told = "somebody published other words meanwhile; look at the difference, then publish"
        raise Refused("published_meanwhile", told)
    draft = written.with_draft(*key, text)
    if sum(len(dumps(one)) for one in draft.texts.values()) > LARGEST:
        told = f"over {LARGEST:,} characters are published here; put some mails into files"
        raise Refused("too_many_words", told)
    renderer = Renderer(words.folder, lambda: draft)
    made = renderer.words.path(*key)
    version = renderer.version_of(renderer.words.read(made))
    answer = PublishedWords(
        name=key[0],
        locale=key[1] or DEFAULT_LOCALE,
        version=number,
        template_version=version,
        changed=True,
    )
    if text == holds:
        return answer.model_copy(update={"version": number - 1, "changed": False})
    fresh = TemplateVersion(
        name=key[0],
        locale=key[1],
        version=number,
        source=None if text == _on_disk(house, key) else text,
        template_version=version,
        published_at=house.time.now(),
        published_by=actor,
    )
    templates.add(tx, fresh)
    return answer


def _published(tx: Tx) -> dict[tuple[str, str], str]:
    rows = templates.newest(tx)
    return {(one.name, one.locale): one.source for one in rows if one.source is not None}


def _words(house: House) -> Words:
    return Words(folder_of(house.config.templates), house.written())


def _key(words: Words, name: str, locale: str | None) -> tuple[str, str]:
    """How a mail in a language is kept: "" for the default language."""
    spoken = (locale or "").replace("_", "-").lower()
    if not is_name(name, spoken):
        told = f'"{name[:60]}" in "{spoken[:20]}"' if spoken else f'"{name[:60]}"'
        raise Malformed(
            f"{told} cannot be a mail: write a name such as follow-up-1, and de", "name"
        )
    if spoken == DEFAULT_LOCALE and words.exact(name, spoken) is None:
        spoken = ""
    return name, spoken


def _holding(words: Words, key: tuple[str, str]) -> str | None:
    path = words.exact(*key)
    return None if path is None else _lines(words.raw(path))


def _lines(raw: bytes) -> str:
    return raw.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def _on_disk(house: House, key: tuple[str, str]) -> str | None:
    return _holding(Words(folder_of(house.config.templates)), key)


def _file(house: House, key: tuple[str, str]) -> str:
    found = _on_disk(house, key)
    if found is None:
        raise NotFound(f"no file ships for {key[0]} in {key[1] or DEFAULT_LOCALE}", "version")
    return found


def _version(house: House, key: tuple[str, str], number: int) -> str:
    with reaching("the database"), house.store.read() as tx:
        found = templates.version(tx, *key, number)
    if found is None:
        raise NotFound(f"{key[0]} has no version {number}", "version")
    return _file(house, key) if found.source is None else found.source


def _beginning(words: Words, name: str, like: str | None) -> str:
    if name in words.names:
        return _lines(words.raw(words.path(name, None)))
    if like is None:
        return BEGINNING
    return _lines(words.raw(words.path(like, None)))


def _base(holds: str | None) -> str:
    return "" if holds is None else digest(holds)


def _drafted(words: Words, key: tuple[str, str], text: str, holds: str | None) -> Drafted:
    return Drafted(
        name=key[0],
        locale=key[1] or DEFAULT_LOCALE,
        file=str(words.place(*key)),
        text=text,
        base=_base(holds),
        mark=digest(text),
    )


def _problems(house: House, words: Words, key: tuple[str, str], text: str) -> tuple[Problem, ...]:
    """What is wrong with a draft, and what somebody should look at."""
    written = words.written.with_draft(*key, text)
    spoken = key[1] or DEFAULT_LOCALE
    checked = check_draft(house, written, key[0], spoken)
    file = str(words.place(*key))
    found = [one for one in checked.problems if one.file == file and one.weight != "info"]
    if not any(one.weight == "error" for one in found):
        found += _another_kind(words, Words(words.folder, written), key, file)
    return tuple(sorted(found, key=lambda one: (one.line, one.column, one.message)))


def _another_kind(words: Words, draft: Words, key: tuple[str, str], file: str) -> Iterator[Problem]:
    """What a mail is for decides whose consent it needs: that is no matter of its words."""
    if key[0] not in words.names:
        return
    try:
        before = words.find(key[0], None).front
    except Flawed:
        return
    made = draft.read(draft.path(*key))
    for said, was, becomes in (
        ("purpose", before.purpose, made.front.purpose),
        ("context", before.context, made.front.context),
    ):
        if was != becomes:
            lines = draft.raw(made.path).decode().split("\n")
            line = next((n for n, one in enumerate(lines, 1) if one.startswith(f"{said}:")), 1)
            told = f"this mail is {was}, in every language: write {was}, or begin another mail"
            yield Problem(
                weight="error",
                mail=key[0],
                locale=key[1] or None,
                file=file,
                line=line,
                column=1,
                path=said,
                message=told,
            )


def _compared(before: str, after: str) -> Iterator[LineChange]:
    """The lines that go and come, with a few around them."""
    old, new = before.split("\n"), after.split("\n")
    if old == new:
        return
    shown = 0
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND):
        if group[0][1] > shown:
            yield LineChange(kind="gap")
        for what, i1, i2, j1, j2 in group:
            if what == "equal":
                yield from (LineChange(kind="same", text=one) for one in old[i1:i2])
                continue
            yield from (LineChange(kind="gone", text=one) for one in old[i1:i2])
            yield from (LineChange(kind="new", text=one) for one in new[j1:j2])
        shown = group[-1][2]
    if shown < len(old):
        yield LineChange(kind="gap")
