"""The closed list of what a template may do to a value, and the tests it may ask.

Money and dates are written as the reader's language writes them (Babel, CLDR). The locale is the
one the words are in, so that a German date never stands in an English sentence.
"""

import re
from collections.abc import Callable
from copy import copy
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal
from jinja2 import Undefined, pass_context
from jinja2.filters import FILTERS as ALL_FILTERS
from jinja2.runtime import Context
from jinja2.tests import TESTS as ALL_TESTS

from mail.words import DEFAULT_LOCALE

_STYLES = {"short", "medium", "long", "full"}


class Unfit(Exception):
    """A value that cannot be used; the message never quotes it, for it may be personal."""


@pass_context
def money(context: Context, amount: Any, currency: Any = None) -> str:
    """`{{ deal.amount | money(deal.currency) }}`: €12,500; cents only where there are any."""
    number = _number(amount, "money")
    if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
        raise Unfit("money wants a currency: {{ deal.amount | money(deal.currency) }}")
    locale = _locale(context)
    pattern = copy(locale.currency_formats["standard"])
    whole = number == number.to_integral_value()
    if whole:
        pattern.frac_prec = (0, 0)
    text: str = pattern.apply(number, locale, currency=currency, currency_digits=not whole)
    # CLDR parts a code from the digits (PLN 5,000, but €5,000); Babel leaves this rule out.
    return re.sub(rf"(?<={currency})(?=\d)", "\u00a0", text)


@pass_context
def number(context: Context, value: Any) -> str:
    """`{{ n | number }}`: 1,234.5 as the language writes it."""
    return format_decimal(_number(value, "number"), locale=_locale(context))


@pass_context
def day(context: Context, value: Any, style: str = "long") -> str:
    """`{{ deal.expected_close | date }}`: March 3, 2026; `date("weekday")`: Tue, Mar 3."""
    moment = _moment(value, "date")
    if style == "weekday":
        return format_skeleton("MMMEd", moment, locale=_locale(context))
    if style not in _STYLES:
        raise Unfit("date knows short, medium, long, full and weekday")
    return format_date(moment, style, locale=_locale(context))


@pass_context
def clock(context: Context, value: Any) -> str:
    """`{{ item.at | time }}`: the time of day, in the zone that the value is in."""
    moment = _moment(value, "time")
    if not isinstance(moment, datetime):
        raise Unfit("time wants a moment, and this is a day")
    return format_time(moment, "short", locale=_locale(context))


def join(value: Any, separator: str = ", ") -> str:
    """`{{ reasons | join(", ") }}`."""
    if not isinstance(value, list):
        raise Unfit("join wants a list")
    return str(separator).join(str(entry) for entry in value)


def clean(text: Any) -> str:
    """The text without control characters, on one line."""
    return " ".join(str(text).split())


_TAKEN = ("capitalize", "default", "first", "last", "length", "lower", "upper", "title", "trim")
_ASKED = ("defined", "undefined", "none", "number", "string", "even", "odd", "in", "divisibleby",
          "==", "!=", "<", "<=", ">", ">=", "eq", "ne", "lt", "le", "gt", "ge")  # fmt: skip

FILTERS: dict[str, Callable[..., Any]] = {
    **{name: cast(Callable[..., Any], ALL_FILTERS[name]) for name in _TAKEN},
    "money": money,
    "number": number,
    "date": day,
    "time": clock,
    "join": join,
    "one_line": clean,
}
TESTS: dict[str, Callable[..., Any]] = {
    name: cast(Callable[..., Any], ALL_TESTS[name]) for name in _ASKED
}


def known_locale(tag: str | None) -> str:
    """The tag as Babel knows it (`de_AT`), or the default's."""
    parts = [part for part in re.split("[-_]", tag or "") if part]
    while parts:
        try:
            return str(Locale.parse("_".join(parts)))
        except (UnknownLocaleError, ValueError):
            parts.pop()
    return DEFAULT_LOCALE


def writing(tag: str) -> tuple[str, str]:
    """The language and script of a known locale: `zh` is written as `zh_CN` is, not as `zh_TW`."""
    locale = Locale.parse(tag)
    likely = str(get_global("likely_subtags").get(locale.language, "")).split("_")
    return locale.language, locale.script or (likely[1] if len(likely) > 1 else "")


def _locale(context: Context) -> Locale:
    tag = context.get("locale")
    return Locale.parse(known_locale(tag if isinstance(tag, str) else None))


def _number(value: Any, name: str) -> Decimal:
    if value is None or isinstance(value, Undefined | bool):
        raise Unfit(f"{name} got no number: ask first, {{% if … %}}")
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise Unfit(f"{name} got what is no number") from None
    if not found.is_finite() or abs(found) >= Decimal(10) ** 18:
        raise Unfit(f"{name} got a number that is out of bounds")
    return found


def _moment(value: Any, name: str) -> date | datetime:
    if not isinstance(value, str):
        raise Unfit(f"{name} got no date: ask first, {{% if … %}}")
    try:
        return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    except ValueError:
        raise Unfit(f"{name} got what is no date") from None
