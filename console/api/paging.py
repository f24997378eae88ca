"""Pages of lists: where one ended is written in a cursor that nobody but us can write."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from console.api.asking import Number
from console.api.problems import unreadable
from operations.house import House

LIMIT_MAX: Final = 500

_SEAL: Final = 16


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is asked for. A cursor holds for the list and the filters that it came from."""

    request: Request
    response: Response
    limit: int
    cursor: str | None

    def place(self, house: House) -> str | None:
        """Where the page before ended. Raises RequestValidationError for a forged cursor."""
        if self.cursor is None:
            return None
        try:
            told = urlsafe_b64decode(self.cursor.encode() + b"==")
            seal, place = told[:_SEAL], told[_SEAL:].decode()
        except ValueError:
            seal, place = b"", ""
        if not hmac.compare_digest(seal, self._seal(house, place)):
            told_why = "the cursor is none that a page of this list gave"
            raise unreadable([("query.cursor", told_why)])
        return place

    def following(self, house: House, place: str | None) -> str | None:
        """The cursor of the next page, in the header Link too; None: no more."""
        if place is None:
            return None
        sealed = urlsafe_b64encode(self._seal(house, place) + place.encode()).decode()
        cursor = sealed.rstrip("=")
        query = urlencode([*self._filters(), ("limit", self.limit), ("cursor", cursor)])
        self.response.headers["link"] = f'<{self.request.url.path}?{query}>; rel="next"'
        return cursor

    def _filters(self) -> list[tuple[str, str]]:
        said = self.request.query_params.multi_items()
        return sorted(one for one in said if one[0] not in ("cursor", "limit"))

    def _seal(self, house: House, place: str) -> bytes:
        listed = f"{self.request.url.path}?{urlencode(self._filters())}\x1f{place}"
        made = hmac.new(house.config.secret, b"cursor\x1f" + listed.encode(), hashlib.sha256)
        return made.digest()[:_SEAL]


def _paging(
    request: Request,
    response: Response,
    limit: Annotated[Number, Query(ge=1, le=LIMIT_MAX, description="How many at most")] = 50,
    cursor: Annotated[
        str | None,
        Query(
            pattern=r"^[A-Za-z0-9_-]{16,400}$",
            description="`next` of the page before, with the same filters",
        ),
    ] = None,
) -> Paging:
    return Paging(request, response, limit, cursor)


Page = Annotated[Paging, Depends(_paging)]
"""A parameter of every route that lists."""
