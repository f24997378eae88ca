"""Nurtures for contacts: who enters, who is left out and why, and how a thousand go softly."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.timekeeping import Timekeeper
from domain.nurture import NurtureRun
from domain.refusal import Malformed, NotFound
from domain.times.clock import Clock
from mail.address import address_key
from operations.house import House
from operations.nurturing import nurtures as ours
from operations.nurturing.choice import Choice, parse_where
from operations.nurturing.explaining import explained
from operations.stop_facts import complaint, reply, unsubscribe
from store import contacts, ledger, nudges, nurtures
from store.contacts import Consent, Contact
from tests.support.houses import SECRET, opened_house

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path, NOW, ("trial-care", "crm-sales", "simple")) as opened:
        yield opened


def add(house: House, name: str, *, consent: bool = True, **more: Any) -> str:
    """A contact of this name; gives the address."""
    email = f"{name}@them.example"
    with house.store.write() as tx:
        told = {"email": email, "email_key": address_key(SECRET, email), "created_at": NOW}
        contacts.add(tx, Contact(contact_id=f"C-{name}", **{**told, **more}))
        if consent:
            agreed = Consent(
                contact_id=f"C-{name}",
                purpose="marketing",
                basis="form",
                given_at=NOW - timedelta(days=9),
            )
            contacts.agree(tx, agreed)
    return email


def enroll(house: House, *who: str, name: str = "trial", **more: Any) -> ours.Launch:
    choice = Choice(contacts=who, **more)
    return asyncio.run(ours.enroll(house, name, choice, actor="test"))


def run_of(house: House, contact_id: str) -> NurtureRun:
    """The newest run of a contact."""
    with house.store.read() as tx:
        found = nurtures.load(tx, nurtures.of_contact(tx, contact_id)[0].enrollment_id)
    assert found is not None
    return found


def later(house: House, **span: float) -> None:
    """Let business time pass."""
    clock = Clock(b0=house.time.now() + timedelta(**span), w0=datetime.now(UTC), speed=1)
    house.time = Timekeeper(lambda: clock)


def test_a_contact_with_consent_enters(house: House) -> None:
    launch = enroll(house, add(house, "ann"))
    assert (launch.playbook, launch.nurture) == ("trial-care", "trial")
    assert (launch.enrolled, launch.left_out) == (1, {})
    run = run_of(house, "C-ann")
    assert run.enrollment is not None
    assert (run.enrollment.part, run.enrollment.because) == ("nurture:trial", "by_hand")
    assert launch.first_touch is not None
    assert launch.first_touch >= NOW


def test_who_is_left_out_is_said_with_the_reason(house: House) -> None:
    add(house, "none", consent=False)
    add(house, "gone", email=None, email_key=None)
    for name, act in (("left", unsubscribe), ("dead", complaint)):
        act(house, add(house, name), actor="test")
    enroll(house, add(house, "busy"))
    names = ("none", "gone", "left", "dead", "busy")
    plan = ours.preview(house, "trial", Choice(contacts=[f"C-{name}" for name in names]))
    assert {one.contact_id: one.reason for one in plan.out} == {
        "C-none": "no_consent",
        "C-gone": "no_address",
        "C-left": "opt_out",
        "C-dead": "complaint",
        "C-busy": "already_in",
    }
    assert (plan.found, plan.enrolled, plan.dry_run) == (5, 0, True)


def test_a_preview_writes_nothing_and_the_launch_keeps_its_word(house: House) -> None:
    who = [add(house, name) for name in ("ann", "bo")]
    with house.store.read() as tx:
        before = ledger.last_position(tx)
    plan = ours.preview(house, "trial", Choice(contacts=who))
    with house.store.read() as tx:
        assert ledger.last_position(tx) == before
    launch = enroll(house, *who)
    assert (launch.enrolled, launch.enrollment_ids) == (plan.enrolled, plan.enrollment_ids)


def test_launching_twice_lets_nobody_in_twice(house: House) -> None:
    who = add(house, "ann")
    enroll(house, who)
    again = enroll(house, who)
    assert (again.enrolled, again.left_out) == (0, {"already_in": 1})


def test_one_may_enter_again_when_the_playbook_says(house: House) -> None:
    who = add(house, "ann")
    enroll(house, who)
    ours.stop(house, "trial", contact=who, actor="test")
    later(house, days=179)
    assert enroll(house, who).left_out == {"too_soon": 1}
    later(house, days=2)
    assert enroll(house, who).enrolled == 1
    with house.store.read() as tx:
        assert len(nurtures.of_contact(tx, "C-ann")) == 2


def test_a_nurture_that_is_entered_once_stays_so(house: House) -> None:
    who = add(house, "ann")
    assert enroll(house, who, name="simple/welcome").enrolled == 1
    ours.stop(house, "simple/welcome", contact=who, actor="test")
    later(house, days=1000)
    assert enroll(house, who, name="simple/welcome").left_out == {"entered_before": 1}


def test_service_mail_needs_no_consent_to_marketing(house: House) -> None:
    assert enroll(house, add(house, "ann", consent=False), name="simple/welcome").enrolled == 1


def test_a_thousand_first_touches_are_spread(house: House) -> None:
    with house.store.write() as tx:
        for number in range(1000):
            its, email = f"C-{number:04}", f"n{number}@them.example"
            told = {"email": email, "email_key": address_key(SECRET, email), "country": "GB"}
            contacts.add(tx, Contact(contact_id=its, created_at=NOW, **told))
            agreed = Consent(contact_id=its, purpose="marketing", basis="form", given_at=NOW)
            contacts.agree(tx, agreed)
    launch = asyncio.run(ours.enroll(house, "trial", Choice(where={"country": ("GB",)}), actor="t"))
    assert launch.enrolled == 1000
    with house.store.read() as tx:
        rows = nurtures.due(tx, NOW + timedelta(days=30), limit=2000)
    moments = [row.next_due for row in rows if row.next_due is not None]
    minutes = Counter(at.replace(second=0, microsecond=0) for at in moments)
    assert len(moments) == 1000
    assert max(minutes.values()) <= 8
    assert launch.busiest_minute == max(minutes.values())
    assert {at.hour for at in moments} == set(range(9, 17))


def test_workflows_are_told_when_to_wake(house: House) -> None:
    class Engine:
        def __init__(self) -> None:
            self.started: dict[str, Any] = {}

        async def start_workflow(self, run: object, start: Any, **more: Any) -> None:
            self.started[more["id"]] = start

    engine = Engine()
    house.use(engine)
    launch = enroll(house, add(house, "ann"))
    [its_id] = launch.enrollment_ids
    start = engine.started[f"nurture/{its_id}"]
    assert launch.started == 1
    assert house.time.to_wall(launch.first_touch) == start.wake_at
    with house.store.read() as tx:
        [row] = nurtures.of_contact(tx, "C-ann")
    assert row.armed_until == row.next_due == launch.first_touch


def test_without_temporal_the_worker_is_left_to_start_them(house: House) -> None:
    launch = enroll(house, add(house, "ann"))
    assert (launch.enrolled, launch.started) == (1, 0)
    with house.store.read() as tx:
        assert [n.stream for n in nudges.waiting(tx)] == [f"nurture/{launch.enrollment_ids[0]}"]


@pytest.mark.parametrize("act", [unsubscribe, complaint, reply])
def test_a_stop_fact_ends_it(house: House, act: Any) -> None:
    who = add(house, "ann")
    enroll(house, who)
    act(house, who, actor="test")
    assert run_of(house, "C-ann").active_enrollments == ()


def test_stopping_for_all_says_how_many(house: House) -> None:
    enroll(house, *(add(house, name) for name in ("ann", "bo", "cy")))
    assert ours.stop(house, "trial", actor="test", dry_run=True).stopped == 3
    assert ours.show(house, "trial").active == 3
    assert ours.stop(house, "trial", actor="test").stopped == 3
    view = ours.show(house, "trial")
    assert (view.active, view.ended, view.ended_because) == (0, 3, {"by_hand": 3})


def test_a_run_shows_what_comes_next(house: House) -> None:
    launch = enroll(house, add(house, "ann"))
    [one] = ours.show(house, "trial", contact="ann@them.example").runs
    assert (one.status, one.next, one.next_at) == ("active", "trial-hello", launch.first_touch)


def test_a_list_names_those_that_nobody_knows_by_their_place(house: House) -> None:
    add(house, "ann")
    file = house.config.data_dir / "list.csv"
    file.write_text("name,e-mail\nAnn,ann@them.example\nBo,bo@them.example\nCy,nonsense\n")
    launch = enroll(house, file=file)
    assert (launch.enrolled, launch.unknown) == (1, ("list.csv:3", "list.csv:4"))


def test_a_filter_means_all_who_fit(house: House) -> None:
    add(house, "ann", country="PL", facts={"persona": "ops"})
    add(house, "bo", country="PL", facts={"persona": "cook"})
    add(house, "cy", country="DE", facts={"persona": "ops"})
    where = parse_where(["country=PL,DE", "persona=OPS"])
    plan = ours.preview(house, "trial", Choice(where=where))
    assert plan.found == 2


@pytest.mark.parametrize("words", [["country"], ["=PL"], ["country="]])
def test_a_condition_that_says_nothing_is_refused(words: list[str]) -> None:
    with pytest.raises(Malformed, match="country=PL"):
        parse_where(words)


def test_a_name_that_several_playbooks_have_is_asked_for(house: House) -> None:
    with pytest.raises(Malformed, match="crm-sales/welcome, simple/welcome"):
        ours.preview(house, "welcome", Choice(contacts=["C-ann"]))
    with pytest.raises(NotFound, match='did you mean "trial"'):
        ours.preview(house, "trail", Choice(contacts=["C-ann"]))


def test_nobody_named_is_malformed(house: House) -> None:
    with pytest.raises(Malformed, match="--where"):
        ours.preview(house, "trial", Choice())


def test_a_condition_of_the_nurture_leaves_out_who_does_not_fit(house: House) -> None:
    from domain.entering import left_out
    from domain.facts import ContactFacts, Facts
    from operations.nurturing.names import find
    from store import situation

    with house.store.read() as tx:
        named = find(tx, "trial")
        rules = situation.rules_for(tx, NurtureRun(enrollment_id=""), named.playbook)
    picky = named.nurture.model_copy(update={"only_if": {"contact.persona": ["ops"]}})
    facts = Facts(now=NOW, rules=rules)
    ops = ContactFacts("C-1", consents=frozenset({"marketing"}), about={"persona": "ops"})
    assert left_out(picky, ops, None, facts) is None
    assert left_out(picky, replace(ops, about={}), None, facts) == "condition"
    assert left_out(picky, None, None, facts) == "no_contact"


def test_what_is_to_come_is_explained_with_its_rule(house: House) -> None:
    who = add(house, "ann")
    enroll(house, who)
    told = explained(house, "trial", who)
    (run,) = told.runs
    assert (run.status, told.left_out) == ("active", "already_in")
    first = run.touches[0]
    assert (first.step, first.status, first.part) == ("trial-hello", "planned", "nurture:trial")
    assert first.at is not None
    assert first.at >= NOW
    assert first.why


def test_what_a_reply_stopped_is_explained_with_what_it_would_need(house: House) -> None:
    who = add(house, "ann")
    enroll(house, who)
    reply(house, who, actor="test")
    (run,) = explained(house, "trial", who).runs
    assert run.status == "ended"
    assert run.touches[0].status == "not_made"
    assert run.touches[0].would_need


def test_who_is_in_no_series_learns_why(house: House) -> None:
    told = explained(house, "trial", add(house, "none", consent=False))
    assert (told.runs, told.left_out) == ((), "no_consent")
    assert told.why
    assert "consent" in told.why
    assert explained(house, "trial", add(house, "ann")).why is None
    with pytest.raises(NotFound):
        explained(house, "trial", "nobody@them.example")
