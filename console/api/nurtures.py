"""Nurtures: series for contacts apart from a deal: who would enter, launch, watch, stop."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from console.access import needs
from console.api.asking import Actor, DryRun, Here, Id, Number, Word
from console.api.paging import LIMIT_MAX
from console.api.route import router
from domain.access import Permission
from operations.nurturing import nurtures
from operations.nurturing.choice import Choice
from operations.nurturing.nurtures import Launch, NurtureView, StoppedRuns

Text = Annotated[str, Field(min_length=1, max_length=320)]
Playbook = Annotated[Word | None, Query(description="Where several playbooks have one of the name")]


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

    nurture: str
    version: int
    purpose: str
    starts_on: str | None
    again: str
    active: int


class NurtureList(BaseModel):
    """Every series that is published."""

    nurtures: list[NurtureLine]


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
        playbook: Playbook = None,
        contact: Annotated[Word | None, Query(description="Only this contact's id")] = None,
        limit: Annotated[Number, Query(ge=1, le=LIMIT_MAX, description="Runs to list")] = 50,
    ) -> NurtureView:
        """Show how a series goes: who is in it, what comes next, why runs ended."""
        return nurtures.show(house, _named(nurture, playbook), contact=contact, limit=limit)

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
