"""Which clicks are surely no person's."""

from datetime import timedelta

import pytest

from domain.clicks import EARLY, Look, why_not
from tests.support.moments import at

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CUBOT = "Mozilla/5.0 (Linux; Android 13; CUBOT X70) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"


def judged(agent: str = FIREFOX, method: str = "GET", *, ahead: bool = False) -> str | None:
    return why_not(Look(method, agent, ahead), at(hours=1), at())


@pytest.mark.parametrize("agent", [FIREFOX, CUBOT])
def test_a_browser_may_be_a_person(agent: str) -> None:
    assert judged(agent) is None


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "  ",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot)",
        "Slackbot-LinkExpanding 1.0",
        "Mozilla/5.0 HeadlessChrome/126.0",
        "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.1; Pro)",
        "Barracuda Sentinel (EE)",
        "python-requests/2.32",
        "curl/8.5.0",
        "Go-http-client/1.1",
        "facebookexternalhit/1.1",
    ],
)
def test_a_program_is_none(agent: str) -> None:
    assert judged(agent) == "scanner"


def test_looking_ahead_and_asking_for_the_head_are_no_clicks() -> None:
    assert judged(ahead=True) == "prefetch"
    assert judged(method="HEAD") == "head"


def test_nobody_reads_within_seconds_of_the_sending() -> None:
    look = Look("GET", FIREFOX)
    assert why_not(look, at(), None) == "early"
    assert why_not(look, at() + EARLY - timedelta(milliseconds=1), at()) == "early"
    assert why_not(look, at() + EARLY, at()) is None
