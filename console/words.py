"""How values read on a page: money, moments, spans of time, names written with underscores."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from domain import sentences
from domain.sentences import QUIET, spoken, step_words
from operations.access.masking import HIDDEN

_SHORT = {
    "in_stage": "too long here",
    "silence": "silent",
    "our_turn": "our turn",
    "decide_within": "undecided",
    "wait_overdue": "wait is over",
}


def money(amount: Decimal | None, currency: str | None = None) -> str:
    """`EUR 12,500`; cents only where there are some."""
    if amount is None:
        return "no amount"
    whole = amount == amount.to_integral_value()
    told = f"{amount:,.0f}" if whole else f"{amount:,.2f}"
    return f"{currency} {told}" if currency else told


def filled(value: str, kind: str | None) -> str:
    """What stands in a field of that kind: `15,000` where it is money, else as it was written."""
    if kind is None or not kind.startswith("money") or value == HIDDEN:
        return value
    return "; ".join(money(Decimal(one)) for one in value.split(", "))


def moment(at: datetime | None, zone: str, now: datetime, *, long: bool = False) -> Markup:
    """`Tue 3 Mar 09:40` on the clock of the zone; with the year when it is another one."""
    if at is None:
        return Markup("")
    return _moment(at, zone, None if long else now.astimezone(ZoneInfo(zone)).year)


@lru_cache(maxsize=4_096)
def _moment(at: datetime, zone: str, this_year: int | None) -> Markup:
    """Kept: a page has a hundred of them, and asks for itself again every few seconds."""
    local = at.astimezone(ZoneInfo(zone))
    said = sentences.moment(at, ZoneInfo(zone))
    if local.year != this_year:
        said = f"{said[:-6]} {local.year} {said[-5:]}"
    machine, exact = at.isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M:%S} {escape(zone)}"
    # Not Markup.format, which is dear where a page has a hundred moments: all of it is ours.
    return Markup(f'<time datetime="{machine}" title="{exact}">{said}</time>')


def options(names: Iterable[str], chosen: str | None = None) -> Markup:
    """The options of a select, one of them chosen."""
    return _options(tuple(names), chosen)


@lru_cache(maxsize=512)
def _options(names: tuple[str, ...], chosen: str | None) -> Markup:
    """Kept: a board has the same for every card of a column."""
    said = (
        f"<option{' selected' if name == chosen else ''}>{escape(name)}</option>" for name in names
    )
    return Markup("".join(said))


def span(at: datetime | None, now: datetime) -> str:
    """How far away a moment is: `in 2 days`, `3 hours ago`, `now`."""
    if at is None:
        return ""
    away = at - now
    said = _length(abs(away))
    if said is None:
        return "now"
    return f"in {said}" if away > timedelta(0) else f"{said} ago"


def since(at: datetime | None, now: datetime) -> str:
    """How long it has been: `6 days`, `3 hours`, `a moment`."""
    return (_length(now - at) or "a moment") if at is not None else ""


def capital(text: str) -> str:
    """The text as the beginning of a sentence; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def days(count: int) -> str:
    """`1 day`, `6 days`."""
    return f"{count} day{'' if count == 1 else 's'}"


def plain(name: str | None) -> str:
    """A name that programs use, as people read it: `proposal_sent` is "proposal sent"."""
    return spoken(name or "")


@lru_cache(maxsize=512)
def language(locale: str) -> str:
    """What people call the language of a locale: `pl` is "Polish"; one that is none is itself."""
    from babel import Locale, UnknownLocaleError  # not at the top: it is slow to load

    try:
        return Locale.parse(locale, sep="-").get_display_name("en") or locale
    except (UnknownLocaleError, ValueError):
        return locale


def weighted(amount: Decimal, chance: float) -> Decimal:
    """What an amount is worth at a chance of 0 to 1, without cents."""
    return (amount * Decimal(f"{chance:.4f}")).quantize(Decimal(1))


def reason(name: str) -> str:
    """What a stagnation flag says."""
    return QUIET.get(name, plain(name))


def brief(name: str) -> str:
    """The same in two or three words, for a card."""
    return _SHORT.get(name, plain(name))


def _length(away: timedelta) -> str | None:
    minutes = int(away.total_seconds() // 60)
    for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes >= size * (2 if unit == "hour" and minutes < 120 else 1):
            count = minutes // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return None


FILTERS = {
    "step": step_words,
    "money": money,
    "filled": filled,
    "moment": moment,
    "span": span,
    "since": since,
    "capital": capital,
    "days": days,
    "plain": plain,
    "language": language,
    "reason": reason,
    "brief": brief,
    "weighted": weighted,
    "options": options,
}
"""What templates may call, by name."""
