"""People: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import cast

from client.shapes.people import Colleague, Day, Invited, JobView, Me, PersonList, SignedOut, Work
from client.shapes.people_asked import Heir, NewPerson
from client.wire import Wire, segment


class PeopleCalls(Wire):
    """Those who use Sluice, and who is asking."""

    async def who_am_i(self) -> Me:
        """Tell who is asking and what they may do: a good first request with a new key."""
        return cast("Me", await self._call("GET", "/people/me"))

    async def list_people(self, *, left: bool | None = None) -> PersonList:
        """List the people who use Sluice; with `left` also those who left."""
        return cast("PersonList", await self._call("GET", "/people", query={"left": left}))

    async def add_person(
        self, body: NewPerson, *, dry_run: bool | None = None, idempotency_key: str | None = None
    ) -> Colleague:
        """Add a person, or change what is said anew of one known by the address."""
        return cast(
            "Colleague",
            await self._call(
                "POST",
                "/people",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def show_person(self, person_id: str) -> Colleague:
        """Show one person."""
        return cast("Colleague", await self._call("GET", f"/people/{segment(person_id)}"))

    async def invite_person(self, person_id: str) -> Invited:
        """Make a link with which a person sets a password, once; an earlier one ends."""
        return cast("Invited", await self._call("POST", f"/people/{segment(person_id)}/invite"))

    async def sign_out_person(self, person_id: str) -> SignedOut:
        """End all sessions of a person."""
        return cast("SignedOut", await self._call("POST", f"/people/{segment(person_id)}/signout"))

    async def day_of_person(self, person_id: str) -> Day:
        """Show what waits for a person: drafts with their words, tasks, promises, answers."""
        return cast("Day", await self._call("GET", f"/people/{segment(person_id)}/day"))

    async def work_of_person(self, person_id: str) -> Work:
        """Count what a person has to do: deals, open tasks, promises."""
        return cast("Work", await self._call("GET", f"/people/{segment(person_id)}/work"))

    async def transfer_work(self, person_id: str, body: Heir) -> JobView:
        """Give everything that a person has to do to another, deal by deal."""
        return cast(
            "JobView", await self._call("POST", f"/people/{segment(person_id)}/transfer", body=body)
        )
