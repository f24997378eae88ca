"""What of the words of mails was published in the store, for doors that also do without one."""

from pathlib import Path
from typing import Final

from activities.wording import Wording
from mail.written import NOTHING, Written
from operations.house import EngineUnreachable
from store.database import Store
from store.errors import Unreachable

__all__ = ["FILES_ALONE", "Written", "published"]

FILES_ALONE: Final = NOTHING
"""Where there is no store, the folder of mails is all there is."""


def published(database_url: str) -> Written:
    """The words that hold instead of files now. Makes nothing. Raises EngineUnreachable."""
    file = database_url.removeprefix("sqlite:///")
    if file != database_url and not Path(file).is_file():
        raise EngineUnreachable("the database", f"there is none at {file}")
    try:
        with Store.open(database_url) as store:
            return Wording(store)()
    except Unreachable as error:
        raise EngineUnreachable("the database", error.reason) from error
