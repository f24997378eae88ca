"""One answer for one command id: what asked twice is done once, and answers the same."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from domain.ids import digest
from operations.house import House
from operations.logbook import note, remembering
from store import commands
from store.commands import Kept
from store.database import Tx

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True)
class Asked:
    """Something asked that is no command of a deal: who asks what, of which stream.

    `body` may hold texts; it is kept where it can be erased. Without a `command_id` nothing
    is kept, and asking again is asking anew.
    """

    stream: str
    kind: str
    actor: str
    body: Mapping[str, Any]
    command_id: str | None = None


def once(
    house: House, tx: Tx, asked: Asked, model: type[Answer], work: Callable[[], Answer]
) -> Answer:
    """What `work` answers, or what it answered when the same was asked under this id before.

    Runs in the transaction of the work, so that both are kept or neither is, and so is the entry
    in the audit log. Raises CommandReused when the id was used for something else.
    """
    if asked.command_id is None:
        return _logged(house, tx, asked, work)
    # Moments and amounts are kept as text.
    body = json.dumps(asked.body, sort_keys=True, default=str)
    kept = commands.keep(
        tx,
        Kept(
            command_id=asked.command_id,
            stream=asked.stream,
            kind=asked.kind,
            actor=asked.actor,
            fingerprint=digest(asked.kind, body),
            kept_at=house.time.wall(),
            body=json.loads(body),
        ),
    )
    if kept.receipt is not None:
        return model.model_validate(kept.receipt)
    answer = _logged(house, tx, asked, work)
    told = answer.model_dump(mode="json")
    commands.answer(tx, asked.command_id, told, house.time.wall())
    return answer


def _logged(house: House, tx: Tx, asked: Asked, work: Callable[[], Answer]) -> Answer:
    who, its_id = asked.actor, asked.command_id
    with remembering(house, asked.kind, actor=who, stream=asked.stream, command_id=its_id):
        answer = work()
    note(tx, house, asked.kind, actor=who, stream=asked.stream, command_id=its_id)
    return answer
