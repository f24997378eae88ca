"""Numbers, money, days and times, as each language of the shipped words writes them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape

import pytest

from mail.context import Notice
from mail.render import Renderer, plain
from mail.samples import COMPANY, DEAL, PERSON
from tests.mail.conftest import Write

CONTEXT = Notice(
    person=PERSON,
    company=COMPANY,
    what="x",
    due=datetime(2026, 3, 4, 14, 5, tzinfo=UTC),
    deal=DEAL.model_copy(
        update={
            "amount": Decimal("1234567.5"),
            "currency": "EUR",
            "expected_close": date(2026, 10, 18),
        }
    ),
)
EXPRESSIONS = (
    "deal.amount | number",
    "deal.amount | money(deal.currency)",
    "48000 | money(deal.currency)",
    "48000 | money('USD')",
    "48000 | money('CHF')",
    "deal.expected_close | date('short')",
    "deal.expected_close | date('medium')",
    "deal.expected_close | date",
    "deal.expected_close | date('full')",
    "due | date('weekday')",
    "due | time",
)
SHOWN = {
    "en": (
        "1,234,567.5", "€1,234,567.50", "€48,000", "$48,000", "CHF 48,000",
        "10/18/26", "Oct 18, 2026", "October 18, 2026", "Sunday, October 18, 2026",
        "Wed, Mar 4", "2:05 PM",
    ),
    "tr": (
        "1.234.567,5", "€1.234.567,50", "€48.000", "$48.000", "CHF 48.000",
        "18.10.2026", "18 Eki 2026", "18 Ekim 2026", "18 Ekim 2026 Pazar",
        "4 Mar Çar", "14:05",
    ),
    "bg": (
        "1 234 567,5", "1 234 567,50 €", "48 000 €", "48 000 щ.д.", "48 000 CHF",
        "18.10.26 г.", "18.10.2026 г.", "18 октомври 2026 г.", "неделя, 18 октомври 2026 г.",
        "ср, 4.03", "14:05",
    ),
    "pl": (
        "1 234 567,5", "1 234 567,50 €", "48 000 €", "48 000 USD", "48 000 CHF",
        "18.10.2026", "18 paź 2026", "18 października 2026", "niedziela, 18 października 2026",
        "śr., 4 mar", "14:05",
    ),
    "id": (
        "1.234.567,5", "€1.234.567,50", "€48.000", "US$48.000", "CHF 48.000",
        "18/10/26", "18 Okt 2026", "18 Oktober 2026", "Minggu, 18 Oktober 2026",
        "Rab, 4 Mar", "14.05",
    ),
    "zh": (
        "1,234,567.5", "€1,234,567.50", "€48,000", "US$48,000", "CHF 48,000",
        "2026/10/18", "2026年10月18日", "2026年10月18日", "2026年10月18日星期日",
        "3月4日周三", "14:05",
    ),
}  # fmt: skip
OWN_MONEY = {"tr": ("TRY", "₺5.000"), "pl": ("PLN", "5 000 zł"), "id": ("IDR", "Rp5.000"),
             "zh": ("CNY", "¥5,000"), "bg": ("EUR", "5 000 €")}  # fmt: skip


def lines(renderer: Renderer, locale: str) -> list[str]:
    """What stands in the paragraphs, blanks that hold a line together shown as blanks."""
    text = renderer.render("x", plain(CONTEXT), locale).text
    blank = text.replace("\u00a0", " ").replace("\u202f", " ")
    return blank.split("\n\n")


def written(write: Write, locale: str, *expressions: str) -> None:
    body = "\n\n".join(f"{{{{ {each} }}}}" for each in expressions)
    name = "x.md" if locale == "en" else f"x.{locale}.md"
    write(body, name, purpose="internal", context="notice")


@pytest.mark.parametrize("locale", SHOWN)
def test_every_filter_writes_as_the_language_does(
    write: Write, renderer: Renderer, locale: str
) -> None:
    written(write, "en", "what")
    written(write, locale, *EXPRESSIONS)
    assert tuple(lines(renderer, locale)[: len(EXPRESSIONS)]) == SHOWN[locale]


@pytest.mark.parametrize("locale", OWN_MONEY)
def test_a_country_s_own_money_has_its_own_sign(
    write: Write, renderer: Renderer, locale: str
) -> None:
    currency, shown = OWN_MONEY[locale]
    written(write, "en", "what")
    written(write, locale, f"5000 | money('{currency}')")
    assert lines(renderer, locale)[0] == shown


@pytest.mark.parametrize("locale", SHOWN)
def test_an_amount_is_never_broken_over_two_lines(
    write: Write, renderer: Renderer, locale: str
) -> None:
    written(write, "en", "what")
    written(write, locale, "deal.amount | money('CHF')")
    html = unescape(renderer.render("x", plain(CONTEXT), locale).html)
    [amount] = re.findall(r"<p[^>]*>([^<]*CHF[^<]*)</p>", html)
    assert " " not in amount
    assert {"CHF", "50"} <= set(re.split("[\u00a0.,]", amount))


def test_days_are_in_the_script_of_the_words(write: Write, renderer: Renderer) -> None:
    """A reader in Taipei gets the simplified words there are, and no traditional day in them."""
    written(write, "en", "what")
    written(write, "zh", "due | date('weekday')")
    for reader, spoken in (("zh-TW", "zh"), ("zh-CN", "zh-Hans-CN"), ("zh-SG", "zh-Hans-SG")):
        assert lines(renderer, reader)[0] == "3月4日周三"
        assert renderer.render("x", plain(CONTEXT), reader).locale == spoken
