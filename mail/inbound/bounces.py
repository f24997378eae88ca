"""Delivery notices: who was not reached and why, from the machine-readable report or the words.

A report (RFC 3464) speaks alone where there is one; the prose around it is not asked. Without a
report the notice must come from a mail system (RFC 5321 section 4.5.5: an empty return path; a
daemon's name) and say that it is one; what comes before the returned copy is read then.
"""

import re
from dataclasses import dataclass

from mail.inbound.message import RETURNED, Message, address_in, addresses, headers_of, ids, read
from mail.inbound.notices import (
    COPY,
    DAEMON,
    DAEMON_NAME,
    EVERY_ADDRESS,
    NOT_RECIPIENT,
    SAYS_SO,
    STRONG,
    SUBJECT,
    TOLD,
    WAITS,
)
from mail.inbound.reasons import Reason, judge

LONGEST_DIAGNOSTIC = 500  # characters kept of a server's words
MOST_FAILURES = 100
MOST_BLOCKS = 500  # of a report, one for each recipient

_FAILED = {"failed", "failure", "expired", "delayed", "undeliverable", "relayed-failed"}
_DONE = {"delivered", "relayed", "expanded", "transferred"}


@dataclass(frozen=True)
class Failure:
    """One recipient who was not reached; `address` is "" where the notice does not name one."""

    address: str
    hard: bool
    reason: Reason
    status: str
    diagnostic: str


@dataclass(frozen=True)
class Bounce:
    """A delivery notice. `failures` is empty when it tells of success alone.

    `original_id` is the Message-ID of the mail that came back, `original` its headers, as far as
    they were returned: names in lower case.
    """

    failures: tuple[Failure, ...]
    delivered: tuple[str, ...]
    original_id: str | None
    original: dict[str, str]

    @property
    def mixed(self) -> bool:
        """Several recipients of whom some may be written to again and some may not."""
        return len({failure.hard for failure in self.failures}) > 1


def bounce_in(message: Message) -> Bounce | None:
    """The delivery notice that this mail is; None when it is none."""
    reports = [part.text for part in message.parts if part.type.endswith("delivery-status")]
    told = _by_report(message, reports) if reports else None
    return told or _by_words(message)


# The machine-readable report.


def _by_report(message: Message, reports: list[str]) -> Bounce | None:
    failures: dict[tuple[str, bool], Failure] = {}
    delivered: dict[str, None] = {}
    original = _returned(message)
    server = ""
    for block in _blocks(reports):
        fields = headers_of(block)
        server = fields.get("reporting-mta", server)
        action = fields.get("action", "").split(" ")[0].strip(";").lower()
        address = _recipient(fields, original)
        if action in _DONE:
            delivered[address] = None
        elif action in _FAILED or (not action and "status" in fields):
            failure = _failure(address, fields, server, action)
            failures.setdefault((address.lower(), failure.hard), failure)
    if not failures and not delivered:
        return None
    return Bounce(
        tuple(failures.values())[:MOST_FAILURES],
        tuple(delivered)[:MOST_FAILURES],
        _original_id(message, original),
        original,
    )


def _blocks(reports: list[str]) -> list[str]:
    blocks = [block for text in reports for block in re.split(r"\n[ \t]*\n", text)]
    return [block for block in blocks if block.strip()][:MOST_BLOCKS]


def _recipient(fields: dict[str, str], original: dict[str, str]) -> str:
    """The address that was written to; the final one may be a server's inner name for it."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        address = address_in(fields.get(name, "").rpartition(";")[2].replace("(a)", "@"))
        if address:
            return address
    return next(iter(addresses(original.get("to"))), "")


def _failure(address: str, fields: dict[str, str], server: str, action: str) -> Failure:
    words = fields.get("diagnostic-code", "")
    said = judge(words, fields.get("status", ""), address, server, action)
    return Failure(address, said.hard, said.reason, said.status, words[:LONGEST_DIAGNOSTIC])


# The notice in words alone.


def _by_words(message: Message) -> Bounce | None:
    daemon = bool(DAEMON.search(message.sender)) or bool(DAEMON_NAME.search(message.sender_name))
    nobody = message.return_path == "" or not message.sender
    declared = message.report_type == "delivery-status"
    titled = bool(SUBJECT.search(message.subject))
    named = message.header("x-failed-recipients")
    if not (named or declared or daemon or titled):
        return None
    text = message.text[:20_000]
    copy = COPY.search(text)
    notice = text[: copy.start()] if copy and copy.start() > 20 else text
    machine = bool(named) or declared or daemon or nobody or bool(STRONG.search(notice))
    returned = any(part.type in RETURNED for part in message.parts)
    says_so = bool(SAYS_SO.search(notice)) or titled or (daemon and returned)
    if not (machine and says_so):
        return None
    original = _returned(message) or _copied(text[copy.start() :] if copy else "")
    failures = _failures(message, notice, original, addresses(named))
    return Bounce(failures, (), _original_id(message, original), original)


def _failures(
    message: Message, notice: str, original: dict[str, str], named: tuple[str, ...]
) -> tuple[Failure, ...]:
    action = "delayed" if WAITS.search(notice) else "failed"
    said = _by_address(message, notice)
    if named:
        said = {one: said.get(one, notice) for one in named}
    if not said:
        found = addresses(original.get("to"))[:1] or addresses(original.get("x-original-to"))[:1]
        said = {found[0] if found else "": notice}
    alone = len(said) == 1
    failures = []
    for address, words in list(said.items())[:MOST_FAILURES]:
        words = " ".join((notice if alone else words).split())[:4_000]
        verdict = judge(words, "", address, message.sender, action)
        shown = words[:LONGEST_DIAGNOSTIC]
        failures.append(Failure(address, verdict.hard, verdict.reason, verdict.status, shown))
    return tuple(failures)


def _by_address(message: Message, notice: str) -> dict[str, str]:
    """Each address that the notice tells of, with the lines that follow it.

    Addresses that stand amid a sentence count only where none stands at a telling place.
    """
    ours = {one.lower() for one in (*message.to, *message.cc, *message.delivered_to)}
    lines = [line[:1_000] for line in notice.split("\n")[:1_000]]
    named = [_named(line, ours) for line in lines]
    telling = {one.lower() for found in named for one, told in found if told}
    said: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    current: list[str] = []
    for line, found in zip(lines, named, strict=True):
        for address, _ in found:
            key = address.lower()
            if telling and key not in telling:
                continue
            spelled.setdefault(key, address)
            current = said.setdefault(key, [])
        current.append(line)
        if len(said) > MOST_FAILURES:
            break
    return {spelled[key]: "\n".join(words) for key, words in said.items()}


def _named(line: str, ours: set[str]) -> list[tuple[str, bool]]:
    """The strangers' addresses in a line, and whether they stand at a telling place."""
    if NOT_RECIPIENT.search(line):
        return []
    found = []
    for match in EVERY_ADDRESS.finditer(line):
        address = address_in(match.group())
        if address and address.lower() not in ours and not DAEMON.search(address):
            found.append((address, bool(TOLD.search(line[: match.start()]))))
    return found


# The mail that came back.


def _returned(message: Message) -> dict[str, str]:
    for part in message.parts:
        if part.type in RETURNED:
            found = _head(part.text)
            if "multipart/report" in found.get("content-type", ""):
                inner = read(part.text.encode("utf-8", "replace"))  # a notice within a notice
                deeper = inner.parts if isinstance(inner, Message) else ()
                heads = (_head(one.text) for one in deeper if one.type in RETURNED)
                found = next((head for head in heads if head), found)
            if found:
                return found
    return {}


def _copied(text: str) -> dict[str, str]:
    """The headers of a copy that stands within the text, after a line that announces it."""
    start = re.search(r"(?im)^\s{0,4}(received|return-path|message-id|from|to|date|subject):", text)
    return _head(text[start.start() :]) if start else {}


def _head(text: str) -> dict[str, str]:
    lines = text.lstrip("\n").split("\n\n", 1)[0]
    indent = re.match(r"[ \t]*", lines)
    if indent and indent.group():
        lines = re.sub(rf"(?m)^{re.escape(indent.group())}", "", lines)
    return headers_of(lines)


def _original_id(message: Message, original: dict[str, str]) -> str | None:
    """The id of the mail that came back; a notice that only refers to it names it as a reply."""
    found = ids(original.get("message-id"))
    if found:
        return found[0]
    told = re.search(
        r"(?im)^\W{0,4}(?:original )?message-?id:?\s{0,3}(<[^<>\s]{1,300}>)", message.text
    )
    if told:
        return told.group(1)
    referred = message.in_reply_to or message.references[-1:]
    return referred[0] if referred else None
