"""Who followed a link in a mail: a person, or a program that looks before a person does."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

WhyNot = Literal["head", "prefetch", "scanner", "early", "burst"]
"""Why a click is not counted as a person's."""

EARLY: Final = timedelta(seconds=10)
"""Wall time after a mail was handed over in which filters look at it, and nobody reads it yet."""

BURST: Final = timedelta(seconds=2)
"""Wall time in which nobody follows two different links of one mail."""

_PROGRAM: Final = re.compile(
    r"(?<!cu)bot\b|bot/|crawl|spider|scan|preview|monitor|headless|phantom|prefetch|"
    r"barracuda|mimecast|proofpoint|urldefense|ironport|fireeye|trellix|symantec|sophos|"
    r"forcepoint|trendmicro|zscaler|safelinks|microsoft office|ms-office|virustotal|"
    r"googleimageproxy|yahoomailproxy|facebookexternalhit|whatsapp|skypeuripreview|"
    r"python|curl|wget|libwww|java/|okhttp|go-http|apache-httpclient|axios|node-fetch|undici|"
    r"guzzle|ruby|perl|powershell|winhttp",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a request for a link says of itself: its method, its program, whether it looks ahead."""

    method: str
    agent: str
    ahead: bool = False


def why_not(look: Look, at: datetime, handed_over: datetime | None) -> WhyNot | None:
    """Why a click is surely no person's, as far as it alone tells; None when it may be one's.

    `at` and `handed_over` (None: it has not gone yet) are wall time.
    """
    if look.method != "GET":
        return "head"
    if look.ahead:
        return "prefetch"
    if not look.agent.strip() or _PROGRAM.search(look.agent):
        return "scanner"
    if handed_over is None or at - handed_over < EARLY:
        return "early"
    return None
