"""Gates: what a deal still lacks before it may pass into a stage."""

from datetime import datetime
from decimal import Decimal, InvalidOperation

from domain.deal import Deal
from domain.playbooks.playbook import Gate, Pipeline


def unmet(gate: Gate | None, deal: Deal, now: datetime) -> list[str]:
    """What the gate still wants, in plain words; empty when it is open."""
    if gate is None:
        return []
    lacking = [f"wants {_words(name)} filled in" for name in gate.filled if not _filled(deal, name)]
    lacking += [f"wants {_words(kind)} logged" for kind in gate.done if kind not in deal.done]
    lacking += [
        f"wants {_words(name)} of at least {least}"
        for name, least in gate.at_least.items()
        if _amount(deal, name) < least
    ]
    if gate.any_of and not any(kind in deal.done for kind in gate.any_of):
        lacking.append(f"wants {' or '.join(_words(kind) for kind in gate.any_of)} logged")
    if gate.next_step == "required" and not has_next_step(deal, now):
        lacking.append("wants an agreed next step: a promise, a task or a wait with a date")
    return lacking


def unmet_on_the_way(
    pipeline: Pipeline, deal: Deal, to: str, now: datetime
) -> list[tuple[str, list[str]]]:
    """For each stage behind the deal's own up to `to`, what its gate wants; open ones left out."""
    start = pipeline.index(deal.stage) if deal.stage in pipeline.names else -1
    between = pipeline.names[start + 1 : pipeline.index(to) + 1]
    found = [(name, unmet(pipeline.stage(name).to_enter, deal, now)) for name in between]
    return [(name, lacking) for name, lacking in found if lacking]


def has_next_step(deal: Deal, now: datetime) -> bool:
    """Whether something is agreed for the future: a promise, a task, or a wait until a date."""
    ahead = [promise.due_at for promise in deal.promises] + [task.due_at for task in deal.tasks]
    ahead += [deal.wait_until] if deal.wait_until else []
    return any(at > now for at in ahead)


def _words(name: str) -> str:
    """A name in quotes: playbooks call fields as they like, "agrees there is a pain" too."""
    return f'"{name.replace("_", " ")}"'


def _filled(deal: Deal, name: str) -> bool:
    fact = deal.fields.get(name)
    return fact is not None and fact.filled


def _amount(deal: Deal, name: str) -> Decimal:
    """The number of entries of a list field, or the value of a single number."""
    fact = deal.fields.get(name)
    if fact is None or not fact.filled:
        return Decimal(0)
    if fact.count > 1 or fact.value is None:
        return Decimal(fact.count)
    try:
        return max(Decimal(fact.value), Decimal(fact.count))
    except InvalidOperation:
        return Decimal(fact.count)
