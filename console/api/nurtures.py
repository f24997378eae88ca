"""Nurtures: series for contacts apart from a deal: who would enter, launch, watch, stop."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from console.access import needs
from console.api.asking import Actor, DryRun, Here, Id, Word
from console.api.paging import Page
from console.api.route import router
from domain.access import Permission
from operations.nurturing import explaining, nurtures
from operations.nurturing.choice import Choice
from operations.nurturing.explaining import NurtureExplanation
from operations.nurturing.nurtures import Launch, Run, StoppedRuns

Text = Annotated[str, Field(min_length=1, max_length=320)]
Playbook = Annotated[
    Word | None,
    Query(description="Its playbook, as answers name it; where several have one of the name"),
]


class Entrants(BaseModel):
    """Whom to let in: contacts by id or address, or all that fit every condition of `where`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contacts: Annotated[list[Text], Field(max_length=10_000)] = []
    where: Annotated[dict[Text, list[Text]], Field(max_length=20)] | None = None


class Leavers(BaseModel):
    """For whom it stops: one contact by id or address, or everybody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contact: Text | None = None
    everybody: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> "Leavers":
        if (self.contact is None) is not self.everybody:
            raise ValueError("say for whom it stops: a contact, or everybody")
        return self


class NurtureLine(BaseModel):
    """A series that is published, and how many are in it."""

    playbook: str
    nurture: str
    version: int
    purpose: str
    starts_on: str | None
    again: str
    active: int


class NurtureList(BaseModel):
    """Every series that is published: as many as the playbooks define."""

    nurtures: list[NurtureLine]


class NurtureState(BaseModel):
    """How a series goes, and one page of its runs in the order of their starts."""

    playbook: str
    nurture: str
    version: int
    active: int
    ended: int
    ended_because: dict[str, int]
    runs: tuple[Run, ...]
    next: str | None


def routes() -> APIRouter:
    """`/nurtures`."""
    api = router("/nurtures", "Nurtures")

    @api.get("")
    def list_nurtures(house: Here) -> NurtureList:
        """List the series that are published."""
        found = [NurtureLine(**one) for one in nurtures.list_all(house)]
        return NurtureList(nurtures=found)

    @api.get("/{nurture}")
    def show_nurture(
        house: Here,
        nurture: Id,
        page: Page,
        playbook: Playbook = None,
        contact: Annotated[Word | None, Query(description="Only this contact's id")] = None,
    ) -> NurtureState:
        """Show how a series goes: who is in it, what comes next, why runs ended."""
        found = nurtures.show(
            house,
            _named(nurture, playbook),
            contact=contact,
            limit=page.limit,
            cursor=page.place(house),
        )
        told = {name: getattr(found, name) for name in NurtureState.model_fields if name != "next"}
        return NurtureState(**told, next=page.following(house, found.cursor))

    @api.get("/{nurture}/explain")
    def explain_nurture(
        house: Here,
        nurture: Id,
        contact: Annotated[Word, Query(description="Whom it is about: a contact's id")],
        playbook: Playbook = None,
    ) -> NurtureExplanation:
        """Tell why a contact got each mail of a series, or did not, or is not in it."""
        return explaining.explained(house, _named(nurture, playbook), contact)

    return _changing(api)


def _changing(api: APIRouter) -> APIRouter:
    """The routes that let contacts in, and stop."""

    @api.post("/{nurture}/enroll", dependencies=[needs(Permission.RUN_NURTURES)])
    async def enroll_contacts(
        house: Here,
        nurture: Id,
        entrants: Entrants,
        actor: Actor,
        playbook: Playbook = None,
        dry_run: DryRun = False,
    ) -> Launch:
        """Let contacts in; with `dry_run` say how many would be, and who not and why.

        Asking again lets in only who is not in yet.
        """
        name = _named(nurture, playbook)
        choice = Choice(tuple(entrants.contacts), None, entrants.where)
        if dry_run:
            return await asyncio.to_thread(nurtures.preview, house, name, choice)
        return await nurtures.enroll(house, name, choice, actor=actor)

    @api.post("/{nurture}/stop", dependencies=[needs(Permission.RUN_NURTURES)])
    def stop_nurture(
        house: Here,
        nurture: Id,
        leavers: Leavers,
        actor: Actor,
        playbook: Playbook = None,
        dry_run: DryRun = False,
    ) -> StoppedRuns:
        """Stop the series for one contact, or for everybody who is in it."""
        return nurtures.stop(
            house,
            _named(nurture, playbook),
            contact=leavers.contact,
            actor=actor,
            dry_run=dry_run,
        )

    return api


def _named(nurture: str, playbook: str | None) -> str:
    return f"{playbook}/{nurture}" if playbook else nurture
