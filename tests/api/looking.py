"""Everything that can be looked at in a furnished house, asked as somebody."""

import re
from collections.abc import Iterator
from typing import Any

import httpx

from operations.house import House
from scripts.client import operations
from store import contacts, people
from tests.api.recording import Look, Recorder

KEYS = {
    "/mails/{mail}": "message_id",
    "/inbox/{mail}": "inbound_id",
    "{template}": "template",
    "{playbook}": "playbook",
    "{webhook}": "webhook_id",
}
"""The key of answers under which the ids for a path stand, where the path calls it otherwise."""

NAMED = {"{nurture}": "trial"}
"""What is named otherwise in lists than in a path."""

SAMPLE = 3
"""So many of the first ids that fit a path are tried, and of the last."""

FILTERS: dict[str, dict[str, Any]] = {
    "check_templates": {"template": "first-contact", "locale": "en"},
    "compare_playbook_editions": {"before": 1, "after": 1},
}
"""What is asked beside the path, by operation."""

WRITTEN = ("Two hundred seats", "A boat", "A small one", "She wants a quote", "a wrong price")
"""What people wrote on the walk: titles, notes, why mail was stopped."""


async def look(recorder: Recorder, who: str, http: httpx.AsyncClient) -> None:
    """Ask every GET of the description for everything that the walk left behind."""
    for template, method, one in operations(recorder.described):
        if method != "get":
            continue
        for path in _filled(recorder, template):
            query = FILTERS.get(one["operationId"], {})
            if one["operationId"] == "explain_nurture":
                query = {"contact": recorder.ids("contact_id")[0]}
            answer = await http.get(path, params=query)
            seen = Look(who, one["operationId"], path, answer.status_code, answer.text)
            recorder.looks.append(seen)


def _filled(recorder: Recorder, template: str) -> Iterator[str]:
    """The path with every id that fits, up to a few."""
    blank = re.search(r"{(\w+)}", template)
    if blank is None:
        yield template
        return
    if blank[0] in NAMED:
        yield template.replace(blank[0], NAMED[blank[0]])
        return
    key = next((key for part, key in KEYS.items() if part in template), blank[1])
    found = [one.strip("<>") for one in recorder.ids(key)]
    assert found, f"nothing on the walk has the id that {template} wants"
    for its_id in dict.fromkeys((*found[:SAMPLE], *found[-SAMPLE:])):
        yield template.replace(blank[0], its_id)


def personal(house: House) -> frozenset[str]:
    """Whatever names somebody in this house, and what people wrote."""
    found = set(WRITTEN)
    with house.store.read() as tx:
        known: list[Any] = [*people.all_of(tx), *contacts.page(tx, limit=100)]
    for one in known:
        if one.name:
            found |= {one.name, one.name.split()[0]}
        if one.email:
            found.add(one.email)
    return frozenset(found)


def leaked(text: str, known: frozenset[str]) -> set[str]:
    """What of that stands in an answer, as words of their own."""
    return {one for one in known if re.search(rf"(?<![\w…]){re.escape(one)}(?![^\W_])", text)}
