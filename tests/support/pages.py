"""The documentation as a reader meets it: pages, their headings, links, code and commands."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^( *)(`{3,}|~{3,})(.*)$")
_INLINE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_LINK = re.compile(r"!?\[[^\]\n]*\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)")
_SLUICE = re.compile(
    r"(?:\$ )?(?:docker compose (?:exec|run)(?: -\S+)* [\w-]+ )?(?:[\w./-]*/)?sluice (.+)"
)


@dataclass(frozen=True)
class Fence:
    """A block of code: the words behind the opening marks, its text, and its line."""

    info: str
    text: str
    line: int


@dataclass(frozen=True)
class Page:
    """One Markdown file, by its path from the root."""

    path: Path

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")

    @cached_property
    def _split(self) -> tuple[str, list[Fence]]:
        """The text without its blocks of code (their lines left blank), and the blocks."""
        kept: list[str] = []
        fences: list[Fence] = []
        mark, info, begun, inside = "", "", 0, list[str]()
        for number, line in enumerate(self.text.splitlines(), 1):
            found = _FENCE.match(line)
            if not mark and found:
                mark, info, begun, inside = found[2], found[3].strip(), number, []
            elif mark and found and found[2].startswith(mark) and not found[3].strip():
                fences.append(Fence(info, "\n".join(inside) + "\n", begun))
                mark = ""
            elif mark:
                inside.append(line)
            kept.append("" if mark or found else line)
        assert not mark, f"{self.path}:{begun}: this block of code has no end"
        return "\n".join(kept), fences

    @property
    def prose(self) -> str:
        return self._split[0]

    @property
    def fences(self) -> list[Fence]:
        return self._split[1]

    @cached_property
    def spans(self) -> list[str]:
        """The code that stands within the lines."""
        return [" ".join(found[2].split()) for found in _INLINE.finditer(self.prose)]

    @cached_property
    def links(self) -> list[str]:
        """Where links and pictures point, places on the web left out."""
        bare = _INLINE.sub("", self.prose)
        found = [target[1] for target in _LINK.finditer(bare)]
        return [target for target in found if not re.match(r"[a-z]+:", target)]

    @cached_property
    def anchors(self) -> set[str]:
        """The names by which a link reaches a heading."""
        found: set[str] = set()
        for heading in re.findall(r"^#{1,6} (.+?)\s*$", self.prose, re.MULTILINE):
            words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
            name = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
            count, unique = 0, name
            while unique in found:
                count += 1
                unique = f"{name}-{count}"
            found.add(unique)
        return found

    def leads_to(self) -> Iterator[Path]:
        """The pages that links reach from here; a link to a folder reaches all of its pages."""
        for target in self.links:
            there = ((ROOT / self.path).parent / target.partition("#")[0]).resolve()
            found = there.glob("*.md") if there.is_dir() else [there]
            yield from (each.relative_to(ROOT) for each in found if each.suffix == ".md")

    def commands(self) -> Iterator[tuple[list[str], bool]]:
        """The words behind each quoted `sluice`, and whether it is a line to type as it is."""
        for span in self.spans:
            if found := _SLUICE.fullmatch(span):
                yield _words(found[1], self.path), False
        for fence in self.fences:
            for line in fence.text.replace("\\\n", " ").splitlines():
                if found := _SLUICE.match(line.strip()):
                    yield _words(found[1], self.path), True


def pages() -> list[Page]:
    """Every page of documentation; the mails in templates/ are written in a language of theirs."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    paths = [Path(name) for name in listed if not name.startswith("templates/")]
    return [Page(path) for path in sorted(set(paths)) if (ROOT / path).is_file()]


def _words(line: str, path: Path) -> list[str]:
    try:
        found = shlex.split(line, comments=True)
    except ValueError as error:
        raise AssertionError(f"{path}: {line}: {error}") from None
    ends = (at for at, word in enumerate(found) if word in ("|", "&&", ";", ">", "&"))
    return found[: next(ends, len(found))]
