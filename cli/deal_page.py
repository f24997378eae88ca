"""Everything about a deal, laid out for a terminal."""

from typing import TYPE_CHECKING

from cli.telling import plan, when

if TYPE_CHECKING:
    from operations.deal_view import DealView


def page(deal: "DealView") -> str:
    """The deal with all that is known, and what comes next."""
    amount = f", {deal.amount} {deal.currency or ''}".rstrip() if deal.amount is not None else ""
    head = f"{deal.title or '(title erased)'}  {deal.deal_id}  version {deal.version}"
    standing = [deal.status if deal.status != "open" else deal.stage]
    standing += [deal.stage] if deal.status != "open" else []
    standing += [deal.lost_reason] if deal.lost_reason else []
    standing += ["paused"] if deal.paused else []
    standing += [f"stagnant: {', '.join(deal.stagnant)}"] if deal.stagnant else []
    standing += [f"needs attention: {deal.attention}"] if deal.attention else []
    facts = [
        ("stands", ", ".join(standing) + amount),
        ("playbook", deal.playbook),
        ("owner", (deal.owner.name or deal.owner.id) if deal.owner else "nobody"),
        ("account", deal.account.name if deal.account else None),
        ("contacts", ", ".join(f"{one.name or one.email or one.contact_id} ({one.role})"
                               for one in deal.contacts) or "nobody to write to"),
        ("blind copy", deal.blind_copy),
        ("product", deal.product),
        ("since", when(deal.stage_entered_at)),
        ("waits until", when(deal.wait_until) if deal.wait_until else None),
        ("paused until", when(deal.paused_until) if deal.paused_until else None),
        ("our turn", f"since {when(deal.our_turn_since)}" if deal.our_turn_since else None),
        *((name.replace("_", " "), value) for name, value in deal.fields.items()),
        ("next gate", _gate(deal)),
        *(("promise", f"{one.what or one.promise_id}, due {when(one.due_at)}"
           + (", overdue" if one.overdue else "")) for one in deal.promises),
        *(("task", f"{one.verb} {one.name}, due {when(one.due_at)}  {one.task_id}")
          for one in deal.tasks),
        *(("runs", f"{one.kind} {one.sequence}, step {one.step + 1} of {one.steps}")
          for one in deal.sequences if one.status == "active"),
        *(("ask", prompt) for prompt in deal.prompts),
    ]  # fmt: skip
    lines = [f"  {name:<13}{value}" for name, value in facts if value]
    return "\n".join([head, *lines, "", plan(deal.next)])


def _gate(deal: "DealView") -> str | None:
    gate = deal.next_gate
    if gate is None:
        return None
    return f"{gate.stage} {', '.join(gate.wants)}" if gate.wants else f"{gate.stage} is open"
