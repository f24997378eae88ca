"""Names in the place of ids, wherever the ledger's sentences are shown to people."""

import re
from collections.abc import Callable, Sequence

from operations.access.masking import shown_name
from operations.desk import reaching
from operations.house import House
from store import accounts, contacts, people
from store.database import Tx

_ID = re.compile(r"\b([PCA])-[a-z2-7]{4,}\b")
_ALONE = re.compile(r"[PCA]-[\w.]+")
"""An id that is the whole text, as actors are; within a sentence only one that we made counts."""


def names_in(tx: Tx, told: Sequence[str]) -> Callable[[str], str]:
    """A function that puts names in the place of ids, for all whom the store knows."""
    ids = {found.group(0) for text in told for found in _ID.finditer(text)}
    ids |= {text for text in told if _ALONE.fullmatch(text)}
    kinds = {kind: sorted(one for one in ids if one.startswith(kind)) for kind in "PCA"}
    names: dict[str, str] = {}
    names |= {key: one.name for key, one in people.load_many(tx, kinds["P"]).items()}
    for key, contact in contacts.load_many(tx, kinds["C"]).items():
        if contact.name or contact.email:
            names[key] = contact.name or contact.email or ""
    names |= {key: one.name for key, one in accounts.load_many(tx, kinds["A"]).items()}
    names = {key: shown_name(name) for key, name in names.items()}

    def told_of(text: str) -> str:
        known = names.get(text)
        return known or _ID.sub(lambda found: names.get(found.group(0), found.group(0)), text)

    return told_of


def named(house: House, told: Sequence[str]) -> list[str]:
    """The texts with names in the place of ids, for a door that has only texts."""
    with reaching("the database"), house.store.read() as tx:
        return list(map(names_in(tx, told), told))
