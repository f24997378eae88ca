"""Linking contacts to deals that a file names: by our own id, or by the id in their source."""

from collections.abc import Sequence

from activities.applying import apply_in
from activities.contract import deal_workflow_id
from domain import commands as c
from operations.desk import kept_command, new_command_id
from operations.house import House
from operations.importing import mapping as import_mapping
from store import commands, deals, imports, nudges
from store.database import Tx


def sources(house: House) -> tuple[str, ...]:
    """The sources that the mappings which ship speak of."""
    shipped = import_mapping.shipped(house.config.playbooks)
    return tuple(sorted({one.source for one in shipped}))


def deal_named(tx: Tx, text: str, known: Sequence[str]) -> str | None:
    """The deal of this id, or the one that a row of this id in a known source became."""
    if deals.lock(tx, text):
        return text
    for source in known:
        found = imports.known(tx, source, [text])
        if text in found:
            return found[text].deal_id
    return None


def link(
    tx: Tx, house: House, contact_id: str, deal_id: str | None, role: str, actor: str
) -> bool | None:
    """Make the contact a party of the deal; False when it is one, None for an unknown deal."""
    found = deals.load(tx, deal_id) if deal_id is not None else None
    if found is None:
        return None
    if any(party.contact_id == contact_id for party in found.contacts):
        return False
    its_id = new_command_id()
    command = c.LinkContact(contact_id=contact_id, role=role)
    commands.keep(tx, kept_command(house, command, actor, found.deal_id, its_id))
    receipt = apply_in(tx, house.time, its_id)
    if found.active_enrollments:
        nudges.add(tx, [deal_workflow_id(found.deal_id)], "link_contact", house.time.wall())
    return receipt.status == "done"
