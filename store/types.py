"""Column types that give back exactly what was put in, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

Json: Final = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A JSON value; None is SQL's NULL."""

_WITHOUT_ZONE: Final = len("2026-03-02 09:00:00.000000")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in, the same moment in UTC out. A naive one is refused (ValueError).

    SQLite has no type for it and keeps text in UTC, so that text order is time order.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, a moment with its zone on PostgreSQL."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """In UTC, on SQLite as text of one length."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a zone: {value.isoformat()}")
        at = value if value.tzinfo is UTC else value.astimezone(UTC)
        if dialect.name == "sqlite":
            return at.isoformat(" ", "microseconds")[:_WITHOUT_ZONE]
        return at

    def result_processor(self, dialect: Dialect, coltype: Any) -> Callable[[Any], datetime | None]:
        """Aware, in UTC. One function for each value: lists have thousands of moments."""
        return _from_text if dialect.name == "sqlite" else _from_moment


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


def _from_moment(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An exact amount of a currency, kept as a whole number of ten-thousandths.

    No currency has more than four decimals. Whole numbers sum and sort exactly in both
    databases, which SQLite's text and floating numbers do not. Trailing zeros are not kept.
    """

    impl = BigInteger
    cache_ok = True

    _UNITS: Final = Decimal(10_000)
    _LIMIT: Final = Decimal(900_000_000_000_000)

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        """The number of ten-thousandths. Raises ValueError for what cannot be kept exactly."""
        if value is None:
            return None
        amount = Decimal(value)
        if not amount.is_finite() or abs(amount) > self._LIMIT:
            raise ValueError(f"not an amount that can be kept: {value}")
        units = amount * self._UNITS
        if units != units.to_integral_value():
            raise ValueError(f"an amount has at most four decimals: {value}")
        return int(units)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """The amount, without trailing zeros and without an exponent."""
        if value is None:
            return None
        amount = Decimal(int(value)) / self._UNITS
        whole = amount.to_integral_value()
        return whole if amount == whole else amount.normalize()
