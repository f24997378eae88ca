"""How each route of the API reads and answers; the router that a noun begins with."""

import logging
from collections.abc import Callable, Coroutine
from functools import cached_property, wraps
from inspect import iscoroutinefunction
from typing import Annotated, Any, Final

from fastapi import APIRouter, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from pydantic import Field, TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from console.access import Forbidden, caller_of, declared, needs
from console.api import PREFIX
from console.api.reading import check_query, refuse_condition, take_json
from domain.access import Permission
from operations.access.masking import Unmaskable, is_masking, masked_strictly

SEES: Final = needs(Permission.READ_PERSONAL)
"""Who changes what people are told or what is known of them can read it; answers mask nothing."""

log = logging.getLogger("sluice.access")


class ApiRoute(APIRoute):
    """A route that reads strictly: known query parameters, and JSON that fits its model.

    What it answers to who may not see personal data is masked.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        super().__init__(path, _veiled(endpoint), **more)

    @cached_property
    def _adapter(self) -> TypeAdapter[Any] | None:
        """Reads the JSON body; None for a route without one, or with uploads."""
        field = self.body_field
        if field is None or isinstance(field.field_info, params.Form):
            return None
        info = field.field_info
        by = Field(discriminator=info.discriminator) if info.discriminator else Field()
        told: Any = Annotated[info.annotation, by, *info.metadata]
        return TypeAdapter(told)

    @cached_property
    def _query(self) -> tuple[set[str], set[str]]:
        """The query parameters, and those of them that may be said several times."""
        every = get_flat_params(self.dependant)
        found = [one for one in every if isinstance(one.field_info, params.Query)]
        lists = {one.alias for one in found if "list" in str(one.field_info.annotation)}
        return {one.alias for one in found}, lists

    @cached_property
    def _knows_versions(self) -> bool:
        """Whether it can be said at which version what is asked must still stand."""
        return any(one.alias == "If-Match" for one in get_flat_params(self.dependant))

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, behind the checks."""
        handle = super().get_route_handler()

        async def checked(request: Request) -> Response:
            # Who may not ask is told that, whatever was sent.
            for permission in declared(self):
                if permission is not None and not caller_of(request).may(permission):
                    raise Forbidden(permission)
            check_query(request, *self._query)
            if not self._knows_versions:
                refuse_condition(request)
            if self._adapter is not None:
                await take_json(request, self._adapter)
            return await handle(request)

        return checked


def veiled(answer: Any) -> Any:
    """An answer as this caller may see it.

    Raises Forbidden where nobody has said what in it is personal; a test finds that sooner.
    """
    if isinstance(answer, Response) or not is_masking():
        return answer
    try:
        return masked_strictly(answer)
    except Unmaskable as unknown:
        log.error("%s is in no table of what is personal and is refused", unknown)
        raise Forbidden(Permission.READ_PERSONAL) from None


def _veiled(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """The same with its answers veiled; a router that is included makes its routes anew."""
    if hasattr(endpoint, "__wrapped__"):
        return endpoint
    if iscoroutinefunction(endpoint):

        @wraps(endpoint)
        async def waiting(*args: Any, **said: Any) -> Any:
            return veiled(await endpoint(*args, **said))

        return waiting

    @wraps(endpoint)
    def asked(*args: Any, **said: Any) -> Any:
        return veiled(endpoint(*args, **said))

    return asked


def router(
    under: str, tag: str, need: Permission = Permission.READ, *, plain: bool = False
) -> APIRouter:
    """The router of a noun, for callers who may at least do `need`.

    `plain` routes take what the framework takes: uploads, and pages for people.
    """
    return APIRouter(
        prefix=f"{PREFIX}{under}",
        tags=[tag],
        dependencies=[needs(need)],
        route_class=APIRoute if plain else ApiRoute,
        generate_unique_id_function=lambda route: route.name,
    )
