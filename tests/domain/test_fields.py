"""Custom fields: what they take, and what of it the ledger may know."""

import pytest

from domain.fields import entries, field_facts
from domain.playbooks.playbook import FieldType
from domain.refusal import Refused

DECLARED: dict[str, FieldType] = {
    "length": "number",
    "budget": "money",
    "harbour": "text",
    "offers": "money list",
    "names": "text list",
    "by": "date",
    "skipper": "contact",
    "insured": "flag",
}


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("length", "9.5", "9.5"),
        ("length", "-3", "-3"),
        ("budget", "12 000.5", "12000.50"),
        ("by", "2026-05-31", "2026-05-31"),
        ("skipper", "C-7hq2mzk4xw5d", "C-7hq2mzk4xw5d"),
        ("insured", True, "yes"),
        ("insured", "no", "no"),
        ("offers", ["1", "2.5"], "1.00, 2.50"),
    ],
)
def test_a_value_is_kept_in_its_plain_form(name: str, given: object, value: str) -> None:
    fact = field_facts({name: given}, DECLARED)[name]  # type: ignore[dict-item]
    assert fact.filled
    assert fact.value == value


def test_a_text_is_never_in_the_ledger() -> None:
    fact = field_facts({"harbour": "with Anna in Gdynia"}, DECLARED)["harbour"]
    assert (fact.filled, fact.count, fact.value) == (True, 1, None)
    many = field_facts({"names": ["Anna", "Jan", " "]}, DECLARED)["names"]
    assert (many.filled, many.count, many.value) == (True, 2, None)


def test_an_empty_value_empties_the_field() -> None:
    fact = field_facts({"harbour": "  ", "offers": []}, DECLARED)
    assert not fact["harbour"].filled
    assert not fact["offers"].filled


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("length", "long"),
        ("length", "NaN"),
        ("length", "Infinity"),
        ("length", "1_000"),
        ("budget", "ten"),
        ("budget", "Infinity"),
        ("budget", "9" * 40),
        ("by", "31.5.2026"),
        ("skipper", "Anna"),
        ("insured", "perhaps"),
        ("offers", ["1", "two"]),
    ],
)
def test_a_wrong_value_is_refused_and_names_its_field(name: str, given: object) -> None:
    with pytest.raises(Refused) as no:
        field_facts({name: given}, DECLARED)  # type: ignore[dict-item]
    assert no.value.code == "wrong_value"
    assert no.value.where == name
    assert name in no.value.message


def test_several_values_want_a_list() -> None:
    with pytest.raises(Refused, match="takes one value, 2 were given"):
        field_facts({"budget": ["1", "2"]}, DECLARED)


def test_too_much_is_refused() -> None:
    with pytest.raises(Refused, match="too long"):
        field_facts({"offers": [str(n) for n in range(51)]}, DECLARED)
    with pytest.raises(Refused, match="too long"):
        field_facts({"harbour": "x" * 10_001}, DECLARED)


def test_an_unknown_field_is_refused_with_the_nearest() -> None:
    with pytest.raises(Refused, match='no field "bugdet"; did you mean "budget"') as no:
        field_facts({"bugdet": "1"}, DECLARED)
    assert no.value.code == "unknown_field"


def test_the_entries_of_a_value_are_its_texts() -> None:
    assert entries("one") == ["one"]
    assert entries(["one", " ", "two "]) == ["one", "two"]
    assert entries("") == []
