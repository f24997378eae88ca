"""Links of mails that lead over the console: where they lead, and which were followed.

A click is a hint about a mail and nothing more: it is no reply, stops nothing, and counts for no
measure of stagnation, because programs follow links as well.
"""

import re
from collections import Counter
from datetime import datetime
from typing import Final

from domain.clicks import BURST, Look, why_not
from domain.refusal import NotFound
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from store import links, sends
from store.database import Tx
from store.links import Click

_ID: Final = re.compile(r"[A-Za-z0-9_-]{32}")


class TrackedLink(View):
    """A link of a mail: its place in it from 1, where it leads, and who followed it.

    `clicks` are those that may be a person's, `first_at` and `last_at` theirs in business time;
    `not_counted` are the others by the word for why.
    """

    position: int
    url: str
    clicks: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    not_counted: dict[str, int] = {}


def destination(house: House, link_id: str) -> str:
    """Where a link leads, as its mail was written. Raises NotFound, EngineUnreachable."""
    if _ID.fullmatch(link_id):
        with reaching("the database"), house.store.read() as tx:
            found = links.find(tx, link_id)
        if found is not None:
            return found.url
    raise NotFound("there is no such link")


def record(house: House, link_id: str, look: Look, wall: datetime) -> None:
    """Keep that a link was followed at a moment of wall time, and whether it counts.

    One that is gone meanwhile is left alone. Raises EngineUnreachable.
    """
    with reaching("the database"), house.store.write() as tx:
        link = links.find(tx, link_id)
        if link is None:
            return
        send = sends.load(tx, link.touch_id)
        handed_over = send.data_at if send is not None and send.status != "data" else None
        click = Click(
            link_id=link_id,
            at=house.time.clock().now(wall),
            recorded_at=wall,
            why_not=why_not(look, wall, handed_over),
        )
        links.add_click(tx, link, click, BURST)


def of_mail(tx: Tx, touch_id: str) -> tuple[TrackedLink, ...]:
    """The links of a mail with their clicks; none of a mail that is not tracked."""
    found = links.of_mail(tx, touch_id)
    every = links.clicks_of(tx, touch_id) if found else []
    told = []
    for link in found:
        its = [one for one in every if one.link_id == link.link_id]
        at = [one.at for one in its if one.why_not is None]
        told.append(
            TrackedLink(
                position=link.position,
                url=link.url,
                clicks=len(at),
                first_at=at[0] if at else None,
                last_at=at[-1] if at else None,
                not_counted=dict(Counter(one.why_not for one in its if one.why_not is not None)),
            )
        )
    return tuple(told)
