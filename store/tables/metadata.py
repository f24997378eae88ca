"""The one collection that every table belongs to, with names for all constraints."""

from typing import Final

from sqlalchemy import DDL, MetaData, Table, event

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def guard(table: Table, statements: dict[str, list[str]]) -> None:
    """Have these statements run, by dialect, whenever the table is created."""
    for dialect, texts in statements.items():
        for text in texts:
            statement = DDL(text.replace("%", "%%"))  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", statement.execute_if(dialect=dialect))
