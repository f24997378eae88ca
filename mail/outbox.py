"""The mailboxes that mail goes out of: from which address, by which relay, for whose deals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.limits import Rate

MAIN = "main"
"""The mailbox of the house's own relay, for whatever no other one is chosen for."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """One sending mailbox. `relay` is an SMTP address, password and all.

    `owners` are ids or addresses of people whose deals it serves, `groups` groups of them.
    """

    name: str
    sender: str
    relay: str = field(repr=False)
    rate: Rate = field(default_factory=Rate)
    owners: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def serves(self, owner_id: str, email: str | None, groups: Mapping[str, Sequence[str]]) -> bool:
        """Whether it is chosen for the deals of this person."""
        if owner_id in self.owners or (email or "").lower() in self.owners:
            return True
        return any(owner_id in groups.get(name, ()) for name in self.groups)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """How mail to contacts goes out.

    `return_domain` receives what comes back, at an address that names the mail; without it the
    sender does. `auto_submitted`: whether a deal's follow-ups say that a machine sent them, as
    notices and series always do. `track_links`: whether mails that ask for it are tracked.
    """

    outboxes: tuple[Outbox, ...] = ()
    return_domain: str | None = None
    auto_submitted: bool = True
    track_links: bool = False

    def named(self, name: str) -> Outbox | None:
        """The mailbox of that name, None for the main one and for one that is not there."""
        return next((one for one in self.outboxes if one.name == name), None)

    def serving(
        self, owner_id: str | None, email: str | None, groups: Mapping[str, Sequence[str]]
    ) -> str:
        """The mailbox for the deals of this person, the main one where none is chosen."""
        if owner_id is None:
            return MAIN
        mine = (one for one in self.outboxes if one.serves(owner_id, email, groups))
        return next((one.name for one in mine), MAIN)
