"""What a command means for a deal: the events it makes, or the fact that speaks against it."""

from datetime import datetime
from typing import assert_never

from domain import commands as c
from domain import deal_events as d
from domain import touch_events as e
from domain.activity import ACTIVITY_KINDS
from domain.beginning import open_deal, take_over
from domain.deal import Deal
from domain.enrollment import Enrollment, Task
from domain.event import Happened
from domain.evolution import moved_on
from domain.facts import Facts
from domain.fields import field_facts
from domain.following import enrolled, outcomes, stopped
from domain.ids import new_id
from domain.moves import advance, cleared, lose, move_back, reopen, win
from domain.playbooks.words import suggestion
from domain.reactions import draft_missed
from domain.refusal import VERSION_CHANGED, NotFound, Refused


def decide(command: c.AnyCommand, deal: Deal, facts: Facts, command_id: str) -> list[Happened]:
    """The events of a command. No event: nothing to change. Raises Refused.

    `command_id` names the notes and things that the command makes; their texts stay outside.
    """
    match command:
        case c.OpenDeal():
            return open_deal(command, deal, facts)
        case c.ImportDeal():
            return take_over(command, deal, facts)
        case _ if deal.status == "none":
            raise NotFound(f"there is no deal {deal.deal_id}")
        case _ if command.if_version not in (None, deal.version):
            told = f"the deal stands at version {deal.version}, not {command.if_version}"
            raise Refused(VERSION_CHANGED, told, "if_version")
        case c.AdvanceDeal():
            return advance(command, deal, facts, command_id)
        case c.MoveBackDeal():
            return move_back(command, deal, facts)
        case c.WinDeal():
            return win(command, deal, facts, command_id)
        case c.LoseDeal():
            return lose(command, deal, facts, command_id)
        case c.ReopenDeal():
            return reopen(command, deal, facts, command_id)
        case c.ChangeDetails():
            return change_details(command, deal, facts)
        case c.LinkContact():
            return link_contact(command, deal, facts)
        case c.SetAccount():
            same = command.account_id == deal.account_id
            return [] if same else [d.AccountSet(at=facts.now, account_id=command.account_id)]
        case c.AssignOwner():
            return assign_owner(command, deal, facts)
        case c.TransferWork():
            return transfer_work(command, deal, facts)
        case _:
            return _talk(command, deal, facts, command_id)


def _talk(command: c.AnyCommand, deal: Deal, facts: Facts, command_id: str) -> list[Happened]:
    match command:
        case c.LogActivity():
            return log_activity(command, deal, facts, command_id)
        case c.RecordReply():
            return record_reply(command, deal, facts, command_id)
        case c.NoteAbsence():
            return note_absence(command, deal, facts)
        case c.MakePromise():
            return make_promise(command, deal, facts, command_id)
        case c.KeepPromise():
            return keep_promise(command, deal, facts)
        case c.AgreeWait():
            return agree_wait(command, deal, facts, command_id)
        case c.PauseDeal():
            return pause(command, deal, facts, command_id)
        case c.ResumeDeal():
            if deal.paused_at is None:
                raise Refused("not_paused", "the deal is not paused")
            return [d.DealResumed(at=facts.now)]
        case _:
            return _work(command, deal, facts)


def _work(command: c.AnyCommand, deal: Deal, facts: Facts) -> list[Happened]:
    match command:
        case c.FinishTask():
            return finish_task(command, deal, facts)
        case c.DropTask():
            return drop_task(command, deal, facts)
        case c.EnrollDeal():
            _must_be_open(deal)
            return enrolled(deal, f"cadence:{command.cadence}", "by_hand", facts)
        case c.StopEnrollments():
            only = command.part or ""
            return stopped(deal, command.reason, facts, command.contact_id, only)
        case c.SeeEvent():
            return see_event(command, deal, facts)
        case c.RaiseAttention():
            if deal.attention:
                return []
            return [d.AttentionRaised(at=facts.now, reason=command.reason)]
        case c.ClearAttention():
            return [d.AttentionCleared(at=facts.now)] if deal.attention else []
        case (
            c.OpenDeal()
            | c.ImportDeal()
            | c.AdvanceDeal()
            | c.MoveBackDeal()
            | c.WinDeal()
            | c.LoseDeal()
            | c.ReopenDeal()
            | c.ChangeDetails()
            | c.LinkContact()
            | c.SetAccount()
            | c.AssignOwner()
            | c.TransferWork()
            | c.LogActivity()
            | c.RecordReply()
            | c.NoteAbsence()
            | c.MakePromise()
            | c.KeepPromise()
            | c.AgreeWait()
            | c.PauseDeal()
            | c.ResumeDeal()
        ):
            raise AssertionError("decided above")
        case _:
            assert_never(command)


def change_details(command: c.ChangeDetails, deal: Deal, facts: Facts) -> list[Happened]:
    """Details said anew; only what differs makes an event (texts always count as changed)."""
    plain = ("amount", "currency", "product", "source", "expected_close")
    given = {name: getattr(command, name) for name in plain if name in command.model_fields_set}
    changed = [name for name, value in given.items() if value != getattr(deal, name)]
    changed += ["title"] if command.title is not None else []
    fields = field_facts(command.fields, facts.rules.pinned.fields)
    changed += [f"fields.{name}" for name in fields]
    if not changed:
        return []
    kept = {name: value for name, value in given.items() if name in changed}
    return [d.DetailsChanged(at=facts.now, changed=changed, fields=fields, **kept)]


def link_contact(command: c.LinkContact, deal: Deal, facts: Facts) -> list[Happened]:
    """A contact joins; it must be known."""
    _must_know_contact(command.contact_id, facts)
    if any(p == c.Party(**command.model_dump(exclude={"kind"})) for p in deal.contacts):
        return []
    return [d.ContactLinked(at=facts.now, contact_id=command.contact_id, role=command.role)]


def assign_owner(command: c.AssignOwner, deal: Deal, facts: Facts) -> list[Happened]:
    """Another owner; must be a known person."""
    _must_know_person(command.owner_id, facts)
    if command.owner_id == deal.owner_id:
        return []
    return [d.OwnerAssigned(at=facts.now, owner_id=command.owner_id, because="by_hand")]


def transfer_work(command: c.TransferWork, deal: Deal, facts: Facts) -> list[Happened]:
    """What one person has to do in the deal goes to another, who must be known."""
    _must_know_person(command.to_id, facts)
    if command.from_id == command.to_id or not has_work(deal, command.from_id):
        return []
    return [d.WorkTransferred(at=facts.now, from_id=command.from_id, to_id=command.to_id)]


def has_work(deal: Deal, person_id: str) -> bool:
    """Whether the person owns the deal, a promise or an open task in it."""
    promised = any(one.owner_id == person_id for one in deal.promises)
    return (
        promised
        or deal.owner_id == person_id
        or any(task.for_id == person_id for task in deal.tasks)
    )


def log_activity(
    command: c.LogActivity, deal: Deal, facts: Facts, command_id: str
) -> list[Happened]:
    """Something was done; may stop sequences and clear stagnation."""
    if command.activity == "reply":
        said = command.model_dump(include={"contact_id", "at", "note"})
        return record_reply(c.RecordReply(channel="other", **said), deal, facts, command_id)
    if command.activity not in ACTIVITY_KINDS:
        told = f'"{command.activity}" is no activity'
        raise Refused("unknown_activity", told + suggestion(command.activity, ACTIVITY_KINDS))
    _must_know_contact(command.contact_id, facts)
    logged = d.ActivityLogged(
        at=facts.reported(command.at),
        activity=command.activity,
        contact_id=command.contact_id,
        note_id=command_id if command.note else None,
    )
    events: list[Happened] = [logged]
    events += stopped(deal, command.activity, facts)
    return events + cleared(deal, command.activity, facts, logged.at)


def record_reply(
    command: c.RecordReply, deal: Deal, facts: Facts, command_id: str
) -> list[Happened]:
    """They answered: what runs stops, an agreed wait is over, what the playbook wants follows."""
    _must_know_contact(command.contact_id, facts)
    said = d.ReplyRecorded(
        at=facts.reported(command.at),
        channel=command.channel,
        contact_id=command.contact_id,
        note_id=command_id if command.note else None,
    )
    events: list[Happened] = [said, *stopped(deal, "reply", facts)]
    if deal.wait_until is not None:
        events.append(d.WaitOver(at=facts.now, overdue=False))
    events += cleared(deal, "reply", facts, said.at)
    for one in deal.active_enrollments:
        wanted = facts.rules.sequence(one.part, one.version).if_answered
        after = moved_on(deal, events)
        events += outcomes(after, wanted, f"{one.part}:answered", facts)
    return events


def note_absence(command: c.NoteAbsence, deal: Deal, facts: Facts) -> list[Happened]:
    """A machine answered: never a reply; a return date moves the next steps."""
    _must_know_contact(command.contact_id, facts)
    back = command.back_at
    events: list[Happened] = [
        d.AbsenceNoted(at=facts.now, contact_id=command.contact_id, back_at=back)
    ]
    if back is None or back <= facts.now:
        return events
    for one in deal.active_enrollments:
        sequence = facts.rules.sequence(one.part, one.version)
        aside = command.contact_id and one.contact_id not in (None, command.contact_id)
        if sequence.out_of_office == "wait_until_back" and not aside:
            events += _parked(one, back, "out_of_office", facts)
    return events


def _parked(one: Enrollment, until: datetime, reason: str, facts: Facts) -> list[Happened]:
    """An enrollment waits; a longer wait for another reason stands."""
    if one.parked_until and one.parked_until >= until and one.parked_because != reason:
        return []
    its_id = one.enrollment_id
    return [e.EnrollmentParked(at=facts.now, enrollment_id=its_id, until=until, reason=reason)]


def make_promise(
    command: c.MakePromise, deal: Deal, facts: Facts, command_id: str
) -> list[Happened]:
    """A promise with a date that lies ahead."""
    if deal.status == "lost":
        raise Refused("deal_closed", "the deal is lost; reopen it first")
    if command.due_at <= facts.now:
        raise Refused("in_the_past", "a promise needs a date that lies ahead", "due_at")
    _must_know_person(command.owner_id, facts)
    made = d.PromiseMade(
        at=facts.now,
        promise_id=new_id("PR", deal.deal_id, command_id),
        owner_id=command.owner_id or deal.owner_id,
        due_at=command.due_at,
        note_id=command_id,
    )
    return [made]


def keep_promise(command: c.KeepPromise, deal: Deal, facts: Facts) -> list[Happened]:
    """A promise was kept; it must be open."""
    if all(p.promise_id != command.promise_id for p in deal.promises):
        raise NotFound(f"there is no open promise {command.promise_id}", "promise_id")
    kept = d.PromiseKept(at=facts.now, promise_id=command.promise_id)
    return [kept, *cleared(deal, "promise_kept", facts)]


def agree_wait(command: c.AgreeWait, deal: Deal, facts: Facts, command_id: str) -> list[Happened]:
    """Silence is agreed: what runs is parked until the date, nothing counts as stagnant."""
    _must_be_open(deal)
    if command.until <= facts.now:
        raise Refused("in_the_past", "a wait needs a date that lies ahead", "until")
    note = command_id if command.note else None
    events: list[Happened] = [d.WaitAgreed(at=facts.now, until=command.until, note_id=note)]
    for one in deal.active_enrollments:
        events += _parked(one, command.until, "expected_wait", facts)
    return events + cleared(deal, "wait", facts)


def pause(command: c.PauseDeal, deal: Deal, facts: Facts, command_id: str) -> list[Happened]:
    """Touches wait; pausing again moves the date."""
    if command.until is not None and command.until <= facts.now:
        raise Refused("in_the_past", "a pause needs an end that lies ahead", "until")
    note = command_id if command.note else None
    return [d.DealPaused(at=facts.now, until=command.until, note_id=note)]


def finish_task(command: c.FinishTask, deal: Deal, facts: Facts) -> list[Happened]:
    """A task is done; a call that was made may stop sequences and clears stagnation."""
    task = _task(deal, command.task_id)
    events: list[Happened] = [e.TaskDone(at=facts.now, task_id=task.task_id)]
    if task.verb != "call":
        return events
    after = moved_on(deal, events)
    return events + stopped(after, "call", facts) + cleared(deal, "call", facts)


def drop_task(command: c.DropTask, deal: Deal, facts: Facts) -> list[Happened]:
    """A task falls away; a draft dropped is a touch missed, with that reason."""
    task = _task(deal, command.task_id)
    events: list[Happened] = [e.TaskDropped(at=facts.now, task_id=task.task_id, reason="discarded")]
    if task.verb == "draft" and task.enrollment_id is not None:
        after = moved_on(deal, events)
        one = next(x for x in after.enrollments if x.enrollment_id == task.enrollment_id)
        events.append(draft_missed(after, one, "the draft was discarded", facts))
    return events


def see_event(command: c.SeeEvent, deal: Deal, facts: Facts) -> list[Happened]:
    """An event of the contact: stops what waits for nobody else."""
    seen = e.EventSeen(at=facts.now, name=command.name, contact_id=command.contact_id)
    return [seen, *stopped(deal, command.name, facts, command.contact_id)]


def _task(deal: Deal, task_id: str) -> Task:
    task = deal.task(task_id)
    if task is None:
        raise NotFound(f"there is no open task {task_id}", "task_id")
    return task


def _must_know_contact(contact_id: str | None, facts: Facts) -> None:
    if contact_id is not None and contact_id not in facts.contacts:
        raise NotFound(f"there is no contact {contact_id}", "contact_id")


def _must_know_person(person_id: str | None, facts: Facts) -> None:
    if person_id is not None and person_id not in facts.people:
        raise NotFound(f"there is no person {person_id}", "owner_id")


def _must_be_open(deal: Deal) -> None:
    if not deal.open:
        raise Refused("deal_closed", f"the deal is {deal.status}")
