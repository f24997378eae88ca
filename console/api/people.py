"""People: those who use Sluice: owners of deals, managers, groups. And who is asking."""

from fastapi import APIRouter, Request
from pydantic import BaseModel

from console.access import caller_of, needs
from console.api.asking import Asked, DryRun, Flag, Here, Id
from console.api.route import router
from domain.access import Permission
from operations import people
from operations.people import Colleague, NewPerson


class Me(BaseModel):
    """Who is asking, as events name them, and everything that they may do."""

    actor: str
    role: str | None
    permissions: list[str]


class PersonList(BaseModel):
    """Everybody who uses Sluice, by name."""

    people: list[Colleague]


def routes() -> APIRouter:
    """`/people`."""
    api = router("/people", "People")
    see = [needs(Permission.READ_PERSONAL)]

    @api.get("/me")
    def who_am_i(house: Here, request: Request) -> Me:
        """Tell who is asking and what they may do: a good first request with a new key."""
        caller = caller_of(request)
        may = sorted(caller.permissions)
        return Me(actor=caller.actor, role=caller.role, permissions=[*may])

    @api.get("", dependencies=see)
    def list_people(house: Here, left: Flag = False) -> PersonList:
        """List the people who use Sluice; with `left` also those who left."""
        return PersonList(people=people.list_all(house, active=not left))

    @api.get("/{person_id}", dependencies=see)
    def show_person(house: Here, person_id: Id) -> Colleague:
        """Show one person."""
        return people.show(house, person_id)

    @api.post("", dependencies=[needs(Permission.MANAGE_PEOPLE)])
    def add_person(
        house: Here, person: NewPerson, asked: Asked, dry_run: DryRun = False
    ) -> Colleague:
        """Add a person, or change what is said anew of one known by the address."""
        return people.add(house, person, **asked.named, dry_run=dry_run)

    return api
