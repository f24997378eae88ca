"""Custom fields: what a playbook declares, and what of a value the ledger may know."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from domain.commands import FieldInput
from domain.deal_events import FieldFact
from domain.playbooks.playbook import FieldType
from domain.playbooks.words import suggestion
from domain.refusal import Refused

ENTRIES_MAX = 50
TEXT_MAX = 10_000


def field_facts(
    given: dict[str, FieldInput], declared: dict[str, FieldType]
) -> dict[str, FieldFact]:
    """What the ledger keeps of the given values. Raises Refused for an unknown or wrong one."""
    facts = {}
    for name, value in given.items():
        if name not in declared:
            hint = suggestion(name, declared)
            raise Refused("unknown_field", f'there is no field "{name}"{hint}', name)
        facts[name] = _fact(name, declared[name], value)
    return facts


def entries(value: FieldInput) -> list[str]:
    """The entries of a value as text: those of a list, or the one, or none when it is empty."""
    many = value if isinstance(value, list) else [value]
    return [text for text in (str(one).strip() for one in many) if text]


def _fact(name: str, kind: FieldType, value: FieldInput) -> FieldFact:
    base, _, many = kind.partition(" ")
    found = entries(value)
    if len(found) > 1 and not many:
        raise Refused("wrong_value", f"{name} takes one value, {len(found)} were given", name)
    if len(found) > ENTRIES_MAX or any(len(one) > TEXT_MAX for one in found):
        raise Refused("too_long", f"{name} is too long", name)
    plain = [_plain(name, base, one) for one in found]
    shown = ", ".join(plain) if base != "text" else ""
    return FieldFact(filled=bool(plain), count=len(plain), value=shown or None)


def _plain(name: str, base: str, text: str) -> str:
    try:
        return _READ[base](text)
    except (ValueError, InvalidOperation):
        raise Refused("wrong_value", f"{name} wants a {base}", name) from None


def _number(text: str) -> Decimal:
    """A finite number; not a number, infinity and digits grouped by _ are none here."""
    number = Decimal(text.replace(" ", ""))
    return number if number.is_finite() and "_" not in text else Decimal(_fail(text))


def _money(text: str) -> str:
    return str(_number(text).quantize(Decimal("0.01")))


def _flag(text: str) -> str:
    return {"true": "yes", "yes": "yes", "1": "yes", "false": "no", "no": "no", "0": "no"}.get(
        text.lower()
    ) or _fail(text)


def _fail(text: str) -> str:
    raise ValueError(text)


_READ: dict[str, Callable[[str], str]] = {
    "text": lambda text: text,
    "number": lambda text: str(_number(text)),
    "money": _money,
    "date": lambda text: date.fromisoformat(text).isoformat(),
    "contact": lambda text: text if text.startswith("C-") else _fail(text),
    "flag": _flag,
}
