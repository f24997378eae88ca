"""People who sign in: with a role and, where a test wants it, with a password."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from argon2 import PasswordHasher

from domain.access import Role
from operations import people
from operations.access import passwords, secrets
from operations.house import House
from operations.people import NewPerson

PASSWORD = "correct horse battery staple"
OURS = {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost nothing, for the tests of a module that imports this."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(secrets, "_hasher", lambda: hasher)


def hire(house: House, email: str, role: Role | str, *, password: str | None = PASSWORD) -> str:
    """The id of a person with that role."""
    wanted = NewPerson(email=email, name=f"The {role}", role=str(role))
    person_id = people.add(house, wanted, actor="test").person_id
    if password is not None:
        passwords.set_password(house, person_id, password, actor="test")
    return person_id


async def sign_in(
    http: httpx.AsyncClient, email: str, password: str = PASSWORD, **more: str
) -> httpx.Response:
    """What the form of the sign-in page sends."""
    said = {"email": email, "password": password, **more}
    return await http.post("/signin", data=said, headers=OURS)


def later(house: House) -> Callable[[timedelta], None]:
    """Turns the wall clock of a house on, as often as it is called."""
    began, gone = datetime.now(UTC), [timedelta()]

    def turn(by: timedelta) -> None:
        gone[0] += by

    house.time = replace(house.time, wall=lambda: began + gone[0])
    return turn
