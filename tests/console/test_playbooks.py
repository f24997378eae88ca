"""Playbooks in the browser: who is in flight under what, and a text that is never lost."""

import pytest

from domain import commands as c
from domain.access import Role
from operations.access import auditing
from operations.authoring import editions, playbooks
from operations.house import EngineUnreachable
from tests.console.conftest import Browser, Village
from tests.console.test_deal_page import counting
from tests.console.test_roles import Staffed, cheap_passwords, staffed
from tests.support.houses import ROOT
from tests.support.page import read
from tests.support.staff import OURS

__all__ = ["cheap_passwords", "staffed"]

SIMPLE = (ROOT / "playbooks" / "simple.yaml").read_text(encoding="utf-8")
SLOWER = SIMPLE.replace("chance: 20%", "chance: 25%").replace(
    "opportunity_from: contacted", "opportunity_from: proposal"
)
EDIT = "/playbooks/simple/edit"
DRAFT = "/playbooks/simple/draft"
MISSPELT = SIMPLE.replace("send_window:", "send_windw:").replace("chance: 20%", "chance: many")


@pytest.fixture
def written(village: Village) -> Village:
    """The village, whose playbook was published with its text by Li Wei."""
    playbooks.publish_text(village.house, SIMPLE + "\n# by hand\n", actor="P-2")
    playbooks.publish_text(village.house, SLOWER, actor="P-2")
    return village


async def test_every_part_says_who_is_in_flight_under_which_version_and_where(
    village: Village, browser: Browser
) -> None:
    village.open("boat")
    moved = village.open("barge")
    assert village.ask(c.AdvanceDeal(stage="contacted"), moved, "advance").status == "done"
    playbooks.publish_text(village.house, SLOWER, actor="P-2")
    village.open("raft")
    page = await browser.open("/playbooks")
    rows = {" ".join(row.split()[:2]): row for row in page.words("tr")}
    (pipeline,) = [row for row in rows.values() if row.startswith("pipeline version 2")]
    assert "by Li Wei 李伟" in pipeline
    assert "version 2: 1 (new 1)" in pipeline
    assert "version 1: 2 (contacted 1, new 1)" in pipeline
    assert "the newest hold for every open deal" in rows["limits version"]
    assert "version 1: 2" in rows["cadence follow-up"]
    assert "3 open deals" in page.text
    assert page.words("li", class_="warn")[0].startswith("version 1: 2")


async def test_without_playbooks_it_teaches_and_begins_with_one_that_ships(
    village: Village, browser: Browser
) -> None:
    page = await browser.open("/playbooks")
    assert {"simple", "crm-sales"} <= set(page.words("option"))
    page = await browser.open("/new-playbook?shipped=crm-sales")
    assert "playbook: my-crm-sales" in page.words("textarea")[0]
    text = page.form("/new-playbook/draft", {})["text"]
    page = await browser.send("/new-playbook/draft", text=text, do="check")
    assert "What publishing would change" in page.text
    page = await browser.send("/new-playbook/draft", text=text, do="publish")
    assert page.address == "/playbooks/my-crm-sales"
    assert "Published my-crm-sales, edition 1" in page.answer
    assert playbooks.show(village.house, "my-crm-sales").source == text
    page = await browser.open("/new-playbook?shipped=crm-sales")
    page = await browser.send("/new-playbook/draft", text=text, do="check")
    assert page.status == 422
    assert '"my-crm-sales" is published already' in page.text
    assert (await browser.open("/new-playbook?shipped=none")).status == 404


async def test_every_error_stands_at_its_line_and_the_text_stays(
    written: Village, browser: Browser
) -> None:
    await browser.open(EDIT)
    page = await browser.send(DRAFT, text=MISSPELT, do="check")
    assert page.status == 422
    (found,) = page.words("ul", class_="problems")
    line = MISSPELT.split("\n").index('  send_windw: "09:00-17:00"') + 1
    assert f"line {line}, column 3 calendar.send_windw" in found
    assert 'did you mean "send_window"?' in found.replace("“", '"') or "send_window" in found
    assert "2 errors to mend first" in page.text
    (link,) = [one for one in page.all("a") if one.attributes.get("data-line") == str(line)]
    assert link.attributes["href"] == f"#L{line}"
    assert page.all("li", class_="error")[0].attributes["id"] == f"L{line}"
    (area,) = page.all("textarea")
    assert area.attributes["aria-describedby"] == "problems"
    assert page.all("ul", id="problems")
    assert area.attributes["aria-invalid"] == "true"
    assert area.text.strip() == MISSPELT.strip()
    assert "publish" not in [one.attributes.get("value") for one in page.all("button")]
    assert playbooks.show(written.house, "simple").edition == 3


async def test_what_would_change_is_shown_before_it_is_published(
    written: Village, browser: Browser
) -> None:
    written.open("boat")
    back = SLOWER.replace("opportunity_from: proposal", "opportunity_from: contacted")
    await browser.open(EDIT)
    page = await browser.send(DRAFT, text=back, do="publish")
    assert "the text is another than the one that was looked at" in page.text
    assert "opportunity from : proposal becomes contacted" in page.text
    assert "1 open deal keeps the pipeline of the opening: new 1" in page.text
    page = await browser.send(DRAFT, text=back, do="publish")
    assert page.address == "/playbooks/simple"
    assert "Published simple, edition 4: pipeline@" in page.answer
    assert playbooks.show(written.house, "simple").source == back
    entry = auditing.list_page(written.house).entries[0]
    assert (entry.what, entry.outcome, entry.stream) == ("publish", "done", "playbook/simple")


async def test_somebody_elses_publication_is_not_undone_unseen(
    written: Village, browser: Browser
) -> None:
    mine = SLOWER.replace("chance: 50%", "chance: 55%")
    await browser.open(EDIT)
    await browser.send(DRAFT, text=mine, do="check")
    theirs = SLOWER.replace("chance: 75%", "chance: 80%")
    playbooks.publish_text(written.house, theirs, actor="P-1")
    page = await browser.send(DRAFT, text=mine, do="publish")
    assert page.status == 409
    assert "simple is at edition 4 by now" in page.text
    assert "Published meanwhile: edition 4" in page.text
    assert "Olga Owner published it" in page.text
    assert "75% becomes 80%" in page.text
    assert "80% becomes 75%" in page.text
    assert page.words("textarea")[0].split() == mine.split()
    assert playbooks.show(written.house, "simple").source == theirs
    page = await browser.send(DRAFT, text=mine, do="publish")
    assert page.address == "/playbooks/simple", "having seen it, one may"
    assert playbooks.show(written.house, "simple").edition == 5


async def test_a_new_playbook_that_somebody_else_began_first_is_refused(
    village: Village, browser: Browser
) -> None:
    text = SIMPLE.replace("playbook: simple", "playbook: ours")
    await browser.open("/new-playbook?shipped=simple")
    await browser.send("/new-playbook/draft", text=text, do="check")
    playbooks.publish_text(village.house, text, actor="P-1")
    page = await browser.send("/new-playbook/draft", text=text, do="publish")
    assert page.status in (409, 422)
    assert "ours is published already" in page.text
    assert page.words("textarea")[0].split() == text.split()


async def test_a_page_publishes_the_playbook_that_it_is_about(
    written: Village, browser: Browser
) -> None:
    await browser.open(EDIT)
    text = SIMPLE.replace("playbook: simple", "playbook: other")
    page = await browser.send(DRAFT, text=text, do="check")
    assert 'line 3, column 11 playbook this is the page of simple: write "simple"' in page.text


@pytest.mark.parametrize("wrong", [{"form_token": "of another session"}, {"text": "a\x00b"}])
async def test_a_form_that_may_do_nothing_gives_the_text_back(
    written: Village, browser: Browser, wrong: dict[str, str]
) -> None:
    await browser.open(EDIT)
    await browser.send(DRAFT, text=SIMPLE, do="check")
    page = await browser.send(DRAFT, do="publish", **wrong)
    assert page.status == (422 if "text" in wrong else 403)
    assert playbooks.show(written.house, "simple").edition == 3
    wanted = "a�b" if "text" in wrong else SIMPLE
    assert page.words("textarea")[0].split() == wanted.split()
    page = await browser.send(DRAFT, do="check")
    assert page.all("button", value="check"), "and it goes on"


async def test_an_outage_gives_the_text_back(
    written: Village, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.open(EDIT)

    def down(*_: object, **__: object) -> None:
        raise EngineUnreachable("the database", "no answer")

    with monkeypatch.context() as patch:
        patch.setattr(editions, "history", down)
        page = await browser.send(DRAFT, text=SIMPLE, do="check")
    assert page.status == 503
    assert page.words("textarea")[0].split() == SIMPLE.split()
    page = await browser.send(DRAFT, do="check")
    assert "What publishing would change" in page.text


async def test_what_two_editions_say_is_compared_in_words(
    written: Village, browser: Browser
) -> None:
    page = await browser.open("/playbooks/simple?before=1&after=3")
    assert "From edition 1 to edition 3" in page.text
    assert "opportunity from : contacted becomes proposal" in page.text
    assert "was published without its text" not in page.text
    page = await browser.open("/playbooks/simple?edition=2")
    assert "# by hand" in page.text
    assert f"{EDIT}?edition=2" in page.html
    assert (await browser.open("/playbooks/simple?edition=9")).status == 404
    assert (await browser.open("/playbooks/simple?before=1&after=9")).status == 404
    assert (await browser.open("/playbooks/smple")).status == 404
    assert (await browser.open("/playbooks/simple?edition=x")).status == 200


async def test_an_edition_without_its_text_is_edited_in_words_made_from_its_parts(
    village: Village, browser: Browser
) -> None:
    told = "published without its text: this is made from its parts"
    page = await browser.open("/playbooks/simple")
    assert told in page.text
    assert "chance: 20%" in page.text
    page = await browser.open(EDIT)
    assert (page.status, told in page.text) == (200, True)
    slower = page.all("textarea")[0].text.replace("chance: 20%", "chance: 25%")
    page = await browser.send(DRAFT, text=slower, do="check")
    assert "chance : 20% becomes 25%" in " ".join(page.text.split())
    page = await browser.send(DRAFT, text=slower, do="publish")
    assert "Published simple, edition 2: pipeline@2" in page.text
    assert told not in page.text


async def test_what_is_written_in_a_playbook_is_shown_and_never_obeyed(
    written: Village, browser: Browser
) -> None:
    evil = "</textarea><script>alert(1)</script>{{ 7 * 7 }}"
    await browser.open(EDIT)
    page = await browser.send(DRAFT, text=f"{evil}: {evil}\n", do="check")
    assert page.status == 422
    assert "<script>alert(1)" not in page.html
    assert page.words("textarea")[0].startswith("</textarea><script>")


async def test_only_those_who_may_publish_are_shown_how(staffed: Staffed) -> None:
    house = staffed.village.house
    playbooks.publish_text(house, SLOWER, actor="P-abcd2345")
    for role, http in staffed.browsers.items():
        may = role in (Role.OPS, Role.ADMIN)
        page = read((await http.get("/playbooks")).text)
        assert ("Begin a new one" in page.text) == may
        page = read((await http.get("/playbooks/simple")).text)
        assert (EDIT in page.html) == may
        assert ("Kanarienvogel" in page.text) == (role is not Role.VIEWER)
        answer = await http.post(DRAFT, data={"text": SIMPLE, "do": "publish"}, headers=OURS)
        assert answer.status_code == 403
        assert ("Not yours to do" in answer.text) == (not may)
        assert ("Nothing was done" in answer.text) == may, "it brought no token"
    assert playbooks.show(house, "simple").source == SLOWER


def test_more_playbooks_and_deals_ask_the_database_no_more(village: Village) -> None:
    with counting(village.house) as few:
        editions.shelves(village.house)
    for number in range(3):
        text = SIMPLE.replace("playbook: simple", f"playbook: number-{number}")
        playbooks.publish_text(village.house, text, actor="P-1")
        village.open(f"boat-{number}", playbook=f"number-{number}")
    with counting(village.house) as many:
        found = editions.shelves(village.house)
    assert len(found.playbooks) == 4
    assert len(many) == len(few) <= 6
    with counting(village.house) as one:
        editions.kept(village.house, "number-0")
    assert len(one) <= 7


async def test_a_text_that_is_too_long_is_told(written: Village, browser: Browser) -> None:
    await browser.open(EDIT)
    too_long = "a: b\n" * 300_000
    assert (await browser.send(DRAFT, text=too_long, do="check")).status == 413
    await browser.open(EDIT)
    page = await browser.send(DRAFT, text="# 长\n" * 2_000 + SIMPLE, do="check")
    assert page.status == 200
