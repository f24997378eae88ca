"""What mails waited for, and how long: the send ledger itself knows only the wait of now."""

from sqlalchemy import insert, select, update

from domain.limits import Wait
from store.database import Tx
from store.tables import send_waits


def note(tx: Tx, touch_id: str, stream: str, wait: Wait) -> None:
    """Keep that a mail waits. One that goes on waiting for the same is one wait that is longer."""
    own = send_waits.c.touch_id == touch_id
    query = select(send_waits).where(own).order_by(send_waits.c.since.desc()).limit(1)
    last = tx.execute(query).first()
    before = last.tries if last is not None and last.reason == wait.reason else 0
    told = {"until": wait.until, "reason": wait.reason, "tries": before + 1}
    if last is not None and (before or last.since >= wait.since):
        tx.execute(update(send_waits).where(own, send_waits.c.since == last.since).values(**told))
        return
    row = {"touch_id": touch_id, "stream": stream, "since": wait.since, **told}
    tx.execute(insert(send_waits), row)


def of_stream(tx: Tx, stream: str) -> dict[str, tuple[Wait, ...]]:
    """The waits of the mails of a stream by touch, the earliest first."""
    names = (send_waits.c[name] for name in ("touch_id", "since", "until", "reason", "tries"))
    query = select(*names).where(send_waits.c.stream == stream).order_by(send_waits.c.since)
    found: dict[str, tuple[Wait, ...]] = {}
    for touch_id, *wait in tx.execute(query):
        found[touch_id] = (*found.get(touch_id, ()), Wait(*wait))
    return found
