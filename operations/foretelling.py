"""How a thing to come is told: what will happen, and why, as people say it to each other."""

from domain.ahead import Ahead
from domain.course import PATIENCE
from domain.sentences import QUIET, day, part_name, spoken

DAYS = f"{PATIENCE.days} days"


def words_of(ahead: Ahead) -> tuple[str, str]:
    """What it is and why it is due, in words without personal data."""
    name = spoken(ahead.name)
    match ahead.what:
        case "mail" | "call" | "task":
            return f"{ahead.what} {name}", ahead.why
        case "draft":
            return f"draft {name} for the owner to approve", ahead.why
        case "missed":
            return f"{name} is missed", ahead.why
        case "skip":
            return f"{name} is skipped", ahead.why
        case "yield":
            return f"{name} waits", ahead.why
        case "wait_for":
            return f"wait for {name}", ahead.why
        case "notify":
            return f"notify {name}", ahead.why
        case "end":
            return _end(ahead)
        case "task_due":
            return _task_due(ahead)
        case "rung":
            return _rung(ahead)
        case "promise_soon" | "promise_overdue":
            return _promise(ahead)
    return _of_deal(ahead)


def _of_deal(ahead: Ahead) -> tuple[str, str]:
    quiet = QUIET.get(ahead.name, spoken(ahead.name))
    match ahead.what:
        case "flag":
            return f"counts as stagnant: {quiet}", f"{ahead.why}, if nothing happens before"
        case "wait_over":
            return "the agreed wait ends", "stagnant from then on, if nothing happens before"
        case "unflag":
            return f"no longer stagnant: {quiet}", ahead.why
        case "stuck":
            return f"{spoken(ahead.name.rpartition(':')[2])} has no date", ahead.why
        case "resume":
            return "the pause ends", "it was paused until then"
    return f"{spoken(ahead.what)} {spoken(ahead.name)}", ahead.why


def _end(ahead: Ahead) -> tuple[str, str]:
    told = f"{part_name(ahead.part)} ends" if ahead.part else "the sequence ends"
    if not ahead.patient:
        return told, "it has no further step"
    return told, f"no answer within {DAYS} of its last step"


def _task_due(ahead: Ahead) -> tuple[str, str]:
    if ahead.verb is None:
        return "a task waits", ahead.why
    said = f"{ahead.verb} {spoken(ahead.name)}"
    done = "approved" if ahead.verb == "draft" else "done"
    if not ahead.dated:
        return f"{said} waits to be {done}", "it stays on the list until then"
    return f"{said} falls away", f"unless it is {done} before"


def _rung(ahead: Ahead) -> tuple[str, str]:
    """A step of the ladder that a stagnant deal climbs."""
    if ahead.verb is None:
        return "the next notice", "the deal is stagnant"
    why = f"still stagnant {ahead.after} later" if ahead.after else "the deal is stagnant"
    if ahead.tells:
        return f"tell the {spoken(ahead.tells)} that the deal is stagnant", why
    return f"{ahead.verb} {spoken(ahead.name)}", why


def _promise(ahead: Ahead) -> tuple[str, str]:
    if ahead.due is None:
        return "a promise", ahead.why
    due = day(ahead.due)
    if ahead.what == "promise_soon":
        return f"reminder of what is promised for {due}", "it is not kept yet, a day before"
    return f"the promise for {due} is overdue", "unless it is kept before"
