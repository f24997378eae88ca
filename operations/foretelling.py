"""How a thing to come is told: what will happen, and why, as people say it to each other."""

from domain.agenda import Aggregate
from domain.course import PATIENCE, Item
from domain.deal import Deal
from domain.enrollment import Task
from domain.facts import Facts
from domain.sentences import QUIET, day, part_name, spoken

DAYS = f"{PATIENCE.days} days"


def words_of(item: Item, state: Aggregate, facts: Facts) -> tuple[str, str]:
    """What the item is and why it is due, in words without personal data."""
    name = spoken(item.name)
    match item.what:
        case "mail" | "call" | "task":
            return f"{item.what} {name}", item.why
        case "draft":
            return f"draft {name} for the owner to approve", item.why
        case "missed":
            return f"{name} is missed", item.why
        case "skip":
            return f"{name} is skipped", item.why
        case "yield":
            return f"{name} waits", item.why
        case "wait_for":
            return f"wait for {name}", item.why
        case "notify":
            return f"notify {name}", item.why
        case "end":
            return _end(item, state)
        case "task_due":
            return _task_due(item, state)
        case "rung":
            return _rung(state, facts)
        case "promise_soon" | "promise_overdue":
            return _promise(item, state, facts)
    return _of_deal(item)


def _of_deal(item: Item) -> tuple[str, str]:
    quiet = QUIET.get(item.name, spoken(item.name))
    match item.what:
        case "flag":
            return f"counts as stagnant: {quiet}", f"{item.why}, if nothing happens before"
        case "wait_over":
            return "the agreed wait ends", "stagnant from then on, if nothing happens before"
        case "unflag":
            return f"no longer stagnant: {quiet}", item.why
        case "stuck":
            return f"{spoken(item.name.rpartition(':')[2])} has no date", item.why
        case "resume":
            return "the pause ends", "it was paused until then"
    return f"{spoken(item.what)} {spoken(item.name)}", item.why


def _end(item: Item, state: Aggregate) -> tuple[str, str]:
    found = (one for one in state.enrollments if one.enrollment_id == item.enrollment_id)
    one = next(found, None)
    if one is None:
        return "the sequence ends", "it has no further step"
    told = f"{part_name(one.part)} ends"
    if not one.part.startswith("cadence:") or item.at == one.anchor_at:
        return told, "it has no further step"
    return told, f"no answer within {DAYS} of its last step"


def _task_due(item: Item, state: Aggregate) -> tuple[str, str]:
    task: Task | None = next((one for one in state.tasks if one.task_id == item.name), None)
    if task is None:
        return "a task waits", item.why
    said, done = f"{task.verb} {spoken(task.name)}", "done"
    if task.verb == "draft":
        done = "approved"
    if item.at is None:
        return f"{said} waits to be {done}", "it stays on the list until then"
    return f"{said} falls away", f"unless it is {done} before"


def _rung(state: Aggregate, facts: Facts) -> tuple[str, str]:
    """A step of the ladder that a stagnant deal climbs."""
    limits = facts.rules.limits
    if not isinstance(state, Deal) or limits is None or state.rung >= len(limits.then):
        return "the next notice", "the deal is stagnant"
    step = limits.then[state.rung]
    why = f"still stagnant {step.after.low} later" if step.after else "the deal is stagnant"
    if step.notify:
        return f"tell the {spoken(step.notify)} that the deal is stagnant", why
    return f"{step.verb} {spoken(step.name)}", why


def _promise(item: Item, state: Aggregate, facts: Facts) -> tuple[str, str]:
    promises = state.promises if isinstance(state, Deal) else ()
    one = next((one for one in promises if one.promise_id == item.name), None)
    if one is None:
        return "a promise", item.why
    zone = facts.person_hours(one.owner_id or getattr(state, "owner_id", None)).zone
    due = day(one.due_at.astimezone(zone))
    if item.what == "promise_soon":
        return f"reminder of what is promised for {due}", "it is not kept yet, a day before"
    return f"the promise for {due} is overdue", "unless it is kept before"
