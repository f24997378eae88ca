"""A page as a test reads it: its text, its forms, and what every page must keep to."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

VOID = {"meta", "link", "img", "input", "br", "hr"}


@dataclass
class Element:
    """A start tag with its attributes, and the text up to its end."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    inside: list["Element"] = field(default_factory=list)


@dataclass
class Page:
    """What a browser was given."""

    html: str
    status: int
    address: str
    elements: list[Element]

    @property
    def text(self) -> str:
        """All words, with single blanks between them."""
        return " ".join(" ".join(one.text for one in self.elements if one.tag == "body").split())

    def all(self, tag: str, **wanted: str) -> list[Element]:
        """The elements of a tag that have these attributes (`class_` for class)."""
        named = {name.rstrip("_").replace("_", "-"): value for name, value in wanted.items()}
        return [
            one
            for one in self.elements
            if one.tag == tag
            and all(value in one.attributes.get(name, "").split() for name, value in named.items())
        ]

    def words(self, tag: str, **wanted: str) -> list[str]:
        """Their texts."""
        return [" ".join(one.text.split()) for one in self.all(tag, **wanted)]

    def form(self, action: str, fields: dict[str, str]) -> dict[str, str]:
        """What the browser would send with the form of that action that has these fields."""
        for form in self.all("form"):
            sent = _sent(form)
            if form.attributes.get("action") == action and fields.items() <= sent.items():
                return sent
        raise AssertionError(f"there is no form for {action} with {fields}")

    @property
    def answer(self) -> str:
        """What the page says became of the thing asked."""
        return " ".join(self.words("div", id="told")[0].split())


def read(html: str, status: int = 200, address: str = "") -> Page:
    """Parse a page."""
    reader = _Reader()
    reader.feed(html)
    return Page(html, status, urlsplit(address).path, reader.elements)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        for one in self._open:
            one.inside.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open and any(one.tag == tag for one in self._open):
            if self._open.pop().tag == tag:
                return

    def handle_data(self, data: str) -> None:
        for one in self._open:
            one.text += f" {data}"


def _sent(form: Element) -> dict[str, str]:
    sent: dict[str, str] = {}
    for one in form.inside:
        name = one.attributes.get("name", "")
        if one.tag == "input" and name:
            sent[name] = one.attributes.get("value", "")
        elif one.tag == "textarea":
            sent[name] = one.text.strip()
        elif one.tag == "select":
            choices = [each for each in one.inside if each.tag == "option"]
            chosen = [each for each in choices if "selected" in each.attributes] or choices[:1]
            sent[name] = chosen[0].attributes.get("value", chosen[0].text.strip()) if chosen else ""
    return sent
