"""The activity that applies a command for a deal's workflow."""

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.applying import apply_command
from activities.contract import APPLY, Fault, Receipt, Submit
from activities.crashpoints import crashpoint
from activities.faults import flag_fault, trace
from activities.timekeeping import Timekeeper
from store.database import Store
from store.errors import Unreachable


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
        crashpoint("apply.begun")
        try:
            receipt = apply_command(self.store, self.time, submit.command_id)
        except Unreachable as down:
            raise ApplicationError(down.reason, type="Unreachable") from None
        except Exception as fault:
            flag_fault(self.store, self.time, submit.deal_id, fault)
            activity.logger.error("command %s fails: %s", submit.command_id, trace(fault))
            # Only the kind of the fault: its text may quote what somebody typed.
            told = f"{type(fault).__name__} while applying {submit.command_id}"
            raise ApplicationError(told, type=Fault.APPLY, non_retryable=True) from None
        crashpoint("apply.answered")
        return receipt
