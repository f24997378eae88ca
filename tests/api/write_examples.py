"""Writes the examples of the API anew, from what a real house answers.

`.venv/bin/python -m pytest tests/api/write_examples.py`, and then `scripts/client.py`.
"""

import json
import re
from typing import Any

from console.api.openapi import EXAMPLES
from tests.api.recording import Recorder
from tests.api.test_tour import seen

__all__ = ["seen"]

SHOWN = 2
LONGEST = 160

PLACE = re.compile(r"(?<![\w/])/\S*/pytest-\S*")
"""Where the house of a test lies is nobody's business."""

SECRET = re.compile(r"(sluice_[a-z0-9]{10}_|whsec_|/invite/)[\w+/=-]{20,}")


def shortened(told: Any) -> Any:
    """The same with long lists and long texts cut, so that a person reads it."""
    if isinstance(told, dict):
        return {name: shortened(one) for name, one in told.items()}
    if isinstance(told, list):
        # Lists of plain values may be rows of a fixed length.
        shown = told[:SHOWN] if any(isinstance(one, dict) for one in told) else told
        return [shortened(one) for one in shown]
    if isinstance(told, str):
        told = SECRET.sub(r"\1…", PLACE.sub("/var/lib/sluice", told))
    if isinstance(told, str) and len(told) > LONGEST:
        return f"{told[:LONGEST]} …"
    return told


def test_write(seen: Recorder) -> None:
    made = {}
    for name, visits in sorted(seen.answered.items()):
        best = visits[-1]
        made[name] = {"status": best.status, "response": shortened(best.answer)}
        if best.asked is not None:
            made[name]["request"] = shortened(best.asked)
    text = json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True)
    EXAMPLES.write_text(f"{text}\n", encoding="utf-8")
