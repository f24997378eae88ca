"""Membership in a list that comes with the question: one statement for a list of any length.

`column.in_(values)` spells every value out, so each length is a statement of its own that the
driver and the database take in anew, and a long list must be cut into pieces.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, Dialect, String, Text, TypeDecorator, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeEngine

from store.fitness import as_json

IDS: Final = "ids"
"""Under which name the list is given, unless another is said."""


class Texts(TypeDecorator[Sequence[str]]):
    """A list of texts as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The type that the database knows."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(String()))

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        """The list as the driver takes it."""
        texts = list(value or ())
        return as_json(texts) if dialect.name == "sqlite" else texts


class _Among(FunctionElement[Any]):
    name = "among"
    # As a Boolean it would be asked on SQLite whether it equals 1, which no index answers.
    type = NullType()
    inherit_cache = True


def among(column: ColumnElement[Any], name: str = IDS) -> ColumnElement[bool]:
    """Whether a column of texts is one of those that are given as parameter `name`."""
    return _Among(column, bindparam(name, type_=Texts()))


@compiles(_Among, "sqlite")
def _of_json(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, texts = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"


@compiles(_Among, "postgresql")
def _of_array(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, texts = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} = ANY ({texts})"
