"""When somebody who is away will be back, as far as the mail says so; never a guess.

A date counts by the words beside it: "back on 15 Nov" is that day, "until 14 Nov" is the day
after, "from 10 Nov" is none. What says neither is not read.
"""

import re
from datetime import date, timedelta

from mail.inbound.dates import Found, dates_in, folded

LONGEST_TEXT = 3_000  # characters looked at; the sentence that matters stands first
BEFORE = 70  # characters before a date in which its words stand
AFTER = 40

_BACK_BEFORE = re.compile(
    r"\bback\b|\breturn|available again|reachable again|\bresum|\brejoin"
    r"|in the office (again )?(on|from)"
    r"|\bwieder\b|zurück|rückkehr|\bretour|reprendr|je reviens"
    r"|je serai (de nouveau )?(disponible|joignable)"
    r"|vuelta|\bregres|reincorpor|vuelv|volver|retorn|\brientr|\btorn(o|er)|di ritorno|di nuovo"
    r"|\bvolta|\bvoltar|\bvoltarei|\bterug\b|\bweer\b|\bwracam|\bwróc|powrót|powrotu|ponownie"
    r"|dönüş|tekrar|\bвърна|\bвръщам|отново|\bвернусь|возвращ|\bснова\b|буду (на|в|доступ)|повернус"
    r"|\bkembali|返回|回来|回來|回到|恢复|tillbaka|\båter\b|tilbage|tilbake|zpět|vrátím|takaisin"
)
_BACK_AFTER = re.compile(
    r"^\W{0,12}(\w+\W{1,3}){0,4}?(wieder|zurück|weer|terug|döneceğim|dönüyorum|dönmüş|ofiste ol"
    r"|i(?:'m| am|'ll be| will be) back|i(?:'ll| will) (be back|return)|вернусь|се върна|kembali)"
    r"|^\W{0,4}(后|后)?(返回|回来|回來|回到|恢复|上班)"
    r"|^\W{0,8}(\([^)]{1,6}\))?\W{0,3}(に|より|から)?(通常通り|通常)?(出社|戻|復帰|業務を再開|営業)"
)
_UNTIL_BEFORE = re.compile(
    r"(\buntil|\btill?|\bthrough|\bthru|up to|\bbis( einschliesslich)?( zum)?|jusqu'?\W?(au|à)?"
    r"|\bhasta( el)?|\bfino (al?|all'|a)|\baté( a?o)?( dia)?|\btot( en met)?|\bt/m|\bdo( dnia)?"
    r"|\bдо|\bhingga|\bsampai( dengan)?|\bs/d|至|到|直到|\bt\.?o\.?m\.?|\btil( og med)?|\bende am)"
    r"\W{0,3}(the\W|and including\W|inclusive\W|tanggal\W|le\W|el\W)?"
    r"(\w+day,?\s|\w{4,12},?\s)?\W{0,3}$"
)
_UNTIL_AFTER = re.compile(
    r"^\W{0,3}(?:\d{4}\W{0,2})?(?:['’]?\w{0,3}\s?(?:tarihine |günü(ne)? )?kadar"
    r"|(\([^)]{1,6}\))?\s?まで|为止|為止)"
)
_RANGE_BEFORE = re.compile(
    r"\d\S{0,4}\s?(-|to|bis( zum)?|al?|au|do|tot( en met)?|t/m|até|a|s/d|hingga|sampai"
    r"|до|по|至|到|~|〜)"
    r"\s?(the\s|el\s|le\s)?$"
)
_FROM_BEFORE = re.compile(
    r"(\bfrom|\bsince|\bstarting|\bas of|\bvom|\bvon|\bseit|\bab( dem)?|\bdu|\bdepuis|\bdès( le)?"
    r"|\bdesde( el)?|\bdel|\bdal(l')?|\ba partir d\w+|\bà partir du|\bvan(af)?|\bsinds|\bod( dnia)?"
    r"|\bот|\bс|\bсо|\bз|\bdari|\bmulai|自|从|從|\bfrån|\bfra)\W{0,3}(the\W|\w{4,12},?\s)?$"
)
_END = re.compile(r"[!?。;！？]|(?<!\d)\.(?=\s|$)|\n\s*\n")
_JOINED = re.compile(r"^[\s,.(]{0,4}(der|dem|den|the|le|el|il|dia|,)?[\s,.(]{0,3}$")


def back_on(subject: str, text: str, sent: date) -> date | None:
    """The first day on which the writer is back, not before `sent`; None where none is told."""
    told = [_told(part, sent) for part in (text[:LONGEST_TEXT], subject[:300])]
    for back, _ in told:
        if back:
            return back
    for _, until in reversed(told):
        if until:
            return until + timedelta(days=1)
    return None


def _told(text: str, sent: date) -> tuple[date | None, date | None]:
    """The first day back and the last day away that a text names."""
    plain = folded(text)
    dates = _without_doubles(plain, dates_in(plain, sent, _month_first(plain)))
    back = until = None
    for at, found in enumerate(dates):
        start = dates[at - 1].end if at else 0
        end = dates[at + 1].start if at + 1 < len(dates) else len(plain)
        role = _role(plain, found, start, end)
        if role == "back" and back is None:
            back = found.date
        elif role == "until" and until is None:
            until = found.date
    return back, until


def _role(plain: str, found: Found, start: int, end: int) -> str:
    before = plain[max(start, found.start - BEFORE) : found.start]
    breaks = [match.end() for match in _END.finditer(before)]
    near = before[breaks[-1] :] if breaks else before
    after = plain[found.end : min(end, found.end + AFTER)]
    stop = _END.search(after)
    after = after[: stop.start()] if stop else after
    span = plain[max(0, found.start - 14) : found.start]
    if _UNTIL_AFTER.search(after) or found.range_end:
        return "until"
    if _UNTIL_BEFORE.search(near) or _RANGE_BEFORE.search(span):
        return "until"
    if _BACK_AFTER.search(after) or _BACK_BEFORE.search(near):
        return "back"
    if _FROM_BEFORE.search(near):
        return "from"
    return ""


def _without_doubles(plain: str, dates: list[Found]) -> list[Found]:
    """A weekday right before its date ("Monday, 16 November") says the same thing once."""
    kept: list[Found] = []
    for found in dates:
        if kept and _JOINED.match(plain[kept[-1].end : found.start]):
            first = kept.pop()
            found = Found(first.start, found.end, found.date, found.range_end)
        kept.append(found)
    return kept


def _month_first(plain: str) -> bool:
    """English is the one language here in which 11/12 may be November the 12th."""
    return bool(re.search(r"\b(the|will|office|until|from|back|am|i'm)\b", plain))
