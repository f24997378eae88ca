"""The mail side of a house, put together once: kitchen, relay pool, writer, performer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from activities.crashpoints import crashpoint
from activities.limiting import Limiter
from activities.morning import Mornings
from activities.performing import Performer
from activities.writing import MailWriter
from mail.handover import Pool
from mail.kitchen import Kitchen
from mail.render import Renderer
from operations.house import House
from operations.post.doubts import Doubts

KITCHENS = 2
"""Child processes that render; more would wait for the two cores anyway."""


@dataclass(frozen=True)
class MailWork:
    """What hands over mail, what plans the morning mails, and what settles doubts."""

    performer: Performer
    mornings: Mornings
    doubts: Doubts


@asynccontextmanager
async def mail_work(house: House) -> AsyncIterator[MailWork]:
    """Everything that may write and hand over mail, let go of at the end."""
    folder, sender = house.mails, house.sender
    renderer = Renderer(folder)
    with Kitchen(folder, size=KITCHENS) as kitchen:
        async with Pool(house.config.smtp_url, passing=crashpoint) as pool:
            writer = MailWriter(
                house.store,
                house.time,
                kitchen,
                lambda name: renderer.words.find(name, None).front.context,
                sender,
                house.config.secret,
            )
            limiter = Limiter(house.config.limits)
            performer = Performer(house.store, house.time, writer, pool, limiter)
            mornings = Mornings(house.store, house.time, kitchen, sender)
            yield MailWork(performer, mornings, Doubts(house.store, house.time))
