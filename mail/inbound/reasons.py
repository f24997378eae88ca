"""Why a mail was turned away, and whether that speaks against the mailbox: hard or soft.

Hard means that another mail to this address is pointless: nobody there, no such domain, moved.
Everything else is soft: the mailbox may take the next mail (full, slow, a filter, a limit), or
the refusal is about the message, the sender or the way, not about the recipient. That a code
begins with 5 decides nothing: RFC 3463 says only that *this* message will not get through.

The order of the rules is their weight: what a server says in words about the mailbox comes
before a code that servers use loosely (`550 5.1.1 ... Mailbox Full` is a full mailbox).
Enhanced codes: RFC 3463 section 3 and RFC 7372 (authentication); reply codes: RFC 5321 section
4.2.3. The words are those that the named server programs write, seen in real notices.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """What stood in the way."""

    UNKNOWN_USER = "unknown_user"
    UNKNOWN_HOST = "unknown_host"
    MOVED = "moved"
    FULL = "mailbox_full"
    DISABLED = "mailbox_disabled"
    TOO_LARGE = "too_large"
    CONTENT = "content_refused"
    POLICY = "policy"
    SENDER = "sender_refused"
    LIMIT = "too_many"
    NETWORK = "network"
    LATER = "later"
    SYSTEM = "their_system"
    UNCLEAR = "unclear"  # an answer which is known not to speak about the mailbox
    UNSTATED = "unstated"


HARD = {Reason.UNKNOWN_USER, Reason.UNKNOWN_HOST, Reason.MOVED, Reason.UNSTATED}


@dataclass(frozen=True)
class Judged:
    """A reason with the enhanced status code that was found, "" where there was none."""

    reason: Reason
    status: str

    @property
    def hard(self) -> bool:
        return self.reason in HARD


_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[\s:;-]|$)")


def _table(*rows: tuple[Reason, str]) -> list[tuple[Reason, re.Pattern[str]]]:
    return [(reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in rows]


# (recipient or server, words): answers that a system gives for more than what they say.
_UNCLEAR = [
    # Japanese carriers say "unknown user" too where the owner of the mailbox filters: docomo
    # always, KDDI when the address is missing behind the code or no words are given at all.
    (re.compile(r"\bdocomo\.", re.IGNORECASE), re.compile(r"unknown user", re.IGNORECASE)),
    (
        re.compile(r"\bezweb\.ne\.jp|@au\.com", re.IGNORECASE),
        re.compile(r"550 : user unknown|^$", re.IGNORECASE),
    ),
    # A receipt rule of Amazon SES answers with one of five texts that its owner picks.
    (re.compile(r"inbound-smtp\.[a-z0-9-]+\.amazonaws\.com", re.IGNORECASE), re.compile("")),
    # A command of the recipient's own (procmail, a forwarder) broke: RFC 3464 names it x-unix.
    (re.compile(""), re.compile(r"^\s*x-unix;", re.IGNORECASE)),
]

_FULL = _table(
    (
        Reason.FULL,
        r"mail\s?(box|folder)(?:'s)?(?: is| are)?(?: already)? (full|exceed)"
        r"|over (the )?(allowed )?quota|overquota"
        r"|quota (has been |is )?(exceeded|full)|mailbox ?full|full mailbox"
        r"|(exceed\w*|over)( \w+){0,4} (disk )?(quota|storage)|too much mail|mailbox size limit"
        r"|(insufficient|not enough)( \w+){0,2} (storage|space)|out of (storage|space)",
    )
)
_ABOUT_OTHERS = _table(
    (Reason.TOO_LARGE, r"too (large|big)|(exceed\w*|maximum)( \w+){0,5} size|recipsizelimit"),
    (
        Reason.LIMIT,
        r"(frequency|rate|connections?) limit(ed)?|too many (connection|message|recipient|mail)"
        r"|throttl|\baup#",
    ),
    (
        Reason.SENDER,
        r"sender( \w+){0,3} (was |is )?(rejected|denied|refused|invalid|not allowed)"
        r"|domain of sender|sender (domain|verif)|purported\s+responsible|invalid sender",
    ),
    (
        Reason.POLICY,
        r"\bdmarc|\bspf\b|\bdkim|\brelay(ing)?( access)? (denied|not|is)|(not|to|unable to) relay"
        r"|smtp authentication|policy|blocked|black ?list|block ?list|reputation|banned|prohibited"
        r"|not accepting mail|restricted|not authori[sz]ed|do(es)? not have permission"
        r"|members?[ -]only|moderator|permission denied",
    ),
    (
        Reason.CONTENT,
        r"\bspam|\bUBE\b|content reject|message (content )?(was )?reject|mail rejet|virus"
        r"|unsolicited",
    ),
    (
        Reason.NETWORK,
        r"hop ?count|too many hops|(mail|routing|forwarding) loop(?! broken)|timed? ?out|timeout"
        r"|connection (refused|lost|reset|closed|dropped)|could not connect"
        r"|not reachable|unreachable|no answer from|retry (time|limit)|unable to (connect|contact)"
        r"|lookup (failure|timeout)",
    ),
    (
        Reason.SYSTEM,
        r"service (is )?(currently )?(unavailable|not available)|i/o error|mailer error"
        r"|command died|couldn't create|cannot (open|create)|configuration error|system error"
        r"|out of memory|local error",
    ),
    (
        Reason.DISABLED,
        r"(account|mailbox|user|address)(\(s\))?( \w+){0,5} (been )?"
        r"(disabled|suspended|frozen|inactive|deactivated|blocked|locked)"
        r"|(disabled|suspended|frozen|inactive|discontinued) (account|mailbox|user)",
    ),
)
_ABOUT_RECIPIENT = _table(
    (
        Reason.MOVED,
        r"no longer (on|at|with|in|works|employed|available|active|valid|exists?|used|accepting)"
        r"|has (moved|left|changed)( \w+){0,3} (address|compan|job)?|user (has )?moved",
    ),
    (
        Reason.UNKNOWN_HOST,
        r"(host|domain)( name)?( \S+){0,3} (is )?(unknown|not found|does ?n[o']t exist)"
        r"|(unknown|no such|invalid|bad) (destination )?(host|domain)|name service error"
        r"|unrouteable( mail)? domain|non-?existent (host|domain)|can'?t find( \w+){0,3} host",
    ),
    (
        Reason.UNKNOWN_USER,
        r"(user|recipient|mailbox|address|account|userid|person|name)(\(s\)|s)?( \S+){0,4}"
        r" (is |are |was )?(unknown|not (found|known|recogni[sz]ed|listed|valid|exist|available)"
        r"|unavailable|invalid|rejected|does(n'?t| not) (exist|have))"
        r"|(unknown|no such|invalid|bad|incorrect|non-?existent|not? valid|unrouteable)"
        r"( \w+){0,3} (user|recipient|mailbox|address|account|userid|person|name)"
        r"|(not|no) (a )?(known|valid|longer) (user|recipient|mailbox|address|here)"
        r"|no mailbox (here|by)|recipnotfound|not listed in|doesn'?t have an? \S+ account"
        r"|does not like recipient|destinataire invalide|n'existe pas|unbekannt|not our customer"
        r"|no valid recipients|isn'?t (in|on|listed)|none of the mail accounts",
    ),
)
_EDGE = re.compile(r"5\.4\.1 .{0,200}recipient address rejected: access denied", re.IGNORECASE)


def judge(
    words: str, status: str = "", recipient: str = "", server: str = "", action: str = "failed"
) -> Judged:
    """Why `recipient` was refused: what the report's `status` and `action` and the server's
    own `words` say together. `server` is the host that reported it.
    """
    code = _status(words, status)
    if action == "delayed":
        return Judged(Reason.LATER, code)
    for who, said in _UNCLEAR:
        if who.search(f"{recipient} {server}") and said.search(words.strip()):
            return Judged(Reason.UNCLEAR, code)
    return Judged(_reason(words, code, action), code)


def _reason(words: str, code: str, action: str) -> Reason:
    for reason, pattern in _FULL:
        if pattern.search(words):
            return reason
    by_code = _of_code(code)
    if by_code in {Reason.FULL, Reason.POLICY, Reason.CONTENT, Reason.SENDER, Reason.LATER}:
        return by_code
    if _EDGE.search(words):
        return Reason.UNKNOWN_USER  # Microsoft turns unknown recipients away with these words
    for reason, pattern in [*_ABOUT_OTHERS, *_ABOUT_RECIPIENT]:
        if pattern.search(words):
            return reason
    if by_code is not None:
        return by_code
    if action == "expired":
        return Reason.NETWORK
    reply = _REPLY.search(words)
    if reply and (reply.group(1).startswith("4") or reply.group(1) in {"552", "554"}):
        return Reason.LATER if reply.group(1).startswith("4") else Reason.SYSTEM
    return Reason.UNSTATED


def _status(words: str, status: str) -> str:
    """The code that says most: a report often has 5.0.0 where the server's words have 5.1.1."""
    found = [match.group() for text in (status, words) for match in _STATUS.finditer(text[:2_000])]
    telling = [code for code in found if not code.endswith((".0.0", ".0"))] or [
        code for code in found if not code.endswith(".0.0")
    ]
    return (telling or found or [""])[0]


def _of_code(code: str) -> Reason | None:
    """What an enhanced status code says by itself (RFC 3463 section 3)."""
    if not code:
        return None
    kind, subject, detail = (int(part) for part in code.split("."))
    if (subject, detail) == (2, 2):
        return Reason.FULL
    if kind == 4:
        return Reason.LATER
    if subject == 1:
        sender = detail in {7, 8}
        return Reason.SENDER if sender else Reason.MOVED if detail == 6 else Reason.UNKNOWN_USER
    if (subject, detail) == (4, 4):
        return Reason.UNKNOWN_HOST
    return {
        2: Reason.TOO_LARGE if detail == 3 else Reason.DISABLED,
        3: Reason.SYSTEM,
        4: Reason.NETWORK,
        5: Reason.SYSTEM,
        6: Reason.CONTENT,
        7: Reason.POLICY,
    }.get(subject)
