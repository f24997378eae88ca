"""What every event of the ledger has in common."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Happened(BaseModel):
    """A fact that cannot be undone. Carries ids, kinds and moments; never a name or a text.

    `at` is when it happened (business time, UTC); the ledger adds when it was recorded.
    `schema_number` grows with the shape; `store.upcasters` lifts older shapes to this one.
    """

    model_config = ConfigDict(frozen=True)

    schema_number: ClassVar[int] = 1

    at: datetime
