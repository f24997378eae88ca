"""The secret address of a deal: whoever of ours puts it into a mail as a blind copy is heard."""

from mail.inbound.keys import Role, address_with, token_for
from operations.house import House
from store import aliases
from store.database import Tx


def of_deal(tx: Tx, house: House, deal_id: str) -> str | None:
    """The address as it was issued; None without a domain, or before it was.

    The token is made of the id under our secret, so it says nothing and is the same each time.
    """
    domain = house.config.arriving.domain
    if domain is None:
        return None
    token = token_for(house.config.secret, Role.DEAL.value, deal_id)
    known = aliases.stands_for(tx, token, Role.DEAL) == deal_id
    return address_with(Role.DEAL, token, domain) if known else None


def issue(house: House, deal_id: str) -> None:
    """Have the address of a deal be known, where mail comes in at all."""
    if house.config.arriving.domain is None:
        return
    token = token_for(house.config.secret, Role.DEAL.value, deal_id)
    with house.store.write() as tx:
        aliases.issue(tx, token, Role.DEAL, deal_id, house.time.wall())
