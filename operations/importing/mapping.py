"""Mapping profiles: which column of somebody's export means what, written in YAML."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from domain.commands import Currency, Line
from domain.playbooks.words import Slug, suggestion
from domain.refusal import Malformed, NotFound
from operations.authoring.errors import dotted, place_of
from operations.authoring.yaml_tree import NotYaml, read, text_of
from operations.importing.table import Table, key_of

FOLDER: Final = "mappings"
"""The folder beside the playbooks that holds the profiles which ship."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StageMeaning(_Strict):
    """What a value of the stage column says: a stage of the playbook, and how the deal stands.

    A won or lost deal names the stage that it was in before.
    """

    stage: Line
    status: Literal["open", "won", "lost"] = "open"


def _meaning(value: Any) -> Any:
    return {"stage": value} if isinstance(value, str) else value


Meaning = Annotated[StageMeaning, BeforeValidator(_meaning)]


class DealColumns(_Strict):
    """The columns of the deals' file. Only `id` and `stage` are needed."""

    id: str
    stage: str
    title: str | None = None
    owner: str | None = None
    account: str | None = None
    product: str | None = None
    amount: str | None = None
    currency: str | None = None
    opened: str | None = None
    stage_entered: str | None = None
    closed: str | None = None
    expected_close: str | None = None
    source: str | None = None
    lost_reason: str | None = None
    contact: str | None = None

    @property
    def dates(self) -> tuple[str, ...]:
        """The columns that hold dates."""
        all_of = (self.opened, self.stage_entered, self.closed, self.expected_close)
        return tuple(name for name in all_of if name is not None)


class ProductColumns(_Strict):
    """The columns of the products' file."""

    name: str
    list_price: str | None = None


class AccountColumns(_Strict):
    """The columns of the accounts' file; `facts` are kept for rules and segments to ask."""

    name: str
    country: str | None = None
    facts: tuple[str, ...] = ()


class PeopleColumns(_Strict):
    """The columns of the people's file: who owns deals, who manages them, in which group."""

    name: str
    email: str | None = None
    manager: str | None = None
    group: str | None = None


class DealMapping(_Strict):
    """How an export becomes deals.

    `source` and a row's id name a deal for ever. `lost_reasons` says which reason of the
    playbook a text of the export means, `lost_because` which holds where it says none that is
    known. `list_price_for_blank` gives an open deal without an amount the
    list price of its product.
    """

    mapping: Slug
    source: Slug
    playbook: Slug
    currency: Currency | None = None
    columns: DealColumns
    fields: dict[str, str] = {}
    stages: dict[str, Meaning] = Field(min_length=1)
    lost_reasons: dict[str, Slug] = {}
    lost_because: Slug = "unknown"
    list_price_for_blank: bool = False
    products: ProductColumns | None = None
    accounts: AccountColumns | None = None
    people: PeopleColumns | None = None

    @property
    def wanted(self) -> tuple[str, ...]:
        """Every column of the deals' file that the profile names."""
        named = [value for value in self.columns.model_dump().values() if value is not None]
        return (*named, *self.fields.values())


class ContactMapping(_Strict):
    """How an export becomes contacts: our word to its column; `facts` None keeps all others."""

    mapping: Slug
    columns: dict[str, str]
    facts: tuple[str, ...] | None = None


Profile = TypeVar("Profile", bound=BaseModel)


def load(path: Path, model: type[Profile]) -> Profile:
    """The profile in this file. Raises NotFound, Malformed with file:line:column of each fault."""
    try:
        tree, flaws = read(text_of(path))
    except NotYaml as error:
        raise Malformed(error.message, f"{path}:{error.line}:{error.column}") from error
    except OSError as error:
        raise NotFound(f"there is no mapping file {path} that can be read", str(path)) from error
    wrong = [(flaw.place, dotted(flaw.path), flaw.message) for flaw in flaws]
    try:
        found = model.model_validate(tree.value)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            loc = tuple(each["loc"])
            wrong.append((place_of(tree, loc), dotted(loc), _words(each)))
    if wrong:
        told = [f"{path}:{line}:{column} {at} {why}" for (line, column), at, why in sorted(wrong)]
        raise Malformed("\n".join(told), told[0].partition(" ")[0])
    return found


def shipped(playbooks: Path) -> list[DealMapping]:
    """The profiles in the folder beside the playbooks, by name."""
    return [load(path, DealMapping) for path in sorted((playbooks / FOLDER).glob("*.yaml"))]


def recognised(table: Table, profiles: Sequence[DealMapping]) -> DealMapping:
    """The profile whose columns the header has all of. Raises Malformed with what is missing."""
    fits = [one for one in profiles if not missing(table, one.wanted)]
    if fits:
        return max(fits, key=lambda one: len(one.wanted))
    nearest = max(profiles, key=lambda one: _share(table, one), default=None)
    if nearest is not None and _share(table, nearest) >= 0.5:
        raise _lacks(table, nearest.wanted, f"the mapping {nearest.mapping}")
    names = ", ".join(one.mapping for one in profiles) or "none"
    told = f"no mapping fits these columns (known: {names}); write one and name it with --map"
    raise Malformed(told, f"{table.file}:1")


def must_have(table: Table, wanted: Iterable[str], who: str) -> None:
    """Raises Malformed when the table lacks a column, with the one that may be meant."""
    if missing(table, wanted):
        raise _lacks(table, wanted, who)


def missing(table: Table, wanted: Iterable[str]) -> list[str]:
    """The columns that the table lacks."""
    there = {key_of(name) for name in table.header}
    return [name for name in wanted if key_of(name) not in there]


def places(table: Table) -> Mapping[str, int]:
    """From a column's compared name to its place in a row."""
    return {key_of(name): number for number, name in enumerate(table.header)}


def _lacks(table: Table, wanted: Iterable[str], who: str) -> Malformed:
    lacking = missing(table, wanted)
    used = {key_of(name) for name in wanted}
    spare = [name for name in table.header if key_of(name) not in used]
    told = ", ".join(f'"{name}"{meant(name, spare)}' for name in lacking)
    return Malformed(f"{who} wants the column {told}", f"{table.file}:1")


def meant(word: str, known: Iterable[str]) -> str:
    """A hint at the word of a file that may be meant; case does not matter."""
    by_key = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold()[:80], by_key, n=1, cutoff=0.6)
    return f'; did you mean "{by_key[near[0]]}"?' if near else suggestion(word, known)


def _share(table: Table, profile: DealMapping) -> float:
    return 1 - len(missing(table, profile.wanted)) / len(profile.wanted)


def _words(error: Any) -> str:
    last = error["loc"][-1] if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        known = {*DealMapping.model_fields, *DealColumns.model_fields, *PeopleColumns.model_fields}
        return f'unknown key "{last}"{suggestion(last, known)}'
    if error["type"] == "missing":
        return f'"{last}" is missing'
    return str(error["msg"]).removeprefix("Value error, ")
