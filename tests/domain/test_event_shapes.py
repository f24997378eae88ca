"""Every shape that an event was ever stored in has a sample, and each can still be read."""

import json
from pathlib import Path
from typing import Any

import pytest

from domain.event import Happened
from domain.events import KINDS, kind_of
from store.upcasters import revive

SAMPLES = Path(__file__).parent.parent / "data" / "events"


def sample(kind: str, schema: int) -> dict[str, Any]:
    """The stored form of an event of this kind and shape, as it was when it was released."""
    found: dict[str, Any] = json.loads((SAMPLES / f"{kind}.{schema}.json").read_text("utf-8"))
    return found


def read(kind: str, schema: int) -> Happened:
    """The event of a sample, lifted to the shape of now."""
    data = sample(kind, schema)
    return revive(kind, schema, data, data.pop("at"))


def shapes() -> list[tuple[str, int]]:
    """The kind and schema number of each sample."""
    names = [path.stem.rpartition(".") for path in sorted(SAMPLES.glob("*.json"))]
    return [(kind, int(number)) for kind, _, number in names]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_has_a_sample_of_its_present_shape_with_every_field(kind: str) -> None:
    model = KINDS[kind]
    told = sample(kind, model.schema_number)
    assert set(told) == set(model.model_fields), (
        "a field came or went: raise the event's schema_number, add an upcaster and a sample"
    )
    assert told["kind"] == kind


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_sample_of_the_present_shape_is_read_back_equal(kind: str) -> None:
    number = KINDS[kind].schema_number
    event = read(kind, number)
    assert kind_of(event) == kind
    assert json.loads(event.model_dump_json()) == sample(kind, number)


@pytest.mark.parametrize(("kind", "schema"), shapes())
def test_every_shape_there_ever_was_can_be_read(kind: str, schema: int) -> None:
    assert isinstance(read(kind, schema), KINDS[kind])


def test_no_shape_has_a_place_for_a_name_an_address_or_a_text() -> None:
    private = {"email", "address", "title", "note", "text", "what_was_said", "full_name", "phone"}
    assert [kind for kind, model in KINDS.items() if private & set(model.model_fields)] == []
