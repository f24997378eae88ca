"""The words of mails that were published in the store, as whoever renders asks for them."""

import threading

from mail.written import NOTHING, Written
from store import templates
from store.database import Store


class Wording:
    """What is published now: one small question each time, and all of it only when it grew.

    Safe to call from any thread. Raises Unreachable.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._known = (0, NOTHING)

    def __call__(self) -> Written:
        with self._store.read() as tx:
            count = templates.count(tx)
            known, written = self._known
            if count == known:
                return written
            rows = templates.newest(tx)
        texts = {(one.name, one.locale): one.source for one in rows if one.source is not None}
        fresh = Written(f"{count}" if texts else "", texts)
        with self._lock:
            if count > self._known[0]:
                self._known = (count, fresh)
        return fresh
