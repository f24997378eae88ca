"""Mails edited in the browser: checked, previewed, published for the mails written from then on."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from console.app import create_app
from domain.access import Role
from operations.access import auditing
from operations.authoring import playbooks, templates, wording
from operations.authoring.previews import preview
from operations.house import House
from tests.console.conftest import TOKEN, Browser, Village, browsing
from tests.console.test_deal_page import counting
from tests.console.test_roles import Staffed, cheap_passwords, staffed
from tests.console.test_templates import LETTER, mails
from tests.support.page import read
from tests.support.staff import OURS

__all__ = ["cheap_passwords", "mails", "staffed"]

EDIT = "/templates/hello/edit"
DRAFT = "/templates/hello/draft"
NEW = LETTER.replace("[read]", "[look closer]")


@pytest.fixture
async def house(village: Village, mails: Path) -> AsyncIterator[House]:
    with House(replace(village.house.config, templates=mails.parent)) as opened:
        yield opened


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Browser]:
    async with browsing(create_app(house, link_token=TOKEN)) as http:
        await http.get("/", params={"key": TOKEN})
        yield Browser(http)


async def publish(desk: Browser, text: str, locale: str = "en", name: str = "hello") -> None:
    """Edit, look at and publish."""
    await desk.open(f"/templates/{name}/edit?locale={locale}")
    await desk.send(f"/templates/{name}/draft", text=text, do="check")
    page = await desk.send(f"/templates/{name}/draft", text=text, do="publish")
    assert page.address == f"/templates/{name}", page.text


async def test_what_is_published_holds_at_once_for_everybody_and_touches_no_file(
    desk: Browser, house: House, mails: Path
) -> None:
    old = (mails / "hello.md").read_text()
    before = preview(mails.parent, "hello", None, house.kitchen, house.written())
    await desk.open(EDIT)
    page = await desk.send(DRAFT, text=NEW, do="check")
    assert "What publishing would change" in page.text
    assert "[read](https://us.example/a)" in " ".join(page.words("del"))
    assert "[look closer](https://us.example/a)" in " ".join(page.words("ins"))
    page = await desk.send(DRAFT, text=NEW, do="publish")
    assert "Published hello in English, version 1" in page.answer
    assert "look closer" in page.text
    assert "Version 1 holds" in page.text
    assert (mails / "hello.md").read_text() == old
    # Another process of the same house, as a worker or a terminal is.
    with House(house.config) as other:
        after = preview(mails.parent, "hello", None, other.kitchen, other.written())
        assert "look closer" in after.html
        assert after.template_version != before.template_version
        (kept,) = wording.history(other, "hello")
        assert kept.template_version == after.template_version
        assert kept.holds
    entry = auditing.list_page(house).entries[0]
    assert (entry.what, entry.stream) == ("publish_template", "template/hello")
    page = await desk.open("/templates")
    assert "en * pl" in page.text


async def test_one_goes_back_to_a_version_and_to_the_file(desk: Browser, house: House) -> None:
    await publish(desk, NEW)
    await publish(desk, NEW.replace("closer", "again"))
    page = await desk.open("/templates/hello?locale=en")
    (back,) = [one for one in page.all("a") if one.text.strip() == "go back to it"]
    page = await desk.open(back.attributes["href"])
    assert "look closer" in page.words("textarea")[0]
    await publish(desk, NEW)
    page = await desk.open(f"{EDIT}?version=0")
    assert "[read]" in page.words("textarea")[0]
    await publish(desk, LETTER)
    told = wording.history(house, "hello")
    assert [(one.version, one.from_file) for one in told] == [
        (4, True), (3, False), (2, False), (1, False),
    ]  # fmt: skip
    assert house.written().texts == {}
    assert (await desk.open(f"{EDIT}?version=9")).status == 404


async def test_every_error_stands_at_its_line_and_the_text_stays(
    desk: Browser, house: House
) -> None:
    wrong = NEW.replace("contact.first_name or 'you' }},", "contact.first_nme }},")
    await desk.open(EDIT)
    page = await desk.send(DRAFT, text=wrong, do="check")
    assert page.status == 422
    (found,) = page.words("ul", class_="problems")
    assert "line 6, column 10 contact.first_nme no such name; did you mean" in found
    assert [one.attributes["id"] for one in page.all("li", class_="error")] == ["L6"]
    assert page.all("textarea")[0].attributes["aria-describedby"] == "problems"
    assert page.words("textarea")[0].split() == wrong.split()
    assert "publish" not in [one.attributes.get("value") for one in page.all("button")]
    page = await desk.send(DRAFT, text=wrong, do="publish")
    assert "looked at" in page.text
    page = await desk.send(DRAFT, text="no front matter", do="check")
    assert "begin with ---" in page.text
    assert "It cannot be shown" in page.text
    assert house.written().texts == {}


async def test_what_a_mail_is_for_is_no_matter_of_its_words(desk: Browser, house: House) -> None:
    await desk.open(EDIT)
    other = NEW.replace("purpose: sales", "purpose: service")
    page = await desk.send(DRAFT, text=other, do="check")
    assert "line 4, column 1 purpose this mail is sales, in every language" in page.text
    await desk.open("/templates/hello/edit?locale=de")
    page = await desk.send(DRAFT, text=other, do="check")
    assert "this mail is sales" in page.text


async def test_a_missing_language_and_a_new_mail_are_written_here(
    desk: Browser, house: House
) -> None:
    page = await desk.open("/templates")
    assert page.all("a", href="/templates/loose/edit?locale=pl")
    page = await desk.open("/templates/hello/edit?locale=de-AT")
    assert "Not written yet" in page.text
    await publish(desk, NEW.replace("Hello", "Servus"), "de-AT")
    assert (
        "Servus"
        in preview(house.config.templates, "hello", "de-AT", house.kitchen, house.written()).text
    )
    page = await desk.open("/new-template?name=spring-offer&like=hello")
    assert page.address == "/templates/spring-offer/edit"
    assert "[read]" in page.words("textarea")[0]
    await publish(desk, NEW, name="spring-offer")
    assert "spring-offer" in (playbooks.mails(house.config.templates, house.written()) or [])
    assert "spring-offer" in [
        one.name for one in templates.list_all(house.config.templates, house.written())
    ]
    assert (await desk.open("/new-template?name=x/../y&like=hello")).status in (404, 422)
    assert (await desk.open("/new-template?name=Big&like=hello")).status == 422


async def test_somebody_elses_words_are_not_replaced_unseen(desk: Browser, house: House) -> None:
    await desk.open(EDIT)
    await desk.send(DRAFT, text=NEW, do="check")
    theirs = LETTER.replace("[read]", "[theirs]")
    wording.publish(house, "hello", None, theirs, actor="P-1")
    page = await desk.send(DRAFT, text=NEW, do="publish")
    assert page.status == 409
    assert "Other words were published meanwhile" in page.text
    assert "[theirs]" in " ".join(page.words("del"))
    assert page.words("textarea")[0].split() == NEW.split()
    assert list(house.written().texts.values()) == [theirs]
    page = await desk.send(DRAFT, text=NEW, do="publish")
    assert page.address == "/templates/hello", "having seen it, one may"


async def test_a_draft_is_seen_as_its_reader_gets_it_in_a_frame_that_can_do_nothing(
    desk: Browser, village: Village
) -> None:
    deal_id = village.open("boat", "A boat for the lake")
    await desk.open(EDIT)
    page = await desk.send(DRAFT, text=NEW, do="check", about=deal_id)
    assert "Hello Ann" in page.text
    (frame,) = page.all("iframe")
    assert frame.attributes["sandbox"] == ""
    form = page.form(DRAFT, {}) | {"text": NEW, "about": deal_id}
    (button,) = [one for one in page.all("button") if "formaction" in one.attributes]
    assert button.attributes["formtarget"] == frame.attributes["name"]
    answer = await desk.http.post(button.attributes["formaction"], data=form, headers=OURS)
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert "Hello Ann" in answer.text
    form["text"] = NEW.replace("[look closer]", "{{ owner.nme }}")
    answer = await desk.http.post(button.attributes["formaction"], data=form, headers=OURS)
    assert "the words have errors" in answer.text


async def test_a_form_of_another_session_gives_the_text_back(desk: Browser, house: House) -> None:
    await desk.open(f"{EDIT}?locale=pl")
    page = await desk.send(DRAFT, text=NEW, do="publish", form_token="theirs")
    assert page.status == 403
    assert page.words("textarea")[0].split() == NEW.split()
    page = await desk.send(DRAFT, text=NEW, do="check")
    assert "hello in Polish" in page.text
    page = await desk.send(DRAFT, text=NEW, do="check", locale="no language")
    assert page.status == 422
    assert page.words("textarea")[0].split() == NEW.split()


async def test_only_those_who_write_mails_are_shown_how(staffed: Staffed) -> None:
    for role, http in staffed.browsers.items():
        may = role in (Role.MARKETING, Role.OPS, Role.ADMIN)
        page = read((await http.get("/templates/welcome-1")).text)
        assert ("/templates/welcome-1/edit" in page.html) == may
        assert ("Write a new mail" in read((await http.get("/templates")).text).text) == may
        answer = await http.post("/templates/welcome-1/draft", data={}, headers=OURS)
        assert ("Not yours to do" in answer.text) == (not may)
    assert staffed.village.house.written().texts == {}


async def test_more_versions_ask_the_database_no_more(desk: Browser, house: House) -> None:
    async def asked() -> int:
        await desk.open("/templates/hello")
        with counting(house) as seen:
            await desk.open("/templates/hello")
        return len(seen)

    await publish(desk, NEW)
    few = await asked()
    for number in range(4):
        wording.publish(house, "hello", None, f"{NEW}\n{number}\n", actor="P-1")
    many = await asked()
    assert many == few
    assert few <= 24
