"""What the documentation says is so: each test's name is what a reader may rely on."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.main import get_command

from activities.morning import HOUR
from activities.rounds import AUDIT_EVERY
from cli.main import COMMANDS, app
from cli.nurture import shown
from operations.authoring.files import load_text
from operations.embedded import SEARCH_ATTRIBUTES
from operations.nurturing.nurtures import Launch
from scripts.reference import FOLDER, PAGES, lines
from settings import PREFIX, Settings
from tests.support.pages import ROOT, Fence, Page, pages
from worker import GRACE

pytestmark = pytest.mark.gate

PAGES_OF_DOCS = pages()
COMMAND_OF = dict(lines())
MADE_UP = {"templates/mail/case-study.md", "playbooks/partners.yaml"}
"""Files that a reader is told to make."""
COSTS = ("EVENTS", "ACTIONS")


def ids(page: Page) -> str:
    return str(page.path)


GUIDES = [page for page in PAGES_OF_DOCS if page.path.name not in PAGES]
each_page = pytest.mark.parametrize("page", PAGES_OF_DOCS, ids=ids)
each_guide = pytest.mark.parametrize("page", GUIDES, ids=ids)
"""The pages that people wrote; the reference is made from the code."""


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_says_what_the_code_says(name: str) -> None:
    made = PAGES[name]()
    assert (FOLDER / name).read_text(encoding="utf-8") == made, "run: python scripts/reference.py"


def test_every_key_of_a_playbook_and_every_setting_has_a_meaning() -> None:
    silent = [
        f"{name}: {line}"
        for name in ("playbook.md", "settings.md")
        for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()
        if line.startswith("| `") and line.endswith("| |")
    ]
    assert silent == []


@each_page
def test_a_link_leads_somewhere(page: Page) -> None:
    lost = []
    for target in page.links:
        file, _, anchor = target.partition("#")
        path = ((ROOT / page.path).parent / file if file else ROOT / page.path).resolve()
        there = path.exists()
        if not there or (anchor and anchor not in Page(path.relative_to(ROOT)).anchors):
            lost.append(target)
    assert lost == []


def test_every_page_can_be_found_from_the_map() -> None:
    found: set[Path] = set()
    waiting = [Path("docs/index.md"), Path("README.md")]
    while waiting:
        path = waiting.pop()
        if path not in found and (ROOT / path).is_file():
            found.add(path)
            waiting += Page(path).leads_to()
    pages_of_docs = {page.path for page in PAGES_OF_DOCS if page.path.parts[0] == "docs"}
    assert pages_of_docs - found == set()


@each_guide
def test_a_command_line_can_be_typed(page: Page) -> None:
    wrong = [
        f"sluice {' '.join(words)}: {why}"
        for words, whole in page.commands()
        for why in objections(words, whole)
    ]
    assert wrong == []


def test_a_message_names_only_commands_that_there_are() -> None:
    groups = {path[0] for path in COMMAND_OF if len(path) > 1}
    quoted = re.compile(r"[:`] ?sluice ([a-z]+)(?: ([a-z][a-z-]+))?")
    wrong = [
        f"{file.relative_to(ROOT)}: sluice {first} {second}"
        for room in ("cli", "operations", "console", "activities", "mail")
        for file in sorted((ROOT / room).glob("*.py"))
        for first, second in quoted.findall(file.read_text(encoding="utf-8"))
        if first not in COMMANDS
        or (first in groups and second and (first, second) not in COMMAND_OF)
    ]
    assert wrong == []


def objections(words: list[str], whole: bool) -> list[str]:
    """What keeps a command line from being understood; `whole`: as it is, else only a part."""
    command, at = get_command(app), 0
    while hasattr(command, "list_commands"):
        if at == len(words) or words[at].startswith("-"):
            return [] if at or words == ["--help"] or words == ["--version"] else ["no command"]
        known = command.list_commands(None)
        named = words[at].split("|")
        if missing := [word for word in named if word not in known and word not in ("…", "...")]:
            return [f"there is no {', '.join(missing)}"]
        if len(named) > 1 or named[0] not in known:
            return []
        command, at = command.get_command(None, named[0]), at + 1
    return [*_rest(command, words[at:], whole)]


def _rest(command: Any, words: list[str], whole: bool) -> list[str]:
    options = {name: one for one in command.params for name in (*one.opts, *one.secondary_opts)}
    places = [one for one in command.params if not one.opts[0].startswith("-")]
    said: set[str] = set()
    taken, at = 0, 0
    while at < len(words):
        name, sign, _ = words[at].partition("=")
        at += 1
        if not name.startswith("-") or name == "-":
            taken += 1
            continue
        if name in ("--help", "-h", "--json"):
            continue
        if name not in options:
            return [f"there is no option {name}"]
        said.add(name)
        if not options[name].is_flag and not sign:
            at += 1
    most = sum(999 if one.nargs == -1 else 1 for one in places)
    wrong = [f"{taken - most} words too many"] if taken > most else []
    if whole:
        least = sum(1 for one in places if one.required)
        wrong += [f"{least - taken} words are missing"] if taken < least else []
        needed = [one for one in command.params if one.required and one not in places]
        wrong += [f"{one.opts[0]} is missing" for one in needed if not said & set(one.opts)]
    return wrong


@each_guide
def test_a_make_target_is_one_of_the_makefile(page: Page) -> None:
    there = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = [*page.spans, *(line for fence in page.fences for line in fence.text.splitlines())]
    named = {found[1] for text in code if (found := re.match(r"make ([a-z]+)", text.strip()))}
    assert named - there == set()


@each_page
def test_a_variable_is_one_that_something_reads(page: Page) -> None:
    settings = {PREFIX + name.upper() for name in Settings.model_fields}
    beside = {name + "_FILE" for name in settings} | {"SLUICE_X"}
    read = "".join(
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("settings.py", "cli/main.py", "docker-compose.yml", ".env.example")
    ) + "".join(
        file.read_text() for room in ("tests", "benchmarks") for file in (ROOT / room).rglob("*.py")
    )
    named = set(re.findall(r"\bSLUICE_[A-Z_]*[A-Z]\b", page.text))
    assert {name for name in named - settings - beside if name not in read} == set()


@each_guide
def test_a_file_that_is_named_is_there(page: Page) -> None:
    rooms = "|".join(sorted(path.name for path in ROOT.iterdir() if path.is_dir()))
    looks = re.compile(rf"(?:{rooms})/[\w./-]*[\w/]")
    named = {span for span in page.spans if looks.fullmatch(span)}
    assert {name for name in named - MADE_UP if not (ROOT / name).exists()} == set()


def test_the_times_that_the_guides_name_are_those_of_the_code() -> None:
    admins = Page(Path("docs/admins.md")).text
    assert timedelta(minutes=5) == AUDIT_EVERY
    assert "every five minutes" in admins
    assert timedelta(seconds=30) == GRACE
    assert "for half a minute at most" in admins
    assert HOUR == 8
    assert "At eight on every working day" in Page(Path("docs/reps.md")).text


def test_the_cost_of_the_reference_deal_is_the_one_that_is_pinned() -> None:
    pinned = (ROOT / "tests" / "workflows" / "test_reference_deal.py").read_text(encoding="utf-8")
    events, actions = (re.search(rf"^{name} = (\d+)$", pinned, re.MULTILINE) for name in COSTS)
    assert events
    assert actions
    told = f"is {events[1]} events and {actions[1]} actions"
    assert told in Page(Path("docs/why-temporal.md")).text


def test_why_temporal_tells_its_costs_as_they_were_measured() -> None:
    told = Page(Path("docs/why-temporal.md")).text.splitlines()
    figures = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in told if line.startswith("|")]
    assert len(rows) > 5
    assert set(rows) <= set(figures)


@each_guide
def test_a_search_attribute_is_one_that_workflows_set(page: Page) -> None:
    named = set(re.findall(r"\bSluice[A-Z][a-z]+\b", page.text))
    assert named <= SEARCH_ATTRIBUTES.keys()


def test_the_count_before_a_launch_reads_as_the_guide_shows_it() -> None:
    out = {"no_consent": 41, "opt_out": 12, "already_in": 7}
    plan = Launch("trial-care", "trial", 1, True, 1000, 940, out, (), (), None, None, 0, ())
    assert "\n".join(shown(plan)) in (ROOT / "docs" / "marketing.md").read_text(encoding="utf-8")


def marked() -> list[Any]:
    """The playbooks that the pages show: whole ones, and parts that replace those of `simple`."""
    return [
        pytest.param(fence, id=f"{page.path}:{fence.line}")
        for page in PAGES_OF_DOCS
        for fence in page.fences
        if fence.info in ("yaml playbook", "yaml part")
    ]


@pytest.mark.parametrize("fence", marked())
def test_a_playbook_that_is_shown_is_a_right_one(fence: Fence, tmp_path: Path) -> None:
    text = fence.text
    if fence.info == "yaml part":
        yaml = YAML()
        whole = yaml.load((ROOT / "playbooks" / "simple.yaml").read_text(encoding="utf-8"))
        for key, value in yaml.load(text).items():
            whole[key] = {**whole[key], **value} if isinstance(whole.get(key), dict) else value
        with (tmp_path / "whole.yaml").open("w", encoding="utf-8") as file:
            yaml.dump(whole, file)
        text = (tmp_path / "whole.yaml").read_text(encoding="utf-8")
    mails = {file.stem for file in (ROOT / "templates" / "mail").glob("[!_]*.md")}
    load_text(text, "shown.yaml", sorted(mails))


@each_guide
def test_a_figure_is_one_that_was_measured(page: Page) -> None:
    """A page that quotes benchmarks/README.md does it between marks, letter by letter."""
    quoted = re.findall(r"<!-- benchmarks -->\n(.*?)\n<!-- /benchmarks -->", page.text, re.DOTALL)
    if quoted:
        source = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8").splitlines()
        assert [line for text in quoted for line in text.splitlines() if line not in source] == []
    assert page.text.count("<!-- benchmarks -->") == len(quoted)
