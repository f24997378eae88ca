"""The first half of performing: what is due becomes events, and mails in the send ledger."""

from dataclasses import dataclass, replace
from typing import cast, get_args

from activities import streams
from activities.contract import Label, NextWake
from activities.crashpoints import crashpoint
from activities.labels import label_of
from activities.timekeeping import Timekeeper
from domain import deal_events as d
from domain import touch_events as e
from domain.agenda import Aggregate
from domain.ahead import NOTHING, due_of
from domain.course import Plan
from domain.deal import Deal
from domain.doubt import Policy
from domain.enrollment import Enrollment
from domain.event import Happened
from domain.evolution import moved_on
from domain.facts import Facts
from domain.limits import rank_of
from domain.nurture import NurtureRun
from domain.reactions import react
from domain.settling import Outcome, settle, settle_notice
from mail.compose import message_id
from store import sends, situation
from store.database import Store, Tx
from store.ledger import Origin
from store.sends import Send

NEVER_ARRIVED = "the attempt that was handing it over is gone"


@dataclass(frozen=True)
class Due:
    """What is to be handed over now, and when the stream is due next if that is nothing."""

    sends: list[Send]
    wake: NextWake


def plan_due(
    store: Store, time: Timekeeper, stream: str, owner: str, domain: str, tried: set[str]
) -> Due:
    """React to what is due in one transaction and say which mails are to go now.

    `tried` are those already tried in this wake-up. A mail in `data` that another attempt
    left behind becomes in doubt here, at once.
    """
    with store.write() as tx:
        state = streams.load(tx, stream, lock=True)
        facts = situation.facts_for(tx, state, time.now(), time.grace())
        state, facts = _doubt_left_behind(tx, state, facts, owner, time)
        reaction = react(state, facts)
        if any(isinstance(event, d.DealResumed) for event in reaction.events):
            sends.release(tx, state.stream, facts.now)
        for plan in reaction.plans:
            sends.plan(tx, _touch(plan, state, facts, domain))
        reaction.add(*_plan_notices(tx, reaction.state, facts, domain))
        after = reaction.state
        if reaction.events:
            streams.record(tx, state, after, reaction.events, origin(after, facts, time), NOTHING)
        ready, wake = _ready(tx, after, facts, time, tried)
        crashpoint("plan.before_commit")
    crashpoint("plan.after_commit")
    return Due(ready, wake)


def origin(state: Aggregate, facts: Facts, time: Timekeeper, actor: str = "sluice") -> Origin:
    """What happens by itself is told by the house, under the version of its rules."""
    pins = facts.rules.pins
    part = "pipeline" if "pipeline" in pins else "calendar"
    return Origin(
        actor=actor,
        recorded_at=time.wall(),
        cause="due",
        playbook_version=facts.rules.label(part, pins.get(part, 0)),
    )


def record_events(
    tx: Tx,
    state: Aggregate,
    events: list[Happened],
    facts: Facts,
    time: Timekeeper,
    actor: str = "sluice",
) -> Aggregate:
    """Append what the house, or `actor`, found out; says how the stream stands then."""
    after = moved_on(state, events)
    if events:
        streams.record(tx, state, after, events, origin(state, facts, time, actor), NOTHING)
    return after


def plan_of_send(send: Send) -> Plan:
    """The touch that a row of the send ledger stands for."""
    planned = send.slot_at or send.planned_at
    return Plan(
        touch_id=send.touch_id,
        enrollment_id=send.enrollment_id or "",
        step=send.step or "",
        template=send.template,
        contact_id=send.contact_id,
        purpose=send.purpose,
        slot_at=planned,
        opens=send.window_opens or planned,
        closes=send.window_closes or planned,
        moved=send.moved,
        rule=send.playbook_version or "",
    )


def _ready(
    tx: Tx, state: Aggregate, facts: Facts, time: Timekeeper, tried: set[str]
) -> tuple[list[Send], NextWake]:
    found = sends.open_of(tx, state.stream)
    ready = [
        one
        for one in found
        if one.touch_id not in tried and (one.not_before or one.planned_at) <= facts.now
    ]
    due = due_of(state, situation.sending(facts, found))
    if not ready:
        streams.sleep_until(tx, state.stream, due)
    label = label_of(state, facts) if not ready else Label()
    return ready, NextWake(wake_at=time.to_wall(due.at), version=state.version, label=label)


def _touch(plan: Plan, state: Aggregate, facts: Facts, domain: str) -> Send:
    one = next(x for x in state.enrollments if x.enrollment_id == plan.enrollment_id)
    return Send(
        touch_id=plan.touch_id,
        stream=state.stream,
        template=plan.template,
        purpose=plan.purpose,
        message_id=message_id(plan.touch_id, domain),
        planned_at=facts.now,
        deal_id=state.deal_id if isinstance(state, Deal) else None,
        nurture_id=state.enrollment_id if isinstance(state, NurtureRun) else None,
        contact_id=plan.contact_id,
        enrollment_id=plan.enrollment_id,
        step=plan.step,
        playbook_version=plan.rule,
        in_reply_to=message_id(one.last_touch, domain) if one.last_touch else None,
        slot_at=plan.slot_at,
        window_opens=plan.opens,
        window_closes=plan.closes,
        moved=plan.moved,
        rank=rank_of(one),
        in_doubt=_policy(one, plan.step, facts),
    )


def _policy(one: Enrollment, name: str, facts: Facts) -> Policy | None:
    step = facts.rules.sequence(one.part, one.version).step(name)
    return step.in_doubt if step is not None else None


def _plan_notices(tx: Tx, state: Aggregate, facts: Facts, domain: str) -> list[Happened]:
    """Give the send ledger what a command or a reaction wants our people to be told.

    The events are of those that the ledger turns out to have settled already.
    """
    settled: list[Happened] = []
    for event in state.to_tell:
        if sends.plan(tx, _notice(event, state, facts, domain)):
            continue
        known = sends.load(tx, event.touch_id)
        if known is not None and known.status in get_args(Outcome):
            settled.append(settle_notice(known.touch_id, cast(Outcome, known.status), facts.now))
    return settled


def _notice(event: e.Notified, state: Aggregate, facts: Facts, domain: str) -> Send:
    return Send(
        touch_id=event.touch_id,
        stream=state.stream,
        template=event.template,
        purpose="internal",
        message_id=message_id(event.touch_id, domain),
        planned_at=facts.now,
        deal_id=state.deal_id if isinstance(state, Deal) else None,
        person_id=event.person_id,
        step=event.about,
        playbook_version=facts.rules.playbook,
    )


def _doubt_left_behind(
    tx: Tx, state: Aggregate, facts: Facts, owner: str, time: Timekeeper
) -> tuple[Aggregate, Facts]:
    """Mails that an attempt now gone had begun to hand over: nobody can know, so it is said."""
    left = [
        one
        for one in sends.open_of(tx, state.stream)
        if one.status == "data" and one.owner != owner
    ]
    for one in left:
        if sends.doubt(tx, one.touch_id, NEVER_ARRIVED, time.wall()):
            events = outcome_events(state, one, "in_doubt", facts, NEVER_ARRIVED)
            state = record_events(tx, state, events, facts, time)
    gone = {one.touch_id for one in left}
    still = {key: at for key, at in facts.open_sends.items() if key not in gone}
    return state, replace(facts, open_sends=still)


def outcome_events(
    state: Aggregate,
    send: Send,
    outcome: Outcome,
    facts: Facts,
    reason: str = "",
    suppress: bool = False,
) -> list[Happened]:
    """The events that the outcome of a mail means, be it a touch or a notice to one of ours."""
    if send.person_id is not None:
        return [settle_notice(send.touch_id, outcome, facts.now, reason)]
    return settle(state, plan_of_send(send), outcome, facts, reason, suppress)
