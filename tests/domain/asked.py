"""What comes to a deal of the playbook `boats`: commands, right, wrong and odd, and its mails."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from domain import commands as c
from domain.course import DOWNTIME, Plan
from domain.deal import Deal
from domain.event import Happened
from domain.facts import ContactFacts, Facts
from domain.limits import Held
from domain.settling import postponed
from tests.domain.test_moves import FIELDS

STAGES = ("hello", "visit", "offer", "deck", "afloat", "moored", "nowhere")
MOVES: st.SearchStrategy[c.AnyCommand] = st.sampled_from(
    [
        *(c.AdvanceDeal(stage=stage) for stage in STAGES),
        *(c.AdvanceDeal(stage=stage, override="because") for stage in STAGES[:4]),
        *(c.MoveBackDeal(stage=stage) for stage in STAGES[:3]),
        c.WinDeal(),
        c.WinDeal(override="because"),
        *(c.LoseDeal(reason=reason) for reason in ("price", "not_a_fit", "moon")),
        *(c.ReopenDeal(stage=stage) for stage in (None, None, "deck", "afloat")),
    ]
)
TALK: st.SearchStrategy[c.AnyCommand] = st.sampled_from(
    [
        *(c.LogActivity(activity=one) for one in ("call", "meeting", "note", "email", "golf")),
        c.LogActivity(activity="meeting_booked"),
        c.LogActivity(activity="contract_signed"),
        c.RecordReply(),
        c.RecordReply(contact_id="C-2", channel="phone"),
        c.NoteAbsence(),
        c.ChangeDetails(fields=dict(FIELDS)),
        c.TransferWork(from_id="P-1", to_id="P-2"),
        c.TransferWork(from_id="P-2", to_id="P-1"),
        c.TransferWork(from_id="P-1", to_id="P-9"),
        *(c.AssignOwner(owner_id=who) for who in ("P-1", "P-2", "P-9")),
        *(c.LinkContact(contact_id=who) for who in ("C-1", "C-2", "C-9")),
        c.StopEnrollments(reason="opt_out"),
        c.StopEnrollments(reason="full_moon"),
        c.SeeEvent(name="deal_opened", contact_id="C-1"),
        c.RaiseAttention(reason="fault"),
    ]
)
FATES = ("sent", "sent", "sent", "sent", "refused", "bounced", "in_doubt", "later", "too_large")


@dataclass
class Sending:
    """A row of the send ledger."""

    plan: Plan
    not_before: datetime
    held: Held | None = None
    outcome: str | None = None
    cleared_up: bool = False

    def move(self, deal: Deal, facts: Facts) -> Happened:
        """What an outage swallowed gets a slot of its own, no earlier than now."""
        later = postponed(deal, self.plan, facts)
        assert later is not None
        event, plan = later
        assert facts.now <= plan.slot_at <= plan.closes
        assert (plan.touch_id, plan.contact_id) == (self.plan.touch_id, self.plan.contact_id)
        self.plan, self.not_before = plan, plan.slot_at
        self.held = Held(DOWNTIME, plan.slot_at)
        return event


def holding(hold: str, until: datetime, days: float) -> c.AnyCommand:
    """What keeps a deal from going on until then."""
    asked: dict[str, c.AnyCommand] = {
        "away": c.NoteAbsence(back_at=until),
        "wait": c.AgreeWait(until=until),
        "pause": c.PauseDeal(until=until if days > 1 else None),
        "promise": c.MakePromise(due_at=until, what="x"),
    }
    return asked[hold]


def changed(known: ContactFacts, what: str) -> ContactFacts:
    """The contact after it opted out, was suppressed, took back its consent, or none of it."""
    told: dict[str, Any] = {"opted_out": frozenset(), "suppressed": None}
    told["consents"] = frozenset() if what == "no_consent" else frozenset({"marketing"})
    told |= {"opted_out": frozenset({"*"})} if what == "opt_out" else {}
    told |= {"suppressed": "hard_bounce"} if what == "suppressed" else {}
    return replace(known, **told)
