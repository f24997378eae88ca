"""What has happened in the demo world: sixty deals and what became of each, told backwards.

Every fate is a few commands at so many days before "now"; the mails between them are sent by the
same code that sends them afterwards. Days are counted in elapsed days, moments in UTC.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from domain import commands as c
from operations.demonstration.people import PRODUCTS, REPS, Guest
from operations.demonstration.rehearsal import Scene

LONGEST_AGO = timedelta(days=200)
"""How far back the oldest deal of the world began."""

Fate = Callable[[float], Iterator[tuple[float, c.AnyCommand]]]
"""From the days ago that a deal was opened to (days ago, command) after the opening."""


def scenes(now: datetime, staff: dict[str, str], guests: list[Guest]) -> list[Scene]:
    """The whole past as scenes, up to `now`."""
    found: list[Scene] = []
    for number, (ago, fate) in enumerate(_FATES):
        play = f"demo-{number:02}"
        guest, owner = guests[number], staff[REPS[number % len(REPS)]]
        opened = _opening(number, guest, owner, with_contact=fate is not _nobody)
        steps = [(ago, opened), *fate(ago)]
        for step, (days, command) in enumerate(steps):
            at = now - timedelta(days=days) + timedelta(minutes=7 * (number % 9))
            found.append(Scene(min(at, now), step, play, _meant(command, guest)))
    return found


def _opening(number: int, guest: Guest, owner: str, with_contact: bool) -> c.OpenDeal:
    product, price = PRODUCTS[number % len(PRODUCTS)]
    return c.OpenDeal(
        title=f"{product} for {guest.company}",
        amount=Decimal(price) * (1 + number % 3),
        currency="EUR" if number % 4 else "GBP",
        product=product,
        source=("referral", "website", "fair", "cold")[number % 4],
        contacts=[c.Party(contact_id=guest.contact_id)] if with_contact else [],
        owner_id=owner,
        playbook="simple",
    )


def _meant(command: c.AnyCommand, guest: Guest) -> c.AnyCommand:
    """The command with its contact filled in."""
    if "contact_id" in type(command).model_fields and not isinstance(command, c.LinkContact):
        return command.model_copy(update={"contact_id": guest.contact_id})
    return command


def _chasing(ago: float) -> Iterator[tuple[float, c.AnyCommand]]:
    """Nobody has answered yet: the cadence runs."""
    yield from ()


def _nobody(ago: float) -> Iterator[tuple[float, c.AnyCommand]]:
    """A deal without a contact: nobody to write to."""
    yield from ()


def _called(ago: float) -> Iterator[tuple[float, c.AnyCommand]]:
    """The rep called and left a note; the cadence goes on."""
    yield ago - 2, c.LogActivity(activity="call", note="Left a message with reception.")


def _answered(ago: float) -> Iterator[tuple[float, c.AnyCommand]]:
    """They answered a follow-up and nobody has written back: our turn."""
    yield min(4.6, ago / 2), c.RecordReply(channel="email", note="Could we talk next week?")


def _talking(ago: float) -> Iterator[tuple[float, c.AnyCommand]]:
    """An answer, a meeting, and on to the next stage."""
    yield ago * 0.7, c.RecordReply(channel="email", note="Yes, we are looking at this now.")
    yield ago * 0.62, c.LogActivity(activity="meeting", note="They want it before the season.")
    yield ago * 0.6, c.AdvanceDeal(stage="contacted")


def _proposed(ago: float) -> Iterator[tuple[float, c.AnyCommand]]:
    """A proposal is out, and something is promised."""
    yield from _talking(ago)
    yield ago * 0.42, c.ChangeDetails(fields={"budget": "15000", "need": "Fewer phone calls"})
    yield ago * 0.4, c.AdvanceDeal(stage="proposal")
    yield ago * 0.4, c.LogActivity(activity="proposal_sent")
    yield 1.5, c.LogActivity(activity="call", note="They compare us with one other.")


def _negotiating(ago: float) -> Iterator[tuple[float, c.AnyCommand]]:
    """Close to a yes or a no."""
    yield from _proposed(ago)
    yield 1.2, c.AdvanceDeal(stage="negotiation")


def _quiet(ago: float) -> Iterator[tuple[float, c.AnyCommand]]:
    """They talked once, and then nothing: stagnant, or about to be."""
    yield ago * 0.9, c.RecordReply(channel="phone", note="Interested, call back.")
    yield ago * 0.88, c.LogActivity(activity="call")
    yield ago * 0.87, c.AdvanceDeal(stage="contacted")


def _paused(ago: float) -> Iterator[tuple[float, c.AnyCommand]]:
    """Held back by a person."""
    yield ago * 0.5, c.PauseDeal(note="Their office is moving house.")


def _won(ago: float) -> Iterator[tuple[float, c.AnyCommand]]:
    """Bought after a proposal; the welcome series runs, or has run."""
    yield from _talking(ago)
    yield ago * 0.4, c.ChangeDetails(fields={"budget": "22000"})
    yield ago * 0.38, c.AdvanceDeal(stage="proposal")
    yield ago * 0.12, c.WinDeal(reason="Signed")


def _lost_for(reason: str) -> Fate:
    def lost(ago: float) -> Iterator[tuple[float, c.AnyCommand]]:
        """No sale, for a declared reason."""
        yield ago * 0.995, c.LoseDeal(reason=reason)

    return lost


def _left(ago: float) -> Iterator[tuple[float, c.AnyCommand]]:
    """Asked not to be written to; what ran has ended."""
    yield ago * 0.5, c.StopEnrollments(reason="opt_out")


_FATES: tuple[tuple[float, Fate], ...] = (
    *((0.15 * n + 0.05, _chasing) for n in range(6)),
    *((1.3 * n + 1.7, _chasing) for n in range(12)),
    *((3.1 * n + 6.3, _called) for n in range(4)),
    *((2.2 * n + 9.4, _answered) for n in range(4)),
    *((4.0 * n + 12.0, _talking) for n in range(6)),
    *((5.0 * n + 14.0, _proposed) for n in range(5)),
    *((6.0 * n + 18.0, _negotiating) for n in range(3)),
    *((1.4 * n + 6.9, _quiet) for n in range(4)),
    (12.5, _nobody),
    (9.5, _paused),
    (16.0, _left),
    (21.0, _won),
    (45.0, _won),
    (80.0, _won),
    (120.0, _won),
    # Three and six months ago, less a day or so: their check-ins fall into the first minute.
    (90.6, _lost_for("timing")),
    (89.8, _lost_for("price")),
    (88.9, _lost_for("silent")),
    (181.3, _lost_for("competitor")),
    (180.1, _lost_for("no_need")),
    (30.0, _lost_for("not_a_fit")),
    (14.0, _lost_for("price")),
)

COUNT = len(_FATES)
