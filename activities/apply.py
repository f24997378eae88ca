"""The activity that applies a command for a deal's workflow."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.applying import apply_command
from activities.contract import APPLY, Fault, Receipt, Submit
from activities.timekeeping import Timekeeper
from domain.agenda import next_due
from domain.commands import RaiseAttention
from domain.deal import Deal
from domain.decisions import decide
from domain.evolution import moved_on
from store import deals, situation
from store.database import Store
from store.errors import Unreachable
from store.ledger import Origin


class Registrar:
    """Applies commands. A database that is down is tried again; a fault of ours is named."""

    def __init__(self, store: Store, time: Timekeeper) -> None:
        self.store = store
        self.time = time

    # An attempt that ran out of time goes on to its end: what it commits, the next one finds.
    # An exception thrown into its thread would look like a fault of ours.
    @activity.defn(name=APPLY, no_thread_cancel_exception=True)
    def apply(self, submit: Submit) -> Receipt:
        """Decide and record the command, once, however often it is called."""
        try:
            receipt = apply_command(self.store, self.time, submit.command_id)
        except Unreachable as down:
            raise ApplicationError(down.reason, type="Unreachable") from None
        except Exception as fault:
            flag_fault(self.store, self.time, submit.deal_id, fault)
            # Only the kind of the fault: its text may quote what somebody typed.
            told = f"{type(fault).__name__} while applying {submit.command_id}"
            activity.logger.exception("apply failed", extra={"command_id": submit.command_id})
            raise ApplicationError(told, type=Fault.APPLY, non_retryable=True) from None
        return receipt


def flag_fault(store: Store, time: Timekeeper, deal_id: str, fault: Exception) -> None:
    """Ask for a person's attention on the deal, which holds its mail; best effort."""
    try:
        with store.write() as tx:
            deals.lock(tx, deal_id)
            deal = deals.load(tx, deal_id)
            if deal is None:
                return
            facts = situation.facts_for(tx, deal, time.now(), time.grace())
            asked = RaiseAttention(reason=f"fault: {type(fault).__name__}")
            events = decide(asked, deal, facts, "")
            origin = Origin(actor="sluice", recorded_at=time.wall(), cause="fault")
            after: Deal = moved_on(deal, events)
            if events:
                deals.record(tx, deal, after, events, origin, next_due(after, facts))
    except Exception:
        activity.logger.exception("the fault could not be flagged")
