"""A calendar that stays closed: refused before it is published, told to a person after."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain import commands as c
from domain.ahead import due_of
from domain.playbooks.check import reference_objections
from domain.times.calendar import Calendar
from operations.upcoming import planned
from tests.support.deals import Story, given, opening


def closed() -> Story:
    """A deal just opened, whose calendar (published before it was asked) closes tomorrow."""
    story = given(opening())
    first = date(2026, 3, 3)
    black = [f"{first + timedelta(n)} to {first + timedelta(n + 364)}" for n in (0, 365, 730)]
    calendar = story.facts.rules.calendar.model_dump(mode="json") | {"blackout": black}
    rules = replace(story.facts.rules, calendar=Calendar.model_validate(calendar))
    story.facts = replace(story.facts, rules=rules)
    return story


def objections(calendar: dict[str, Any]) -> list[str]:
    raw = {"playbook": "boats", "nurtures": {"x": {}}, "calendar": calendar}
    return [each.message for each in reference_objections(raw) if each.path[0] == "calendar"]


@pytest.mark.parametrize(
    ("calendar", "refused"),
    [
        ({"blackout": ["2026-03-03 to 2027-03-03"]}, False),
        ({"blackout": ["2026-03-03 to 2027-03-03", "2027-03-04 to 2027-03-20"]}, True),
        ({"blackout": ["2026-03-03 to 2027-03-03", "2027-03-05 to 2027-03-20"]}, False),
        # Only on Sundays is somebody there, and nobody reads on Sundays in a Mon-Fri week.
        ({"blackout": ["2026-03-02 to 2027-02-26", "2027-03-01 to 2027-03-12"]}, True),
        ({"blackout": ["no day"], "working_days": 3}, False),
        ({}, False),
    ],
)
def test_a_file_that_closes_for_over_a_year_is_refused(
    calendar: dict[str, Any], refused: bool
) -> None:
    assert bool(objections(calendar)) is refused


def test_a_deal_that_meets_it_asks_for_a_person_once_and_sleeps() -> None:
    story = closed().after(days=120)
    raised = story.found("attention_raised")
    assert [event.reason for event in raised] == [raised[0].reason]
    assert raised[0].reason.startswith("no open day within 400 days after 2026-03-")
    assert len(story.found("stagnation_flagged")) == 1
    assert due_of(story.deal, story.facts).at is None
    shown = {item.what: item for item in planned(story.deal, story.facts)}
    assert shown["row has no date"].why == raised[0].reason
    assert shown["row has no date"].at is None


def test_its_commands_go_on_and_its_tasks_have_a_date() -> None:
    story = closed().after(days=4)
    story.when(c.LogActivity(activity="contract_signed")).when(c.WinDeal())
    assert story.found("deal_won")
    (task,) = [each for each in story.found("task_created") if each.name == "hand-over"]
    assert task.due_at == task.at + timedelta(days=1)
