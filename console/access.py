"""Who asks, and what a route asks of them. A route that asks for nothing is open to nobody.

The wall puts a `Caller` on the request. A route says with `needs` what its caller must be allowed
to do, or with `OPEN` that it is for everybody; `guard` stands before every route and refuses those
that say neither. Pages and the API use the same three.
"""

import logging
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency

from domain.access import Permission, Role, roles_with
from operations.access import auditing
from operations.house import House

log = logging.getLogger("sluice.access")


@dataclass(frozen=True, slots=True)
class Caller:
    """A person with a session, or a program with a key.

    `actor` is how events and the audit log name them: a person's id, `key/PREFIX`, or `console`
    for who came by the link and chose nobody. A key has no role, only permissions.
    """

    actor: str
    permissions: frozenset[Permission]
    role: Role | None = None
    person_id: str | None = None
    key_id: str | None = None

    def may(self, permission: Permission | str) -> bool:
        """Whether the caller is allowed to; templates name the permission as a word."""
        return Permission(permission) in self.permissions

    def must(self, permission: Permission) -> None:
        """Raises Forbidden unless the caller may: for what only a part of a route asks."""
        if permission not in self.permissions:
            raise Forbidden(permission)


class Forbidden(Exception):
    """The caller is known and may not do this; None: nobody may, the route declares nothing."""

    def __init__(self, permission: Permission | None) -> None:
        super().__init__(permission.value if permission else "undeclared")
        self.permission = permission


def caller_of(request: Request) -> Caller:
    """Who asks, as the wall found out. Raises Forbidden on a route that is open to everybody."""
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        raise Forbidden(None)
    return caller


def why_not(request: Request, refused: Forbidden) -> str:
    """What to tell the caller who was refused, and who can change it."""
    caller: Caller | None = getattr(request.state, "caller", None)
    if refused.permission is None or caller is None:
        return "This address does not say whom it is for, so nobody may use it. Please report it."
    if caller.role is None:
        return f"This key does not permit it: it lacks the scope {refused.permission}."
    having = ", ".join(roles_with(refused.permission))
    needed = f"It needs {refused.permission}, which these roles have: {having}"
    return f"Your role, {caller.role}, does not permit this. {needed}. An admin gives roles."


def log_forbidden(house: House, request: Request, refused: Forbidden) -> None:
    """Enter into the audit log that somebody asked for a change that is not theirs to make."""
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None or refused.permission is None or request.method in ("GET", "HEAD"):
        return
    what = f"{request.method} {getattr(request.scope.get('route'), 'path', '')}"
    auditing.forbidden(house, caller.actor, what, refused.permission)


class _Need:
    """What a route asks of its caller; None asks nothing, of anybody."""

    def __init__(self, permission: Permission | None) -> None:
        self.permission = permission

    def __call__(self, request: Request) -> None:
        if self.permission is not None:
            caller_of(request).must(self.permission)


def needs(permission: Permission) -> Any:
    """What a route or a router says it needs: `dependencies=[needs(Permission.WORK_DEALS)]`.

    Both may say something; then the caller must be allowed both.
    """
    return Depends(_Need(permission))


OPEN: Final[Any] = Depends(_Need(None))
"""What a route says that wants to know nobody: the way out of a mail, a probe, the sign-in."""


def declared(route: Any) -> tuple[Permission | None, ...]:
    """What a route and its router declare: permissions, or None for "open"; empty: nothing."""
    asked = (one for one in getattr(route, "dependencies", ()) if isinstance(one, Dependency))
    return tuple(one.dependency.permission for one in asked if isinstance(one.dependency, _Need))


def guard(request: Request) -> None:
    """Refuse a route that declares nothing. Every route of the application depends on this."""
    route = request.scope.get("route")
    if not declared(route):
        log.error("%s declares no need and is refused", getattr(route, "path", route))
        raise Forbidden(None)
