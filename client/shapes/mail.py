"""Mail: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Literal, NotRequired, TypedDict

from client.shapes.deals import Line


class Approval(TypedDict):
    """Whether a mail went in the words that were approved; `approved` are those, if not."""

    as_read: bool
    approved: NotRequired["str | None"]


class Halted(TypedDict):
    """A mailbox that was halted by itself: for `all` of its mail or `marketing`, and why."""

    mailbox: str
    scope: str
    since: str
    reason: NotRequired["str | None"]


class MailLine(TypedDict):
    """A mail of the send ledger."""

    message_id: str
    touch_id: str
    deal_id: "str | None"
    nurture_id: "str | None"
    contact_id: "str | None"
    person_id: "str | None"
    template: str
    purpose: str
    subject: "str | None"
    status: Literal[
        "planned", "claimed", "data", "sent", "refused", "in_doubt", "cancelled", "missed"
    ]
    reason: "str | None"
    at: str
    sent_at: "str | None"
    opens: "str | None"
    closes: "str | None"
    moved: "str | None"
    not_before: "str | None"
    attempts: int
    step: "str | None"
    playbook_version: "str | None"
    template_version: "str | None"


class MailList(TypedDict):
    """One page of mails, last planned first; `next` is a cursor."""

    mails: "list[MailLine]"
    next: "str | None"


class MailSheet(TypedDict):
    """A mail; `to` names its reader, `title` its deal, `why_not` its reason in words."""

    text: "MailText"
    to: "str | None"
    title: "str | None"
    why_not: "str | None"
    reasons: NotRequired[list[str]]
    would_need: NotRequired["str | None"]
    rule: NotRequired["str | None"]
    cause: NotRequired["str | None"]
    steps: NotRequired["list[RowStep]"]
    told: NotRequired["list[Line]"]


class MailStatus(TypedDict):
    """Whether mail may go, and which mailboxes are halted."""

    stopped: bool
    since: NotRequired["str | None"]
    by: NotRequired["str | None"]
    reason: NotRequired["str | None"]
    woken: NotRequired[int]
    halted: "list[Halted]"


class MailSwitch(TypedDict):
    """Whether all mail is stopped, since when, by whom and why; `woken` streams look again."""

    stopped: bool
    since: NotRequired["str | None"]
    by: NotRequired["str | None"]
    reason: NotRequired["str | None"]
    woken: NotRequired[int]


class MailText(TypedDict):
    """A mail as it went, or would go: None where it was erased or is not written yet."""

    mail: "MailLine"
    reply: "str | None"
    approval: NotRequired["Approval | None"]
    links: NotRequired["list[TrackedLink]"]
    headers: NotRequired[list[list[str]]]
    text: NotRequired["str | None"]
    html: NotRequired["str | None"]


class Released(TypedDict):
    """A mailbox that may send again; `woken` streams look at their mail anew."""

    mailbox: str
    woken: NotRequired[int]


class Resolved(TypedDict):
    """What became of a mail in doubt."""

    message_id: str
    status: Literal[
        "planned", "claimed", "data", "sent", "refused", "in_doubt", "cancelled", "missed"
    ]


class RowStep(TypedDict):
    """One step of a mail's row in the send ledger; `wall` says that `at` is wall time."""

    at: str
    text: str
    wall: NotRequired[bool]


class TrackedLink(TypedDict):
    """A link of a mail: its place in it from 1, where it leads, and who followed it."""

    position: int
    url: str
    clicks: NotRequired[int]
    first_at: NotRequired["str | None"]
    last_at: NotRequired["str | None"]
    not_counted: NotRequired[dict[str, int]]
