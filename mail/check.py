"""Whether a mail may be used: every name exists, every mark parses, the way out is there."""

from collections.abc import Mapping

from jinja2 import Environment, TemplateSyntaxError, nodes

from domain.refusal import NotFound
from mail.context import CONTEXTS, OUTWARD, Frame
from mail.flaws import Flaw
from mail.names import Group, Reader, group_of
from mail.pieces import page_source
from mail.words import MailFile, Words

REQUIRED = ("links.unsubscribe", "company.postal_address")
"""What mail to people outside must show, in its own words or in its layout."""

UNREADABLE = (RecursionError, SyntaxError, ValueError)


def flaws_of(
    file: MailFile, words: Words, room: Environment, fields: Mapping[str, str] | None = None
) -> list[Flaw]:
    """Everything wrong with one file and its layout; `fields`: the playbook's, if known."""
    names = group_of(CONTEXTS[file.front.context], fields).names
    frame = group_of(Frame).names
    everything = Group({**names, **frame})
    shown, layout = str(file.path), words.layout(file)
    pieces = [
        (shown, file.subject.text, Group({**names, "locale": frame["locale"]})),
        (shown, file.preheader.text, everything),
    ]
    if file.text:
        pieces.append((shown, file.text.text, everything))
    flaws: list[Flaw] = []
    used: set[str] = set()
    page = ""
    try:
        room.parse((file.html or file.body).text)  # as it was written, for a clearer message
    except TemplateSyntaxError as error:
        flaws.append(Flaw(shown, error.lineno, _said(error)))
    except UNREADABLE as error:
        flaws.append(Flaw(shown, (file.html or file.body).line, unreadable(error)))
    else:
        page = page_source(file, layout)
        pieces.append((shown, page, everything))
    pieces.append((str(words.folder / layout), words.part(layout), everything))

    def included(name: str) -> nodes.Template:
        return room.parse(words.part(name))

    for place, source, scope in pieces:
        reader = Reader(included)
        try:
            reader.read(room.parse(source), scope, layout=place != shown, page=source is page)
        except TemplateSyntaxError as error:
            flaws.append(Flaw(place, error.lineno, _said(error)))
        except NotFound as error:
            flaws.append(Flaw(place, 1, error.message))
        except UNREADABLE as error:
            flaws.append(Flaw(place, 1, unreadable(error)))
        flaws += [Flaw(place, line, message) for line, message in reader.found]
        used |= reader.used
    if not flaws and file.front.context in OUTWARD:
        missing = [path for path in REQUIRED if path not in used]
        flaws += [Flaw(shown, 1, f"neither mail nor layout shows {path}") for path in missing]
    return flaws


def unreadable(error: Exception) -> str:
    """What Python itself will not read: 21 loops in each other, a number of 5,000 digits."""
    return "a number is too long" if isinstance(error, ValueError) else "nested too deeply"


def _said(error: TemplateSyntaxError) -> str:
    return (error.message or "cannot be read").rstrip(".")
