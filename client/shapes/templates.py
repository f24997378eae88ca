"""Templates: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Literal, NotRequired, TypedDict


class Drafted(TypedDict):
    """A mail's text in a language as somebody writes it."""

    name: str
    locale: str
    file: str
    text: str
    base: str
    mark: str
    problems: NotRequired["list[TemplateProblem]"]
    changes: NotRequired["list[LineChange]"]
    meanwhile: NotRequired[bool]


class Filled(TypedDict):
    """A mail with everything filled in, and the headers that it would have."""

    name: str
    template_version: str
    locale: str
    purpose: str
    subject: str
    preheader: str
    text: str
    html: str
    headers: NotRequired[list[list[str]]]


class LineChange(TypedDict):
    """A line of the text that holds or of the new one; `gap` stands for many unchanged ones."""

    kind: Literal["same", "gone", "new", "gap"]
    text: NotRequired[str]


class Proof(TypedDict):
    """What became of a test mail; `sent` says that the relay took it."""

    message_id: str
    person_id: str
    to: str
    subject: str
    locale: str
    status: str
    dry_run: NotRequired[bool]


class PublishedWords(TypedDict):
    """What was published: the version, and how mails made of it name their words."""

    name: str
    locale: str
    version: int
    template_version: str
    changed: bool


class Template(TypedDict):
    """A mail file: what it is for, and what it may name (its kind of context)."""

    name: str
    locale: "str | None"
    purpose: str
    context: str
    subject: str
    about: str
    file: str


class TemplateHistory(TypedDict):
    """What was published of a mail in a language, the newest first."""

    versions: "list[VersionLine]"


class TemplateList(TypedDict):
    """Every mail file by name."""

    templates: "list[Template]"


class TemplateProblem(TypedDict):
    """Something about a mail file: an error keeps it back, a warning wants a look."""

    weight: Literal["error", "warning", "info"]
    mail: "str | None"
    locale: "str | None"
    file: str
    line: int
    column: int
    path: str
    message: str


class TemplateSource(TypedDict):
    """A mail file as it is written; no `template` where it cannot be read."""

    template: "Template | None"
    source: str


class TemplatesChecked(TypedDict):
    """The mails that were reviewed, and everything found, in the order of the files."""

    mails: "list[Template]"
    problems: "list[TemplateProblem]"


class VersionLine(TypedDict):
    """A version that was published here; `from_file` says that the file held again."""

    version: int
    published_at: str
    published_by: str
    template_version: str
    from_file: bool
    holds: bool
