"""Who may do what: roles, what they permit, and nothing that is not said here."""

from enum import StrEnum
from typing import Final


class Permission(StrEnum):
    """One kind of thing that a person or a program may be allowed to do."""

    READ = "read"
    """See deals, timelines, playbooks and reports; people in them appear masked."""
    READ_PERSONAL = "read_personal"
    """See names, addresses, notes and the texts of mails as well."""
    WORK_DEALS = "work_deals"
    """Open, move, answer, win and lose deals; do tasks, approve drafts, attach mail to deals."""
    KEEP_CONTACTS = "keep_contacts"
    """Add and change contacts and accounts, their consents and bars, and tell events of them."""
    RUN_NURTURES = "run_nurtures"
    """Enroll contacts in nurtures, launch campaigns and stop them."""
    WRITE_TEMPLATES = "write_templates"
    """Change the words of mails."""
    WRITE_PLAYBOOKS = "write_playbooks"
    """Publish the rules: pipelines, cadences, nurtures, limits."""
    SETTLE_MAIL = "settle_mail"
    """Say what became of a mail in doubt; stop all mail, and let it go on."""
    IMPORT = "import"
    """Bring in deals and contacts from files, in bulk."""
    ERASE = "erase"
    """Forget a contact for good, and lift the bar on an address."""
    MANAGE_PEOPLE = "manage_people"
    """Add people, give roles, invite, end sessions."""
    MANAGE_KEYS = "manage_keys"
    """Make and revoke the keys and secrets of other programs."""
    MEASURE = "measure"
    """Read the figures for monitoring: counts and delays, nobody's names."""
    INSPECT = "inspect"
    """Read the audit log, look into the engines, check and rebuild the memory."""


class Role(StrEnum):
    """What a person is here for."""

    VIEWER = "viewer"
    REP = "rep"
    MARKETING = "marketing"
    OPS = "ops"
    ADMIN = "admin"


_P = Permission
_MATRIX: Final[dict[Role, frozenset[Permission]]] = {
    Role.VIEWER: frozenset({_P.READ}),
    Role.REP: frozenset({_P.READ, _P.READ_PERSONAL, _P.WORK_DEALS, _P.KEEP_CONTACTS}),
    Role.MARKETING: frozenset(
        {_P.READ, _P.READ_PERSONAL, _P.KEEP_CONTACTS, _P.RUN_NURTURES, _P.WRITE_TEMPLATES}
    ),
    Role.OPS: frozenset(
        {
            _P.READ,
            _P.READ_PERSONAL,
            _P.WORK_DEALS,
            _P.KEEP_CONTACTS,
            _P.RUN_NURTURES,
            _P.WRITE_TEMPLATES,
            _P.WRITE_PLAYBOOKS,
            _P.SETTLE_MAIL,
            _P.IMPORT,
        }
    ),
    Role.ADMIN: frozenset(Permission),
}
"""The one matrix. What does not stand in a role's row is refused to it."""


def permissions_of(role: Role | None) -> frozenset[Permission]:
    """Everything that a role permits; who has none may do nothing."""
    return _MATRIX[role] if role is not None else frozenset()


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The roles that permit it, the narrowest first."""
    return tuple(role for role in Role if permission in _MATRIX[role])
