"""What forms of admins and contacts keep after a refusal, and where they say what is wrong."""

from domain import commands as c
from tests.console.conftest import ADDRESS, Browser, Village
from tests.support.household import add_contact
from tests.support.town import NOW


def chosen(browser: Browser, name: str) -> list[str]:
    """The values that are ticked or chosen under that name."""
    return [
        one.attributes["value"]
        for one in browser.page.elements
        if {"checked", "selected"} & one.attributes.keys()
        and (one.tag == "option" or one.attributes.get("name") == name)
    ]


def focused(browser: Browser) -> str:
    (one,) = [one for one in browser.page.elements if "autofocus" in one.attributes]
    return one.attributes.get("name", one.attributes.get("id", ""))


async def test_a_key_that_is_refused_keeps_what_it_may_do(browser: Browser) -> None:
    await browser.open("/admin/keys")
    form = browser.page.form("/admin/keys", {})
    said = {**form, "name": "web form", "days": "soon", "scopes": ["read", "import"]}
    headers = {"origin": ADDRESS, "sec-fetch-site": "same-origin"}
    await browser.http.post("/admin/keys", data=said, headers=headers, follow_redirects=False)
    await browser.open("/admin/keys")
    assert "days: write a whole number" in browser.page.answer
    assert chosen(browser, "scopes") == ["read", "import"]
    assert focused(browser) == "days"


async def test_a_person_who_is_refused_keeps_role_and_manager(browser: Browser) -> None:
    await browser.open("/admin/people")
    said = {"email": "x@us.example", "name": "X", "role": "rep", "zone": "Mars", "manager": "P-1"}
    await browser.send("/admin/people", **said)
    assert "Mars" in browser.page.answer
    assert chosen(browser, "role") == ["rep", "P-1"]
    assert focused(browser) == "zone"


async def test_forgetting_wants_the_id_in_its_own_field(browser: Browser) -> None:
    await browser.open("/contacts/C-1/forget")
    page = await browser.send("/contacts/C-1/forget", typed="C-2")
    assert page.answer.startswith("Refused: type C-1")
    assert focused(browser) == "typed"


async def test_many_contacts_of_a_deal_do_not_push_away_what_may_be_asked(
    village: Village, browser: Browser
) -> None:
    with village.house.store.write() as tx:
        for number in range(2, 12):
            add_contact(tx, f"C-{number}", f"n{number}@them.example", f"王小明 {number}", NOW)
    parties = [c.Party(contact_id=f"C-{number}") for number in range(1, 12)]
    page = await browser.open(f"/deals/{village.open('crowd', contacts=parties)}")
    (more,) = [one for one in page.all("details") if "7 more" in " ".join(one.text.split())]
    assert "王小明 11" in more.text
    assert "王小明 4" not in more.text
