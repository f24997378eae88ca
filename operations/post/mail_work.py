"""The mail side of a house, put together once: kitchen, relay pools, writer, performer."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
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
from operations.post.doubts import Doubts, look_in

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
    renderer = Renderer(folder, house.wording)
    own = house.config
    async with AsyncExitStack() as stack:
        kitchen = stack.enter_context(Kitchen(folder, size=KITCHENS, written=house.wording))
        pool = await stack.enter_async_context(Pool(own.smtp_url, passing=crashpoint))
        pools = {
            one.name: await stack.enter_async_context(Pool(one.relay, passing=crashpoint))
            for one in own.outboxes
        }
        writer = MailWriter(
            house.store,
            house.time,
            kitchen,
            lambda name: renderer.words.find(name, None).front.context,
            sender,
            own.secret,
            house.outgoing,
        )
        limiter = Limiter(own.limits, {one.name: one.rate for one in own.outboxes})
        performer = Performer(house.store, house.time, writer, pool, limiter, pools)
        mornings = Mornings(house.store, house.time, kitchen, sender)
        yield MailWork(performer, mornings, Doubts(house.store, house.time, look_in(house)))
