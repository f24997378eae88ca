"""What mail to people outside must show them, asserted of every one before it is frozen."""

from html.parser import HTMLParser

from mail.compose import Letter
from mail.flaws import RenderFailed


def assert_shown(letter: Letter, postal_address: str) -> None:
    """Raise RenderFailed when mail to people outside hides who writes or the way out.

    Both parts show the postal address and a link that ends it, whatever the mail is for.
    """
    if letter.purpose == "internal":
        return
    page = _Page()
    page.feed(letter.html)
    parts = {
        "text": (letter.text, letter.text),
        "html": ("".join(page.words), " ".join(page.links)),
    }
    for part, (words, links) in parts.items():
        if _flat(postal_address) not in _flat(words):
            raise RenderFailed("the mail must show the postal address", f"postal_address/{part}")
        if letter.unsubscribe_url is None or letter.unsubscribe_url not in links:
            raise RenderFailed("the mail must show the way out", f"unsubscribe/{part}")


class _Page(HTMLParser):
    """The words of a page and where its links lead."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _flat(text: str) -> str:
    """Without any blanks: a mail may break an address over lines."""
    return "".join(text.split())
