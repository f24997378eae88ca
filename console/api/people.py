"""People: those who use Sluice: owners of deals, managers, groups. And who is asking."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from console.access import caller_of, needs
from console.api.asking import Actor, Asked, DryRun, Flag, Here, Id
from console.api.route import router
from domain.access import Permission, Role, permissions_of
from operations import day, jobs, people, transferring
from operations.access import passwords, signing_in
from operations.access.passwords import Invited
from operations.day import Day
from operations.jobs import JobView
from operations.people import Colleague, NewPerson
from operations.transferring import Work


class Me(BaseModel):
    """Who is asking, as events name them, and everything that they may do."""

    actor: str
    role: str | None
    permissions: list[str]


class SignedOut(BaseModel):
    """How many sessions of the person ended."""

    person_id: str
    ended: int


class Heir(BaseModel):
    """Who takes the work, by id or address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: Annotated[str, Field(min_length=1, max_length=320)]


class PersonList(BaseModel):
    """Everybody who uses Sluice, by name: those who work here, so one page holds them."""

    people: list[Colleague]


def routes() -> APIRouter:
    """`/people`."""
    api = router("/people", "People")

    @api.get("/me")
    def who_am_i(house: Here, request: Request) -> Me:
        """Tell who is asking and what they may do: a good first request with a new key."""
        caller = caller_of(request)
        may = sorted(caller.permissions)
        return Me(actor=caller.actor, role=caller.role, permissions=[*may])

    @api.get("")
    def list_people(house: Here, left: Flag = False) -> PersonList:
        """List the people who use Sluice; with `left` also those who left."""
        return PersonList(people=people.list_all(house, active=not left))

    @api.get("/{person_id}")
    def show_person(house: Here, person_id: Id) -> Colleague:
        """Show one person."""
        return people.show(house, person_id)

    @api.post("", dependencies=[needs(Permission.MANAGE_PEOPLE)])
    def add_person(
        house: Here,
        person: NewPerson,
        asked: Asked,
        request: Request,
        dry_run: DryRun = False,
    ) -> Colleague:
        """Add a person, or change what is said anew of one known by the address.

        `role` says what they may do (`none`: no sign-in), and nobody gives one that permits more
        than they may do themselves; `active` false says that they left. Both end their sessions.
        """
        _no_more(request, person.role)
        return people.add(house, person, **asked.named, dry_run=dry_run)

    @api.post("/{person_id}/invite", dependencies=[needs(Permission.MANAGE_PEOPLE)])
    def invite_person(house: Here, person_id: Id, actor: Actor, request: Request) -> Invited:
        """Make a link with which a person sets a password, once; an earlier one ends.

        Nobody invites who may do more than they: whoever has the link could come in as them.
        """
        _no_more(request, people.show(house, person_id).role)
        return passwords.invite(house, person_id, actor=actor)

    @api.post("/{person_id}/signout", dependencies=[needs(Permission.MANAGE_PEOPLE)])
    def sign_out_person(house: Here, person_id: Id, actor: Actor) -> SignedOut:
        """End all sessions of a person."""
        ended = signing_in.sign_out_everywhere(house, person_id, actor=actor)
        return SignedOut(person_id=person_id, ended=ended)

    @api.get("/{person_id}/day")
    def day_of_person(house: Here, person_id: Id) -> Day:
        """Show what waits for a person: drafts with their words, tasks, promises, answers."""
        return day.show(house, person_id)

    _transferring(api)
    return api


def _transferring(api: APIRouter) -> None:
    """What somebody who leaves has to do goes to another."""

    @api.get("/{person_id}/work")
    def work_of_person(house: Here, person_id: Id) -> Work:
        """Count what a person has to do: deals, open tasks, promises."""
        return transferring.work_of(house, person_id)

    @api.post("/{person_id}/transfer", dependencies=[needs(Permission.MANAGE_PEOPLE)])
    async def transfer_work(house: Here, person_id: Id, heir: Heir, actor: Actor) -> JobView:
        """Give everything that a person has to do to another, deal by deal.

        It goes on behind the answer; `/jobs` says how far it is. What went over stays there, so
        asking again goes on where it was left.
        """
        return await jobs.transfer(house, person_id, heir.to, actor=actor)


def _no_more(request: Request, role: str | None) -> None:
    """Raises Forbidden where a role permits what its giver may not do."""
    if role in tuple(Role):
        for permission in sorted(permissions_of(Role(role))):
            caller_of(request).must(permission)
