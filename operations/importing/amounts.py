"""Amounts as exports write them: with currency signs, grouped thousands, either decimal mark."""

import re
from decimal import Decimal
from typing import Final

_NOISE: Final = re.compile(r"[\s\u00a0\u202f'\u2019$€£¥]|\b[A-Z]{3}\b|zł|Kč")
_PLAIN: Final = re.compile(r"-?\d+(\.\d{1,2})?")
_COMMA_DECIMAL: Final = re.compile(r"-?\d+,\d{1,2}")
_COMMA_GROUPS: Final = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d{1,2})?")
_POINT_GROUPS: Final = re.compile(r"-?\d{1,3}(\.\d{3})+(,\d{1,2})?")
_LARGEST: Final = Decimal(10) ** 15


def amount_of(text: str) -> Decimal:
    """The amount, at most two decimals. Raises ValueError in plain words.

    "1.054" could be a thousand or one and a bit; it is refused rather than guessed.
    """
    bare = _NOISE.sub("", text)
    if re.fullmatch(r"-?\d{1,3}\.\d{3}", bare):
        raise ValueError(f'"{text[:40]}" could be {bare.replace(".", "")} or {bare}')
    number = _number(bare)
    if number is None:
        raise ValueError(f'"{text[:40]}" is not an amount')
    if number < 0:
        raise ValueError(f'"{text[:40]}" is below zero')
    if number >= _LARGEST:
        raise ValueError(f'"{text[:40]}" is too large')
    return number.quantize(Decimal("0.01"))


def _number(bare: str) -> Decimal | None:
    if _PLAIN.fullmatch(bare):
        return Decimal(bare)
    if _COMMA_DECIMAL.fullmatch(bare):
        return Decimal(bare.replace(",", "."))
    if _COMMA_GROUPS.fullmatch(bare):
        return Decimal(bare.replace(",", ""))
    if _POINT_GROUPS.fullmatch(bare):
        return Decimal(bare.replace(".", "").replace(",", "."))
    return None
