"""What was quiet before it came: one entry an owner in the report, and one mail to each."""

from collections.abc import Mapping, Sequence

from activities.arrivals import plan_digest
from domain.deal import Deal
from operations.house import House
from operations.importing.report import OwnerDigest
from operations.importing.taking import Taken
from store import sends
from store.database import Tx
from store.imports import Arrival
from store.ledger import Origin
from store.people import Person


class Digests:
    """The stagnant deals of one import, by owner; `told` are those who get the mail."""

    def __init__(
        self, house: House, arrival: Arrival, staff: Mapping[str, Person], actor: str
    ) -> None:
        self._house = house
        self._arrival = arrival
        self._staff = staff
        self._actor = actor
        self._quiet: dict[str | None, list[Deal]] = {}
        self.told: set[str] = set()

    def count(self, taken: Sequence[Taken]) -> None:
        """Take in a batch for the report."""
        for deal in (one.deal for one in taken if one.deal.flags):
            self._quiet.setdefault(deal.owner_id, []).append(deal)
            if self._reachable(deal.owner_id):
                self.told.add(deal.owner_id or "")

    def plan(self, tx: Tx, taken: Sequence[Taken]) -> None:
        """Plan the mails that a batch asks for, in the transaction that takes it over.

        The first batch with a quiet deal of an owner plans the one mail. It waits for the end of
        the import, or goes some minutes later if there is none.
        """
        owners = {one.deal.owner_id for one in taken if one.deal.flags}
        now, domain = self._house.time.now(), self._house.config.company.sender.rpartition("@")[2]
        wall = self._house.time.wall()
        origin = Origin(actor=self._actor, recorded_at=wall, cause="import")
        for owner_id in sorted(its for its in owners if its and self._reachable(its)):
            plan_digest(tx, self._staff[owner_id], self._arrival, now, origin, domain)

    def let_go(self) -> None:
        """The import is over: the mails may go."""
        if self.told:
            with self._house.store.write() as tx:
                for owner_id in sorted(self.told):
                    sends.release(tx, f"person/{owner_id}", self._house.time.now())

    def entries(self) -> tuple[OwnerDigest, ...]:
        """One entry an owner, most deals first."""
        found = [
            OwnerDigest(
                owner_id=its,
                name=self._staff[its].name if its else "nobody",
                deals=len(quiet),
                since=min(flag.since for deal in quiet for flag in deal.flags),
                told=its in self.told,
            )
            for its, quiet in self._quiet.items()
        ]
        return tuple(sorted(found, key=lambda one: (-one.deals, one.name)))

    def _reachable(self, owner_id: str | None) -> bool:
        person = self._staff.get(owner_id or "")
        return person is not None and person.active and person.email is not None
