"""Imports: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Any, Literal, cast

from client.wire import File, Wire


class ImportsCalls(Wire):
    """Deals and contacts from files."""

    async def upload_deals(
        self,
        *,
        file: File,
        products: File | None = None,
        accounts: File | None = None,
        people: File | None = None,
        mapping: File | None = None,
        enroll: Literal["none", "matching"] | None = None,
        dates: Literal["iso", "dmy", "mdy"] | None = None,
        dry_run: bool | None = None,
    ) -> dict[str, Any]:
        """Take over deals with their dates and stages; the same file twice changes nothing."""
        return cast(
            "dict[str, Any]",
            await self._call(
                "POST",
                "/imports/deals",
                query={"dry_run": dry_run},
                files={
                    "file": file,
                    "products": products,
                    "accounts": accounts,
                    "people": people,
                    "mapping": mapping,
                },
                form={"enroll": enroll, "dates": dates},
            ),
        )

    async def upload_contacts(
        self,
        *,
        file: File,
        mapping: File | None = None,
        dates: Literal["iso", "dmy", "mdy"] | None = None,
        dry_run: bool | None = None,
    ) -> dict[str, Any]:
        """Add people to write to, with consent and country; known ones are brought up to date."""
        return cast(
            "dict[str, Any]",
            await self._call(
                "POST",
                "/imports/contacts",
                query={"dry_run": dry_run},
                files={"file": file, "mapping": mapping},
                form={"dates": dates},
            ),
        )
