"""Keys, asked: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Literal, NotRequired, TypedDict


class KeyWanted(TypedDict):
    """What the program is, what it may do (scopes), for how many days, and how often."""

    name: str
    scopes: "list[Permission]"
    days: NotRequired["int | None"]
    per_minute: NotRequired[int]


Permission = Literal[
    "read",
    "read_personal",
    "work_deals",
    "keep_contacts",
    "run_nurtures",
    "write_templates",
    "write_playbooks",
    "settle_mail",
    "import",
    "erase",
    "manage_people",
    "manage_keys",
    "measure",
    "inspect",
]
