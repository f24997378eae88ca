"""How a deal or nurture reads in Temporal's own pages: a sentence, and what to filter by."""

from activities.contract import Label
from domain.agenda import Aggregate, agenda
from domain.course import Item
from domain.deal import Deal
from domain.facts import Facts


def label_of(state: Aggregate, facts: Facts) -> Label:
    """Stage, owner, playbook, stagnation and a sentence; ids only, no names."""
    items = agenda(state, facts)
    upcoming = next((item for item in items if item.at is not None), None)
    if not isinstance(state, Deal):
        return Label(playbook=state.playbook, details=_next(upcoming, state, facts))
    parts = [state.stage, _standing(state, facts), _next(upcoming, state, facts)]
    return Label(
        stage=state.stage,
        owner=state.owner_id or "",
        playbook=state.playbook,
        stagnant=bool(state.flags),
        details=", ".join(part for part in parts if part),
    )


def _standing(deal: Deal, facts: Facts) -> str:
    if deal.status in ("won", "lost"):
        return deal.status
    since = deal.stage_entered_at or facts.now
    days = (facts.now - since).days
    said = [f"{days} day{'' if days == 1 else 's'} in stage"]
    said += ["paused"] if deal.paused_at else []
    said += ["needs attention"] if deal.attention else []
    said += ["stagnant"] if deal.flags else []
    return ", ".join(said)


def _next(item: Item | None, state: Aggregate, facts: Facts) -> str:
    if item is None or item.at is None:
        return "nothing due"
    hours = facts.person_hours(state.owner_id if isinstance(state, Deal) else None)
    local = item.at.astimezone(hours.zone)
    name = _NAMES.get(item.what, item.name).replace("_", " ")
    return f"{name} due {local:%a %d %b %H:%M}"


_NAMES = {"task_due": "task", "end": "last answer"}
"""Items whose own names would not read well in a sentence."""
