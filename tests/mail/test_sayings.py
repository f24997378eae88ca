"""What the house says by itself to its own people, in every language that ships."""

import re
from datetime import date
from pathlib import Path

import pytest

from domain.stagnation import REASONS
from mail.flaws import RenderFailed
from mail.sayings import SHIPPED, Sayings
from mail.words import DEFAULT_LOCALE, SHIPPED_LOCALES

ENGLISH = Sayings().voice("notice", None).words
OTHERS = [locale for locale in SHIPPED_LOCALES if locale != DEFAULT_LOCALE]
GAPS = re.compile(r"\{\w+\}")


@pytest.mark.parametrize("locale", OTHERS)
def test_every_saying_is_said_in_every_language_with_the_same_gaps(locale: str) -> None:
    words = Sayings().voice("notice", locale).words
    written = (SHIPPED / f"_sayings.{locale}.yaml").read_text(encoding="utf-8")
    for key, english in ENGLISH.items():
        assert f"\n{key}:" in written, key
        assert sorted(GAPS.findall(words[key])) == sorted(GAPS.findall(english)), key
        if re.search(r"\w", GAPS.sub("", english)):
            assert words[key] != english, key


def test_each_reason_for_a_flag_has_its_words() -> None:
    assert set(REASONS) <= set(ENGLISH)


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        (None, "in the same stage since Mar 2, 2026"),
        ("en-GB", "in the same stage since Mar 2, 2026"),
        ("pl", "na tym samym etapie od 2 mar 2026"),
        ("pl-PL", "na tym samym etapie od 2 mar 2026"),
        ("fr", "in the same stage since Mar 2, 2026"),
    ],
)
def test_a_day_is_written_as_the_language_of_the_mail_writes_it(
    locale: str | None, said: str
) -> None:
    voice = Sayings().voice("stagnation-notice", locale)
    assert voice.say("in_stage", day=voice.day(date(2026, 3, 2))) == said


def test_a_folder_of_ones_own_says_what_it_wants_and_the_rest_as_it_ships(tmp_path: Path) -> None:
    (tmp_path / "_sayings.yaml").write_text("a_promise: our word\n")
    voice = Sayings(tmp_path).voice("notice", "pl")  # which that folder writes in English alone
    assert voice.locale == "en"
    assert voice.say("a_promise") == "our word"
    assert voice.say("won") == ENGLISH["won"]


def test_what_is_filled_in_is_no_saying_itself() -> None:
    voice = Sayings().voice("notice", None)
    assert voice.say("look", whom="{whom} {0.__class__}") == "Have a look at {whom} {0.__class__}"


@pytest.mark.parametrize("text", ["- a\n- b\n", "won: 3\n", "won: [\n"])
def test_a_file_that_says_nothing_useful_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "_sayings.yaml").write_text(text)
    with pytest.raises(RenderFailed) as failed:
        Sayings(tmp_path).voice("notice", None)
    assert failed.value.where == "_sayings.yaml"


def test_a_saying_that_is_missing_is_named() -> None:
    voice = Sayings().voice("notice", None)
    for key, told in (("nothing", {}), ("look", {})):
        with pytest.raises(RenderFailed, match=key):
            voice.say(key, **told)
