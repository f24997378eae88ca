"""Imports: deals and contacts from files; a dry run first says what would come of them."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, File, Form, UploadFile

from console.api.asking import Actor, DryRun, Here
from console.api.problems import unreadable
from console.api.reading import fit_text
from console.api.route import router
from domain.access import Permission
from operations.importing.contacts import import_contacts
from operations.importing.deals import DealFiles, import_deals

Dates = Annotated[
    Literal["dmy", "mdy", "iso"] | None,
    Form(description="The order of day and month, where it cannot be told"),
]
Enroll = Annotated[Literal["none", "matching"], Form(description="Whom to follow up from now on")]
Part = Annotated[UploadFile | None, File()]
Report = dict[str, Any]

_ODD: Final = re.compile(r"[^\w. -]")


def routes() -> APIRouter:
    """`/imports`."""
    api = router("/imports", "Imports", Permission.IMPORT, plain=True)

    @api.post("/deals")
    async def upload_deals(
        house: Here,
        file: Annotated[UploadFile, File(description="The deals, as CSV")],
        actor: Actor,
        products: Part = None,
        accounts: Part = None,
        people: Part = None,
        mapping: Part = None,
        enroll: Enroll = "none",
        dates: Dates = None,
        dry_run: DryRun = False,
    ) -> Report:
        """Take over deals with their dates and stages; the same file twice changes nothing.

        The report counts rows, and lists those rejected with their place and the reason.
        """
        with TemporaryDirectory(prefix="sluice-import-") as folder:
            given = {"deals": file, "products": products, "accounts": accounts}
            kept = await _kept(Path(folder), {**given, "people": people, "mapping": mapping})
            files = DealFiles(
                kept["deals"],
                kept.get("products"),
                kept.get("accounts"),
                kept.get("people"),
                kept.get("mapping"),
                dates,
            )
            done = await import_deals(house, files, actor=actor, enroll=enroll, dry_run=dry_run)
        return done.as_data()

    @api.post("/contacts")
    async def upload_contacts(
        house: Here,
        file: Annotated[UploadFile, File(description="The contacts, as CSV")],
        actor: Actor,
        mapping: Part = None,
        dates: Dates = None,
        dry_run: DryRun = False,
    ) -> Report:
        """Add people to write to, with consent and country; known ones are brought up to date."""
        with TemporaryDirectory(prefix="sluice-import-") as folder:
            kept = await _kept(Path(folder), {"contacts": file, "mapping": mapping})
            done = await asyncio.to_thread(
                import_contacts,
                house,
                kept["contacts"],
                mapping=kept.get("mapping"),
                dates=dates,
                actor=actor,
                dry_run=dry_run,
            )
        return done.as_data()

    return api


async def _kept(folder: Path, files: Mapping[str, UploadFile | None]) -> dict[str, Path]:
    """The files under the names that they came with, each in a folder of its own."""
    found: dict[str, Path] = {}
    for part, file in files.items():
        if file is None:
            continue
        name = Path(file.filename or f"{part}.csv").name
        if not fit_text(name):
            raise unreadable([(f"body.{part}", "the name of the file is no text")])
        path = folder / part / (_ODD.sub("_", name).strip(". ")[-100:] or f"{part}.csv")
        data = await file.read()
        await asyncio.to_thread(_write, path, data)
        found[part] = path
    return found


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(data)
