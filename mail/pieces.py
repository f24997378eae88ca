"""How Jinja finds the pieces of a mail: its page, subject, text, and the layout around it."""

from collections.abc import Callable

from jinja2 import BaseLoader, Environment, TemplateNotFound

from domain.refusal import NotFound
from mail.markup import to_html
from mail.words import MailFile, Section, Words


class Pieces(BaseLoader):
    """Gives Jinja a piece of a file by name: `x.md`, `x.md#subject`, `_layout.html`."""

    def __init__(self, words: Callable[[], Words]) -> None:
        self._words = words

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        words = self._words()
        name, _, piece = template.partition("#")
        path = words.folder / name
        try:
            if name.startswith("_"):
                return words.part(name), str(path), lambda: True
            file = words.read(path)
        except (NotFound, OSError):
            raise TemplateNotFound(template) from None
        if piece:
            section: Section = getattr(file, piece)
            return section.text, str(path), lambda: True
        return page_source(file, words.layout(file)), str(path), lambda: True


def page_source(file: MailFile, layout: str) -> str:
    """The HTML page of a mail as a Jinja template; line n is the file's line n."""
    body = file.html.text if file.html else to_html(file.body.text)
    first = (file.html or file.body).line
    lines = body.split("\n")
    lines[first - 2] = f'{{% extends "{layout}" %}}{{% block body %}}'
    return "\n".join(lines) + "{% endblock %}"
