"""Overviews: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Literal, NotRequired, TypedDict


class Asked(TypedDict):
    """What the board is to show of a playbook; None does not matter."""

    owner_id: NotRequired["str | None"]
    product: NotRequired["str | None"]
    size: NotRequired["str | None"]
    stagnant: NotRequired[bool]
    text: NotRequired["str | None"]


class Board(TypedDict):
    """The columns of one playbook."""

    playbook: str
    playbooks: list[str]
    asked: "Asked"
    owners: list[list[str]]
    products: list[str]
    sizes: "list[Size]"
    columns: "list[Column]"
    lost: "int | None"
    zone: "str | None"
    now: str


class Card(TypedDict):
    """One deal as the board shows it; `next_what` happens at `next_at`, for the reason given."""

    deal_id: str
    version: int
    title: str
    stage: str
    status: str
    account: "str | None"
    contact: "str | None"
    owner: "str | None"
    amount: "str | None"
    currency: "str | None"
    days_in_stage: int
    stagnant: list[list[str]]
    our_turn: bool
    paused: bool
    attention: bool
    task: "str | None"
    next_at: "str | None"
    next_what: "str | None"
    next_why: "str | None"
    moves: list[str]


class Column(TypedDict):
    """A stage: how many deals stand there, their worth by currency, and some of their cards."""

    stage: str
    after_won: bool
    chance: "float | None"
    deals: int
    worth: list[list[str]]
    cards: "list[Card]"
    more: "str | None"
    newest: NotRequired["int | None"]


class QuietGroup(TypedDict):
    """The stagnant deals of an owner or of a stage (the other is None): the first are shown."""

    key: str
    owner: "str | None"
    stage: "str | None"
    deals: int
    worth: list[list[str]]
    lines: "list[QuietLine]"
    page: NotRequired[int]
    pages: NotRequired[int]


class QuietLine(TypedDict):
    """A stagnant deal: how many days it is over its first limit, and what to do next."""

    card: "Card"
    days_over: int
    todo: str


class Size(TypedDict):
    """Amounts from `least` to under `below`; None: no bound."""

    name: str
    words: str
    least: NotRequired["str | None"]
    below: NotRequired["str | None"]


class Stagnant(TypedDict):
    """All groups, the costliest first; `others` are those without their deals."""

    by: Literal["owner", "stage"]
    group: "str | None"
    deals: int
    ranked: int
    mixed: bool
    groups: "list[QuietGroup]"
    others: "list[QuietGroup]"
    zone: "str | None"
    now: str
