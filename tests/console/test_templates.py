"""The template desk: problems, languages, and a mail in a frame that can do nothing."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from console.app import create_app
from operations.house import House
from tests.console.conftest import TOKEN, Browser, Village, browsing
from tests.mail.conftest import SHIPPED

HELLO = (
    "---\nabout: Says hello.\nsubject: Hello {{ contact.first_name or 'you' }}\npurpose: sales\n"
)
LETTER = f"{HELLO}---\nHello {{{{ contact.first_name or 'you' }}}}, [read](https://us.example/a)\n"


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    """A small folder of mails: a sound one in two languages, and one with faults."""
    folder = tmp_path / "words" / "mail"
    folder.mkdir(parents=True)
    for path in [*SHIPPED.glob("_*.html"), SHIPPED / "morning.md", SHIPPED / "trial-hello.md"]:
        shutil.copy(path, folder / path.name)
    (folder / "hello.md").write_text(LETTER)
    (folder / "hello.pl.md").write_text(LETTER.replace("Hello", "Witaj"))
    (folder / "wrong.md").write_text(f"{HELLO}---\nHello {{{{ owner.nme }}}}\n\n[a](<script>)\n")
    (folder / "loose.md").write_text(f"{HELLO}---\nHello [a](/b)\n")
    return folder


@pytest.fixture
async def desk(village: Village, mails: Path) -> AsyncIterator[Browser]:
    with House(replace(village.house.config, templates=mails.parent)) as house:
        async with browsing(create_app(house, link_token=TOKEN)) as http:
            await http.get("/", params={"key": TOKEN})
            yield Browser(http)


async def test_every_mail_is_listed_with_its_languages_and_problems(desk: Browser) -> None:
    page = await desk.open("/templates")
    rows = {row.split()[0]: row for row in page.words("tr")[1:]}
    assert sorted(rows) == ["hello", "loose", "morning", "trial-hello", "wrong"]
    assert rows["hello"].endswith("en pl none")
    assert "Says hello." in rows["hello"]
    assert rows["loose"].endswith("1 error")
    assert page.all("a", href="/templates/hello?locale=pl")


async def test_a_mail_is_shown_in_the_language_that_was_asked(desk: Browser) -> None:
    page = await desk.open("/templates/hello?locale=pl")
    assert "Witaj Sam" in page.text
    (frame,) = page.all("iframe")
    assert frame.attributes["sandbox"] == ""
    body = await desk.http.get(frame.attributes["src"])
    policy = body.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script" not in policy
    assert "Witaj Sam" in body.text
    assert "List-Unsubscribe-Post" in page.text
    assert "read (https://us.example/a)" in " ".join(page.words("pre"))
    assert "{{ contact.first_name or 'you' }}" in " ".join(page.words("ol", class_="source"))
    chosen = [one.text.strip() for one in page.all("option") if "selected" in one.attributes]
    assert chosen == ["Polish"]


async def test_a_mail_is_filled_in_for_a_deal(desk: Browser, village: Village) -> None:
    deal_id = village.open("boat", "A boat for the lake")
    page = await desk.open("/templates/hello")
    assert "A boat for the lake" in page.words("option")
    page = await desk.open(f"/templates/hello?about={deal_id}")
    assert "Hello Ann" in page.text
    assert "ann@them.example" in " ".join(page.words("pre"))
    (frame,) = page.all("iframe")
    assert "Hello Ann" in (await desk.http.get(frame.attributes["src"])).text
    assert "@" not in frame.attributes["src"]


async def test_a_mail_of_a_nurture_is_filled_in_for_a_contact(desk: Browser) -> None:
    page = await desk.open("/templates/trial-hello")
    assert "Ann Other" in page.words("option")
    assert "Ann" in (await desk.open("/templates/trial-hello?about=C-1")).text
    page = await desk.open("/templates/morning")
    assert "made-up people" not in page.text  # it is about many deals at once


async def test_faults_stand_beside_their_lines_and_nothing_of_them_runs(desk: Browser) -> None:
    page = await desk.open("/templates/wrong")
    assert "It cannot be shown" in page.text
    item = page.words("ul", class_="problems")[0]
    assert "line 6, column 10 owner.nme no such name; did you mean owner.name?" in item
    assert [one.attributes["id"] for one in page.all("li", class_="marked")] == ["L6"]
    assert "<script>)" in page.words("ol", class_="source")[0]
    assert "[a](&lt;script&gt;)" in page.html
    body = await desk.http.get("/templates/wrong/body")
    assert "the words have errors" in body.text


async def test_what_cannot_be_filled_in_is_told(desk: Browser) -> None:
    page = await desk.open("/templates/hello?about=D-nobody")
    assert page.status == 200
    assert "It cannot be shown" in page.text
    assert (await desk.open("/templates/helo")).status == 404


async def test_a_file_that_was_mended_is_in_order_at_once(desk: Browser, mails: Path) -> None:
    await desk.open("/templates")
    (mails / "loose.md").write_text(LETTER)
    (mails / "wrong.md").unlink()
    page = await desk.open("/templates")
    assert "All in order" in page.text


async def test_nobody_without_the_link_sees_words(village: Village) -> None:
    async with browsing(create_app(village.house, link_token=TOKEN)) as http:
        for path in ("/templates", "/templates/welcome-1", "/templates/welcome-1/body"):
            assert (await http.get(path)).status_code == 401
