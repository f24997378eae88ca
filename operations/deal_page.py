"""Everything that the page of a deal shows, read in one snapshot with one look at the deal."""

from datetime import datetime
from zoneinfo import ZoneInfo

from domain.playbooks.playbook import FieldType
from domain.trying import Trial, tried
from operations.axis import Axis, along_in
from operations.board import Choices, choices_of
from operations.deal_view import DealView, View, view
from operations.desk import reaching
from operations.history import Coming, coming_in
from operations.house import House
from operations.inbound import addresses
from operations.looking_back import AsOf, look
from operations.post.mail_room import MailLine, of_deal
from store.database import Tx

MAILS = 40
"""Mails that the page shows, the last planned first."""


class DealPage(View):
    """A deal as its page shows it, now or as of a moment.

    `trials` says of each command what would become of it; empty when the past is looked at,
    which answers nothing. `fields` are those that its playbook declares, with their types.
    """

    deal: DealView
    can: Choices
    trials: dict[str, Trial]
    coming: Coming
    axis: Axis
    mails: tuple[MailLine, ...]
    fields: dict[str, FieldType]

    @property
    def as_of(self) -> datetime | None:
        """The moment that is looked at, None for now."""
        return self.axis.as_of


def of(
    house: House,
    deal_id: str,
    *,
    as_of: AsOf | None = None,
    shown: int | None = None,
    zone: str | None = None,
) -> DealPage:
    """The page of a deal; of its past at most `shown` entries. Raises NotFound.

    Moments in its sentences are told in `zone`, or in that of the deal's calendar.
    """
    with reaching("the database"):
        with house.store.read() as tx:
            found = _page(tx, house, deal_id, as_of, shown, zone)
        if as_of is None and found.deal.blind_copy is None:
            copy = _issued(house, deal_id)
            found = found.model_copy(
                update={"deal": found.deal.model_copy(update={"blind_copy": copy})}
            )
    return found


def _page(
    tx: Tx,
    house: House,
    deal_id: str,
    as_of: AsOf | None,
    shown: int | None,
    zone: str | None,
) -> DealPage:
    seen = look(tx, house, deal_id, as_of)
    can = choices_of(seen.deal, seen.facts.rules)
    mails = of_deal(tx, deal_id, MAILS)
    if as_of is None:
        copy, trials = addresses.of_deal(tx, house, deal_id), tried(seen.deal, seen.facts)
    else:
        copy, trials = None, {}
        mails = [one for one in mails if one.sent_at is not None and one.sent_at <= as_of.at]
    return DealPage(
        deal=view(tx, seen.deal, seen.facts, seen.known).model_copy(update={"blind_copy": copy}),
        can=can,
        trials=trials,
        coming=coming_in(seen),
        axis=along_in(tx, house, seen, ZoneInfo(zone or can.zone), shown, grounds=False),
        mails=tuple(mails),
        fields=seen.facts.rules.pinned.fields,
    )


def _issued(house: House, deal_id: str) -> str | None:
    """The secret address of the deal, which is made when it is first wanted."""
    if house.config.arriving.domain is None:
        return None
    addresses.issue(house, deal_id)
    with house.store.read() as tx:
        return addresses.of_deal(tx, house, deal_id)
