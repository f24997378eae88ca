"""Nurtures for contacts outside a deal: the same engine, alone with a contact."""

from dataclasses import replace

from domain import touch_events as e
from domain.following import stopped
from domain.nurture import NurtureRun
from tests.support.deals import Story, facts, told
from tests.support.moments import at

TRIAL = """
playbook: trial
calendar: {zone: UTC, send_window: "09:00-17:00"}
nurtures:
  care:
    purpose: marketing
    again: after 180 days
    yields_to: cadences
    stops_on: [demo_requested]
    steps:
    - {mail: hello}
    - {after: 2-3 days, mail: result}
    - {wait_for: trial_finished, at_most: 14 days}
    - {after: 1 business day, only_if: {contact.persona: [ops]}, mail: incentive}
"""


def joined() -> Story:
    """A contact that has just begun the trial care."""
    now = at()
    story = Story(NurtureRun(enrollment_id="E-1"), facts(TRIAL, now=now))
    begun = e.Enrolled(
        at=now,
        enrollment_id="E-1",
        playbook="trial",
        part="nurture:care",
        version=1,
        contact_id="C-1",
        because="event:trial_started",
        anchor_at=now,
    )
    story._keep([begun])
    story.last = []
    return story


def seen(story: Story, name: str) -> Story:
    """Something is reported of the contact."""
    story._keep([e.EventSeen(at=story.now, name=name, contact_id="C-1")])
    return story


def test_the_first_mail_is_spread_so_that_a_launch_is_no_burst() -> None:
    first = joined().after(days=3).found("touch_sent")[0]
    assert at() < first.at <= at(2)


def test_it_runs_to_its_end_and_is_finished() -> None:
    story = joined().contact(about={"persona": "ops"}).after(days=40)
    assert story.sent() == ["hello", "result", "incentive"]
    assert [waited.came for waited in story.found("waited_for")] == [False]
    (ended,) = story.found("enrollment_ended")
    assert (ended.reason, ended.finished) == ("finished", True)
    assert story.agenda == []


def test_an_awaited_event_shortens_the_wait() -> None:
    story = seen(joined().after(days=8), "trial_finished")
    story.contact(about={"persona": "ops"}).after(days=6)
    assert [waited.came for waited in story.found("waited_for")] == [True]
    assert story.sent()[-1] == "incentive"


def test_a_condition_that_does_not_hold_skips_its_step() -> None:
    story = joined().contact(about={"persona": "founder"}).after(days=40)
    assert story.sent() == ["hello", "result"]
    assert [skipped.step for skipped in story.found("step_skipped")] == ["incentive"]


def test_it_waits_while_sales_is_talking_to_the_contact_and_misses_nothing() -> None:
    story = joined().after(days=3).contact(in_cadence=True).after(days=30)
    assert story.sent() == ["hello"]
    assert {parked.reason for parked in story.found("enrollment_parked")} == {"yields_to_cadence"}
    assert len(story.found("enrollment_parked")) < 12
    story.contact(in_cadence=False).after(days=8)
    assert story.sent() == ["hello", "result"]
    assert story.found("touch_missed") == []


def test_an_outage_while_it_yields_parks_and_misses_nothing() -> None:
    story = joined().contact(in_cadence=True).outage(days=30).woken()
    assert told(story.last) == ["enrollment_parked"]
    story.contact(in_cadence=False).after(days=6)
    assert story.sent() == ["hello"]


def test_what_is_in_the_send_ledger_waits_there() -> None:
    story = joined().after(days=3).contact(in_cadence=True)
    item = story.next("result")
    assert item.touch_id is not None
    story.facts = replace(story.facts, open_sends={item.touch_id: at(9)})
    assert story.next("result").at == at(9)


def test_an_event_that_it_names_stops_it_and_a_win_elsewhere_does_not() -> None:
    story = joined().after(days=3)
    assert stopped(story.deal, "won", story.facts) == []
    assert told(stopped(story.deal, "demo_requested", story.facts)) == ["enrollment_ended"]
    assert told(stopped(story.deal, "opt_out", story.facts)) == ["enrollment_ended"]


def test_without_consent_it_ends_and_says_so() -> None:
    story = joined().contact(consents=frozenset()).after(days=3)
    assert told(story.last) == ["touch_cancelled", "enrollment_ended"]
    assert story.found("enrollment_ended")[0].reason == "no_consent"


def test_an_outage_costs_one_touch() -> None:
    story = joined().after(days=3).outage(days=30).woken().after(days=30)
    assert [missed.step for missed in story.found("touch_missed")] == ["result"]


def test_it_survives_its_way_through_json() -> None:
    story = seen(joined().after(days=3), "something")
    run = story.deal
    assert NurtureRun.model_validate_json(run.model_dump_json()) == run
