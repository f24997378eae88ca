"""Public holidays as dates: resolved at publishing, refused where there is no table."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from domain.refusal import Malformed
from operations.authoring.holidays import BUSINESS_COUNTRIES, holidays_from, resolve, years_from


def test_the_holidays_of_a_country_are_dates_in_order():
    found = resolve(["US", "PL"], [2027, 2026])
    assert list(found) == ["PL", "US"]
    assert found["PL"] == sorted(found["PL"])
    assert {day.year for day in found["PL"]} == {2026, 2027}
    assert date(2026, 6, 4) in found["PL"]  # Corpus Christi moves with Easter
    assert date(2026, 11, 26) in found["US"]  # the fourth Thursday
    assert date(2026, 6, 4) not in found["US"]


def test_a_holiday_that_is_made_up_on_monday_counts_on_monday():
    # 26 December 2026 is a Saturday.
    assert date(2026, 12, 28) in resolve(["GB"], [2026])["GB"]


def test_a_country_whose_holidays_are_suspended_has_a_table_without_dates():
    assert resolve(["UA"], [2026]) == {"UA": []}


def test_the_countries_of_every_playbook_have_a_table():
    assert len(set(BUSINESS_COUNTRIES)) == len(BUSINESS_COUNTRIES) >= 45
    found = resolve(BUSINESS_COUNTRIES, years_from(date(2026, 11, 22)))
    assert sorted(BUSINESS_COUNTRIES) == list(found)
    empty = {country for country, days in found.items() if len(days) < 3 * 4}
    assert empty == {"UA"}


def test_a_calendar_knows_its_own_year_and_two_more():
    assert list(years_from(date(2026, 12, 31))) == [2026, 2027, 2028]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("UK", "did you mean GB (United Kingdom)?"),
        ("pl", "did you mean PL (Poland)?"),
        ("Poland", "did you mean PL (Poland)?"),
        ("Polnd", "did you mean PL (Poland)?"),
        ("DEU", "did you mean DE (Germany)?"),
        ("XX", "write two letters, e.g. PL"),
        ("", "write two letters, e.g. PL"),
    ],
)
def test_an_unknown_country_is_refused_with_the_code_that_is_meant(written, told):
    with pytest.raises(Malformed, match="no holidays are known") as refused:
        resolve(["PL", written], [2026])
    assert told in refused.value.message


def test_the_source_of_the_dates_names_its_version():
    name, number = holidays_from().split(" ")
    assert name == "holidays"
    assert "." in number


def test_importing_this_module_does_not_load_the_holiday_tables():
    code = "import sys, operations.authoring.holidays; sys.exit('holidays' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=root).returncode == 0
