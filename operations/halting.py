"""What keeps mail back as a whole, now or as of a moment: the kill switch, a halted mailbox."""

from collections.abc import Iterable

from domain.agenda import Aggregate
from domain.deal import Deal
from domain.enrollment import Enrollment
from domain.explaining.entry import Halt, Known
from domain.facts import Facts
from domain.house_events import MailboxHalted, MailboxReleased, MailStarted, MailStopped
from domain.reactions import purpose_of
from operations.house import House
from operations.post.mail_room import STREAM
from store import ledger, people, switches
from store.database import Tx
from store.ledger import Recorded
from store.switches import HALTED, MAIL_STOPPED, Switch


def known_now(tx: Tx, house: House, state: Aggregate, facts: Facts) -> Known:
    """What keeps back the mail of this deal or nurture at present."""
    on = [_of_switch(one) for one in switches.of_mail(tx)]
    return Known(halts=_by_enrollment(tx, house, state, facts, on))


def known_then(
    tx: Tx, house: House, state: Aggregate, facts: Facts, recorded: Iterable[Recorded]
) -> Known:
    """The same as of a moment; `recorded` is what the mail room's stream held by then.

    Which mailbox serves an owner is a setting, and that of today.
    """
    return Known(_by_enrollment(tx, house, state, facts, _after(recorded)), then=True)


def of_mail_room(tx: Tx) -> list[Recorded]:
    """Everything that ever halted mail as a whole or let it go on: a few events a year."""
    return ledger.read(tx, STREAM)


def _after(recorded: Iterable[Recorded]) -> list[Halt]:
    """What still held after these events."""
    on: dict[tuple[str | None, str], Halt] = {}
    for one in recorded:
        match one.event:
            case MailStopped() as event:
                on[None, "all"] = Halt(event.at)
            case MailStarted():
                on.pop((None, "all"), None)
            case MailboxHalted() as event:
                told = Halt(event.at, event.mailbox, event.scope, event.reason)
                on[event.mailbox, event.scope] = told
            case MailboxReleased() as event:
                on = {key: halt for key, halt in on.items() if key[0] != event.mailbox}
            case _:
                pass
    return list(on.values())


def _of_switch(one: Switch) -> Halt:
    if one.name == MAIL_STOPPED:
        return Halt(one.since)
    sort, _, mailbox = one.name.partition(":")
    return Halt(one.since, mailbox, "all" if sort == HALTED else "marketing", one.reason)


def _by_enrollment(
    tx: Tx, house: House, state: Aggregate, facts: Facts, on: Iterable[Halt]
) -> dict[str, Halt]:
    """Of each enrollment that runs what keeps its mail back, the kill switch before the rest."""
    halts = sorted(on, key=lambda one: (one.mailbox is not None, one.scope))
    if not halts:
        return {}
    theirs = _owners_mailbox(tx, house, state, facts)
    found: dict[str, Halt] = {}
    for one in state.active_enrollments:
        mailbox, purpose = _goes_by(one, facts, theirs)
        first = next((halt for halt in halts if halt.keeps_back(mailbox, purpose)), None)
        if first is not None:
            found[one.enrollment_id] = first
    return found


def _goes_by(one: Enrollment, facts: Facts, theirs: str) -> tuple[str, str]:
    sequence = facts.rules.sequence(one.part, one.version)
    return sequence.mailbox or theirs, purpose_of(sequence)


def _owners_mailbox(tx: Tx, house: House, state: Aggregate, facts: Facts) -> str:
    owner_id = state.owner_id if isinstance(state, Deal) else None
    if owner_id is None or not house.outgoing.outboxes:
        return house.outgoing.serving(None, None, {})
    owner = people.load(tx, owner_id)
    return house.outgoing.serving(owner_id, owner.email if owner else None, facts.groups)
