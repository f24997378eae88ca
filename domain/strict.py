"""A frozen model that refuses unknown keys and tells all its objections at once."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError


class Objection(NamedTuple):
    """Why a piece of a file cannot stand: the path to it and a sentence that says what to write."""

    path: tuple[str | int, ...]
    message: str


class Strict(BaseModel):
    """Frozen; an unknown key is an error; `objections` adds checks over several keys.

    Objections are gathered on the raw data, so a wrong duration in one line does not hide a
    wrong name in another: one `ValidationError` carries everything.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @classmethod
    def objections(cls, raw: Mapping[str, Any]) -> Iterable[Objection]:
        """Checks over more than one key of the raw data; the data may be wrong anywhere."""
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _all_at_once(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(value, Mapping):
            return handler(value)
        found = [_refusal(each) for each in cls.objections(value)]
        try:
            model = handler(value)
        except ValidationError as error:
            found += [_copy(each) for each in error.errors(include_url=False)]
        if found:
            raise ValidationError.from_exception_data(cls.__name__, found)
        return model


def plain(value: Any) -> Any:
    """The raw data behind a value that may already be a model."""
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True, exclude_unset=True)
    return value


def mapping(value: Any) -> Mapping[str, Any]:
    """The value as raw mapping, empty when it is none."""
    value = plain(value)
    return value if isinstance(value, Mapping) else {}


def sequence(value: Any) -> list[Any]:
    """The value as list of raw data, empty when it is none."""
    return [plain(each) for each in value] if isinstance(value, list | tuple) else []


def under(key: str, objections: Iterable[Objection]) -> list[Objection]:
    """The objections, told from one key further out."""
    return [Objection((key, *each.path), each.message) for each in objections]


def _refusal(objection: Objection) -> InitErrorDetails:
    told = PydanticCustomError("objection", "{message}", {"message": objection.message})
    return {"type": told, "loc": objection.path, "input": None}


def _copy(error: Any) -> InitErrorDetails:
    message = str(error["msg"]).removeprefix("Value error, ")
    context = {**error.get("ctx", {}), "message": message}
    kind = PydanticCustomError(error["type"], "{message}", context)
    return {"type": kind, "loc": error["loc"], "input": error["input"]}
