"""What comes to a deal of the playbook `boats`: commands, right, wrong and odd, and its mails."""

from dataclasses import dataclass
from datetime import datetime

from hypothesis import strategies as st

from domain import commands as c
from domain.course import Plan
from domain.limits import Held
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
