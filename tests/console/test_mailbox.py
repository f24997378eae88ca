"""The mailbox: every mail is there, and answering one with one's own hand stops its cadence."""

from mail.address import address_key
from operations.post import letters
from store import deals, ledger, suppression
from store.sends import page as sent_page
from tests.console.conftest import ADDRESS, Post
from tests.support.household import SECRET
from tests.support.page import Page


async def opened(post: Post, name: str = "sill") -> Page:
    """The newest letter of the deal that its contact got."""
    deal_id = post.town.id_of(name)
    found = letters.page(post.town.house, post.town.folder).letters
    letter = next(one for one in found if one.deal_id == deal_id and one.contact_id)
    return await post.browser.open(f"/mailbox/{letter.key}")


async def act(post: Post, what: str, **said: str) -> Page:
    """Press that button of the letter."""
    path = f"{post.browser.page.address}/acts"
    return await post.browser.send(path, {"act": what}, **said)


def ends(post: Post, name: str = "sill") -> list[str | None]:
    with post.town.house.store.read() as tx:
        deal = deals.load(tx, post.town.id_of(name))
    assert deal is not None
    return [one.ended_because for one in deal.enrollments]


def bars(post: Post, who: str) -> list[str]:
    key = address_key(SECRET, f"{who}@them.example")
    with post.town.house.store.read() as tx:
        return [one.reason for one in suppression.of_keys(tx, [key]).get(key, [])]


async def test_it_lists_every_mail_that_went(post: Post) -> None:
    page = await post.browser.open("/mailbox")
    with post.town.house.store.read() as tx:
        went = [one for one in sent_page(tx) if one.status == "sent"]
    listed = page.words("span", class_="subject")
    assert sorted(listed) == sorted(one.subject for one in went if one.subject)
    assert "dana@them.example" in page.text
    assert "Choose a mail" in page.text


async def test_a_letter_shows_its_headers_and_its_page_in_a_frame(post: Post) -> None:
    page = await opened(post)
    (frame,) = page.all("iframe")
    assert frame.attributes["sandbox"] == ""
    assert "List-Unsubscribe-Post" in page.text
    assert "Sill inspection" in page.text
    body = await post.browser.http.get(frame.attributes["src"])
    policy = body.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "<html" in body.text


async def test_a_reply_stops_the_cadence(post: Post) -> None:
    await opened(post)
    page = await act(post, "reply")
    assert (
        page.answer
        == "The reply is recorded; what wrote to this contact stops, and it is our turn."
    )
    assert ends(post) == ["reply"]
    page = await post.browser.open(f"/deals/{post.town.id_of('sill')}")
    assert "our turn" in page.text
    assert "contact" in page.text


async def test_a_button_pressed_twice_is_pressed_once(post: Post) -> None:
    path = f"{(await opened(post)).address}/acts"
    form = post.browser.page.form(path, {"act": "reply"})
    for _ in range(2):
        headers = {"origin": ADDRESS, "sec-fetch-site": "same-origin"}
        assert (await post.browser.http.post(path, data=form, headers=headers)).status_code == 200
    with post.town.house.store.read() as tx:
        told = [one.kind for one in ledger.read(tx, f"deal/{post.town.id_of('sill')}")]
    assert told.count("reply_recorded") == 1


async def test_an_absence_parks_it_until_the_day_of_return(post: Post) -> None:
    await opened(post)
    page = await act(post, "away", back_on="2026-12-14")
    assert "waits until Mon 14 Dec 2026" in page.answer
    with post.town.house.store.read() as tx:
        deal = deals.load(tx, post.town.id_of("sill"))
    assert deal is not None
    (one,) = deal.enrollments
    assert one.parked_until is not None
    assert f"{one.parked_until:%Y-%m-%d}" == "2026-12-14"


async def test_an_absence_with_a_day_that_is_none_is_explained(post: Post) -> None:
    for day, told in (("2026-01-01", "is past"), ("soon", "is no date")):
        await opened(post)
        page = await act(post, "away", back_on=day)
        assert told in page.answer
        assert page.form(f"{page.address}/acts", {"act": "away"})["back_on"] == day
    assert ends(post) == [None]


async def test_unsubscribing_is_the_one_click_of_the_header(post: Post) -> None:
    await opened(post)
    page = await act(post, "leave")
    assert page.answer == "Unsubscribed."
    assert ends(post) == ["opt_out"]
    assert bars(post, "dana") == ["unsubscribed"]
    with post.town.house.store.read() as tx:
        last = [one.event for one in ledger.read(tx, "contact/C-dana")][-1]
    assert getattr(last, "how", None) == "link"
    page = await act(post, "leave")
    assert page.answer == "This contact had unsubscribed before."


async def test_a_bounce_bars_the_address(post: Post) -> None:
    await opened(post)
    page = await act(post, "bounce")
    assert page.answer == "It came back for good: the address is barred."
    assert ends(post) == ["hard_bounce"]
    assert bars(post, "dana") == ["hard_bounce"]


async def test_a_mail_to_one_of_ours_has_no_reader_here(post: Post) -> None:
    found = letters.page(post.town.house, post.town.folder).letters
    ours = next((one for one in found if one.contact_id is None), None)
    if ours is None:
        return
    page = await post.browser.open(f"/mailbox/{ours.key}")
    assert "nobody answers it here" in page.text
    assert not [one for one in page.all("form") if "/acts" in one.attributes.get("action", "")]


async def test_an_act_that_is_none_is_not_understood(post: Post) -> None:
    path = f"{(await opened(post)).address}/acts"
    page = await post.browser.send(path, {"act": "reply"}, act="explode")
    assert page.status == 422
    assert ends(post) == [None]


async def test_the_deal_shows_its_mails_and_each_has_a_page(post: Post) -> None:
    page = await post.browser.open(f"/deals/{post.town.id_of('won')}")
    links = [one for one in page.all("a") if one.attributes["href"].startswith("/mails/")]
    assert links
    page = await post.browser.open(links[-1].attributes["href"])
    assert page.words("span", class_="state") == ["sent"]
    for words in ("Window", "Message-ID", "first-contact", "simple/cadence:follow-up@1"):
        assert words in page.text
    (frame,) = page.all("iframe")
    body = await post.browser.http.get(frame.attributes["src"])
    assert body.status_code == 200
    assert "sandbox" in body.headers["content-security-policy"]
