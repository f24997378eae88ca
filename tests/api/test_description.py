"""The description of the API is whole, and everything that is made from it stays equal to it."""

from pathlib import Path
from typing import Any

import pytest

from console.api.mount import described as description
from console.api.openapi import examples
from console.app import everything
from scripts import doors
from scripts.client import ROOT, files, operations
from tests.api.recording import Recorder
from tests.console.test_access import all_routes

pytestmark = pytest.mark.gate


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return description()


def test_what_is_made_from_the_description_is_as_it_would_be_made_now() -> None:
    made = files()
    other = [str(path.relative_to(ROOT)) for path, text in made.items() if _kept(path) != text]
    assert other == [], "run scripts/client.py"
    beside = {*(ROOT / "client" / "calls").glob("*.py"), *(ROOT / "client" / "shapes").glob("*.py")}
    assert beside - made.keys() == set()


def _kept(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def test_every_operation_says_what_it_does_who_may_and_what_can_go_wrong(
    described: dict[str, Any],
) -> None:
    for path, method, one in operations(described):
        assert one["summary"].endswith((".", "…")), path
        assert "Needs `" in one["description"], path
        always = {"401", "403", "404", "422", "429", "500", "503"}
        assert always <= one["responses"].keys(), path
        changes = method != "get"
        assert changes == ("409" in one["responses"]), path
        named = {each["name"] for each in one.get("parameters", ())}
        assert changes or "Idempotency-Key" not in named, path


def test_every_operation_has_an_example_that_fits(described: dict[str, Any]) -> None:
    recorder = Recorder(described)
    shown = examples()
    for _, _, one in operations(described):
        name = one["operationId"]
        example = shown[name]
        flaws = recorder.validator(name, example["status"]).iter_errors(example["response"])
        assert [flaw.message for flaw in flaws] == [], name
        asks = "application/json" in one.get("requestBody", {}).get("content", {})
        assert asks == ("request" in example), name
    assert len(shown) == len([*operations(described)])


def test_everything_that_the_terminal_does_can_be_asked_or_has_a_reason_why_not(
    described: dict[str, Any],
) -> None:
    there = set(doors.commands())
    assert there - doors.OPERATIONS.keys() - doors.REASONS.keys() == set(), "see scripts/doors.py"
    assert {*doors.OPERATIONS, *doors.REASONS} - there == set(), "no command of the terminal"
    named = {one for some in doors.OPERATIONS.values() for one in some}
    assert named - {one["operationId"] for _, _, one in operations(described)} == set()
    guide = doors.GUIDE.read_text(encoding="utf-8")
    assert doors.made() in guide, "run scripts/doors.py"


def test_everything_that_pages_show_and_ask_can_be_asked_or_has_a_reason_why_not(
    described: dict[str, Any],
) -> None:
    there = {one.path for one in all_routes(everything()) if not one.path.startswith("/api/")}
    assert there - doors.PAGES.keys() - doors.PAGE_REASONS.keys() == set(), "see scripts/doors.py"
    assert {*doors.PAGES, *doors.PAGE_REASONS} - there == set(), "no route of the console"
    named = {one for some in doors.PAGES.values() for one in some}
    assert named - {one["operationId"] for _, _, one in operations(described)} == set()


def test_a_shape_has_a_name_that_people_can_say(described: dict[str, Any]) -> None:
    assert [name for name in described["components"]["schemas"] if not name.isalnum()] == []


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    def references(part: Any) -> Any:
        if isinstance(part, dict):
            for name, one in part.items():
                yield from [one] if name == "$ref" else references(one)
        elif isinstance(part, list):
            for one in part:
                yield from references(one)

    def leads(reference: str) -> bool:
        found: Any = described
        for step in reference.removeprefix("#/").split("/"):
            found = found.get(step, {})
        return bool(found)

    known = {*references(described)}
    assert known
    assert [one for one in known if not leads(one)] == []
