"""Values that people write as a short text in a file: read strictly, written back the same."""

from abc import abstractmethod
from typing import Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


class Written:
    """The shared manners of such values: pydantic reads the text and serialises it again.

    A subclass gives `parse`, `__str__`, the pattern for the JSON schema and examples.
    """

    __slots__ = ()

    pattern: ClassVar[str]
    examples: ClassVar[tuple[str, ...]]

    @classmethod
    @abstractmethod
    def parse(cls, text: str) -> Self:
        """The value of this text. Raises ValueError that says what to write instead."""

    @classmethod
    def accept(cls, value: object) -> Self:
        """A value as it is, or the parsed text; anything else is a ValueError."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        raise ValueError(f"{value!r} is not a text: write {cls.how()}")

    @classmethod
    def how(cls) -> str:
        """The examples as an error names them: '14 days', '1 business day' or '48 hours'."""
        *most, last = (f"'{example}'" for example in cls.examples)
        return f"{', '.join(most)} or {last}" if most else last

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validated, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "pattern": cls.pattern, "examples": list(cls.examples)}

    @classmethod
    def _validated(cls, value: object) -> Self:
        try:
            return cls.accept(value)
        except ValueError as error:
            # The message alone: pydantic would put "Value error, " before it.
            raise PydanticCustomError("written", "{reason}", {"reason": str(error)}) from error
