"""The guide for marketing names what a mail may name: all of it, and nothing else."""

import re
from pathlib import Path

from pydantic import BaseModel

from mail.context import CONTEXTS, OUTWARD, Asset, Contact, Deal, Draft, Line, Owner, Promise
from mail.filters import FILTERS
from mail.render import Renderer
from mail.words import FrontMatter
from tests.mail.conftest import SHIPPED

GUIDE = (Path(__file__).parents[2] / "docs" / "marketing.md").read_text()
CODE = set(re.findall(r"`([^`\n]+)`", GUIDE))


def test_every_name_of_the_models_is_in_the_guide() -> None:
    groups: dict[str, type[BaseModel]] = {
        "contact": Contact, "deal": Deal, "owner": Owner, "asset": Asset, "line": Line,
        "promise": Promise, "draft": Draft,
    }  # fmt: skip
    paths = {
        f"{group}.{name}" for group, model in groups.items() for name in model.model_fields
    } - {"deal.fields"}  # fmt: skip
    assert paths <= CODE
    for context, model in CONTEXTS.items():
        if context not in OUTWARD:
            row = next(line for line in GUIDE.splitlines() if line.startswith(f"| `{context}` |"))
            shown = {name.split(".")[0] for name in re.findall(r"`([^`]+)`", row.split("|")[2])}
            known = set(model.model_fields) - {"person", "company"}
            assert shown - {"line"} == known, context


def test_the_guide_names_nothing_that_is_not_there() -> None:
    known = {
        f"{name}.{field}"
        for context in CONTEXTS.values()
        for name, info in context.model_fields.items()
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
        for field in info.annotation.model_fields
    }
    named = {
        path for path in CODE if re.fullmatch(r"(contact|deal|owner|company|links)\.\w+", path)
    }
    assert named <= known


def test_every_filter_and_every_line_of_front_matter_is_in_the_guide() -> None:
    used = set(re.findall(r"\\\| (\w+)", GUIDE))
    assert used == set(FILTERS)
    for name in FrontMatter.model_fields:
        assert f"`{name}" in GUIDE


def test_the_mail_that_the_guide_shows_is_the_one_that_ships() -> None:
    shown = re.search(r"follow-up-3.md`:\n\n```\n(.*?)```", GUIDE, re.DOTALL)
    assert shown is not None
    assert (SHIPPED / "follow-up-3.md").read_text().startswith(shown.group(1).rstrip())


def test_the_fault_that_the_guide_shows_is_told_so(tmp_path: Path) -> None:
    told = re.search(r"templates/mail/follow-up-3.md:12:13 (.*)", GUIDE)
    assert told is not None
    assert told.group(1) == "owner.nme no such name; did you mean owner.name?"
    assert Renderer(SHIPPED).check("follow-up-3")
