"""Why a contact got each mail of a series, or did not, or is not in it at all."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from domain.refusal import NotFound
from operations import contacts as our_contacts
from operations import halting
from operations.deal_view import View
from operations.desk import reaching
from operations.history import Reason, reasons
from operations.house import House
from operations.nurturing.entry import in_words, sort_out
from operations.nurturing.names import find
from store import ledger, nurtures, situation
from store.database import Tx
from store.nurtures import NurtureRow


class RunExplained(View):
    """One time that the contact was in the series: its touches, the past first."""

    enrollment_id: str
    version: int
    status: str
    started_at: datetime
    touches: tuple[Reason, ...]


class NurtureExplanation(View):
    """Every time that a contact was in a series, the newest first, and whether it may enter now.

    `left_out` says why it may not, a stable word; None when it would be let in.
    """

    playbook: str
    nurture: str
    contact_id: str
    runs: tuple[RunExplained, ...]
    left_out: str | None
    why: str | None


def explained(house: House, name: str, contact: str, *, zone: tzinfo = UTC) -> NurtureExplanation:
    """Why each touch of the series to a contact (id or address) was made or was not.

    Moments in the sentences are told in `zone`. Raises NotFound.
    """
    with reaching("the database"), house.store.read() as tx:
        named = find(tx, name)
        its_id = our_contacts.find(tx, house, contact).contact_id
        rows = [
            row
            for row in nurtures.of_contact(tx, its_id)
            if (row.playbook, row.part) == (named.playbook, named.part)
        ]
        out = sort_out(tx, house, named, [its_id], "by_hand").left_out
        reason = out[0].reason if out else None
        return NurtureExplanation(
            playbook=named.playbook,
            nurture=named.name,
            contact_id=its_id,
            runs=tuple(_run(tx, house, row, zone) for row in rows),
            left_out=reason,
            why=in_words(reason) if reason else None,
        )


def _run(tx: Tx, house: House, row: NurtureRow, zone: tzinfo) -> RunExplained:
    run = nurtures.load(tx, row.enrollment_id)
    if run is None:
        raise NotFound(f"there is no nurture {row.enrollment_id}")
    facts = situation.facts_for(tx, run, house.time.now(), house.time.grace())
    recorded: Sequence[ledger.Recorded] = ledger.read(tx, run.stream)
    return RunExplained(
        enrollment_id=row.enrollment_id,
        version=row.part_version,
        status=row.status,
        started_at=row.started_at,
        touches=tuple(
            reasons(tx, run, facts, recorded, zone, halting.known_now(tx, house, run, facts))
        ),
    )
