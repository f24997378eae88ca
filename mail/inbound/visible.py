"""What the writer of a reply wrote, without the mail that the program put beneath it.

For showing and for reading intent; whether a cadence stops never hangs on it. Rules of our own:
each names a form in which mail programs quote (RFC 3676 section 4.5 for ">", the attribution
line of Gmail, Apple Mail, Thunderbird and others, the header block of Outlook, the dashed line
of older programs). A signature stays, as people read it; `without_signature` takes it off.
"""

import re

MOST_LINES = 2_000  # lines looked at
LONGEST_LINE = 2_000  # characters of a line looked at

_VERBS = (
    r"wrote|schrieb|a écrit|escribió|ha scritto|scrive|escreveu|schreef|napisał\(?a?\)?|pisze"
    r"|skrev|kirjoitti|yazdı|написав?л?\(?а?\)?|пише|пишет|писал\(?а?\)?|menulis|napsal\(?a?\)?"
    r"|wrote on|写道|寫道|のメール|さんは書きました|님이 작성"
)
_ATTRIBUTION = re.compile(
    rf"(?is)^\W{{0,4}}\S.*\b(?:{_VERBS})\W{{0,6}}$|^.{{4,}}(?:写道|寫道)\W{{0,3}}$"
)
_DATED = re.compile(r"(?s)^(?=.*\d\D+\d)(?=.*@).{8,}[:：]\s*$")
_DASHED = re.compile(r"^\W{0,3}-{2,}\s*\S.{2,60}?\s*-{2,}\s*$")
_RULE = re.compile(r"^\s*[_-]{10,}\s*$")
_FROM = re.compile(
    r"(?i)^[\s*_>]{0,6}(from|von|de|da|van|fra|från|od|kimden|gönderen|от|dari|expéditeur"
    r"|lähettäjä|від|发件人|寄件者|差出人|보낸 사람)\*?\s{0,3}[:：]\*?\s{0,3}\S"
)
_FIELD = re.compile(
    r"(?i)^[\s*_>]{0,6}(sent|date|to|cc|subject|reply-to|gesendet|datum|an|betreff|envoyé|à|objet"
    r"|enviado( el)?|enviada em|fecha|para|asunto|assunto|inviato|data|a|oggetto|verzonden|aan"
    r"|onderwerp|dato|til|emne|skickat|till|ämne|wysłano|do|temat|gönderildi|tarih|kime|konu"
    r"|дата|до|кому|тема|относно|изпратено|отправлено|dikirim|tanggal|kepada|perihal|subjek"
    r"|发送时间|收件人|主题|寄件日期|收件者|主旨|送信日時|宛先|件名|日時|日期)\*?\s{0,3}[:：]"
)
_QUOTED = re.compile(r"^\s{0,3}>")
_ADVERT = re.compile(
    r"(?i)^\s*(get outlook for \w+|outlook für \w+ beziehen|obtenez outlook|obtener outlook"
    r"|scarica outlook|download outlook)\b.{0,120}$"
)
_SIGNATURE = re.compile(
    r"(?i)^\s*((--|—|__+)\s?$|sent from my |von meine[mr] .{1,30} gesendet|envoyé (de|depuis) "
    r"|enviado (desde|do) "
    r"|inviato da(l mio)? |verzonden vanaf |wysłane z |.{1,20}(ımdan|umdan|imden|ümden) gönderildi"
    r"|отправлено с |изпратено от |dikirim dari |发自我的|從我的|.{1,20}から送信|get outlook for)"
)


def visible_reply(text: str) -> str:
    """The part of a reply that its writer wrote, quotation and its header taken off.

    Where the quotation stands first, what follows it is taken. "" where nothing is left.
    """
    lines = [line.rstrip()[:LONGEST_LINE] for line in text.split("\n")[:MOST_LINES]]
    cut, after = _quotation(lines)
    above = _own(lines[:cut])
    if above or cut == len(lines):
        return above
    return _own(lines[after:])


def without_signature(reply: str) -> str:
    """A visible reply up to its signature (RFC 3676 section 4.3) or the program's own line."""
    kept: list[str] = []
    for line in reply.split("\n"):
        if kept and _SIGNATURE.match(line):
            break
        kept.append(line)
    return "\n".join(kept).strip()


def _own(lines: list[str]) -> str:
    kept = [line for line in lines if not _QUOTED.match(line)]
    while kept and (not kept[-1].strip() or _ADVERT.match(kept[-1]) or _RULE.match(kept[-1])):
        kept.pop()
    while kept and not kept[0].strip():
        kept.pop(0)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _quotation(lines: list[str]) -> tuple[int, int]:
    """The line at which a quotation with its header begins, and the line after that header."""
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        if _DASHED.match(line) or _header_block(lines, at):
            return at, at + 1
        if _RULE.match(line) and _header_block(lines, at + 1):
            return at, at + 1
        length = _attribution(lines, at)
        if length:
            return at, at + length
    return len(lines), len(lines)


def _header_block(lines: list[str], at: int) -> bool:
    """A From line with at least two other fields in the lines after it."""
    if at >= len(lines) or not _FROM.match(lines[at]):
        return False
    return sum(1 for line in lines[at + 1 : at + 7] if _FIELD.match(line)) >= 2


def _attribution(lines: list[str], at: int) -> int:
    """How many lines from `at` are "On ... somebody wrote:", which programs fold; 0 for none."""
    for length in (1, 2, 3):
        joined = " ".join(line.strip() for line in lines[at : at + length])
        if len(joined) > 400 or any(not line.strip() for line in lines[at : at + length]):
            return 0
        said = re.search(r"\d", joined) and _ATTRIBUTION.match(joined) and joined[-1] in ":："
        if said or _DATED.match(joined):
            # A sentence of the writer's before it must not be swallowed.
            return length if length == 1 or _opens(lines[at]) else 0
    return 0


def _opens(line: str) -> bool:
    """The line may open a folded attribution: it has a date's figures, or opens as one does."""
    return bool(re.search(r"\d{1,2}\D+\d{1,4}|\d{4}", line)) and len(line) < 250
