"""The page of webhooks: made with a secret shown once, tried, told again, removed."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from activities.delivering import Courier
from domain import webhooks as w
from operations.access import auditing
from operations.webhooks import deliveries, endpoints
from tests.console.conftest import Browser, Village
from tests.support.receiver import Receiver


@pytest.fixture
async def receiver(village: Village) -> AsyncIterator[Receiver]:
    village.house.config = replace(village.house.config, webhook_loopback=True)
    async with Receiver() as opened:
        yield opened


async def add(browser: Browser, receiver: Receiver, **more: str) -> str:
    """The secret, as the page shows it."""
    await browser.open("/admin/webhooks")
    said = {"kinds": "", "past": "", **more}
    page = await browser.send("/admin/webhooks", url=receiver.url, **said)
    [secret] = page.words("pre")
    return secret


async def tell(village: Village, webhook_id: str) -> None:
    house = village.house
    poster = deliveries.poster(house)
    await Courier(house.store, house.time, house.config.secret, poster).tell(webhook_id)


async def test_the_secret_is_shown_once_and_signs(
    village: Village, browser: Browser, receiver: Receiver
) -> None:
    page = await browser.open("/admin/webhooks")
    assert "No program is told anything yet" in page.text
    secret = await add(browser, receiver, kinds="deal_opened", description="The <b>lake</b>")
    assert secret.startswith("whsec_")
    [made] = endpoints.list_all(village.house)
    here = f"/admin/webhooks/{made.webhook_id}"
    page = await browser.open(here)
    assert secret not in page.text
    assert "The <b>lake</b>" in page.text
    await browser.send(f"{here}/test")
    assert "answered 204" in browser.page.text
    assert receiver.messages[0].signed_by(secret)
    page = await browser.send(f"{here}/rotate")
    [fresh] = page.words("pre")
    assert fresh != secret
    assert "for 24 hours both sign" in page.text
    page = await browser.send(f"{here}/rotate")
    assert "within a day" in page.text


async def test_what_failed_is_set_aside_and_told_again(
    village: Village, browser: Browser, receiver: Receiver
) -> None:
    await add(browser, receiver, kinds="deal_opened")
    [made] = endpoints.list_all(village.house)
    here = f"/admin/webhooks/{made.webhook_id}"
    village.open("boat")
    receiver.answers = [b"HTTP/1.1 500 No\r\nContent-Length: 20\r\n\r\n<script>no</script> "]
    await tell(village, made.webhook_id)
    page = await browser.open(here)
    assert "500" in page.text
    assert "<script>no</script>" in page.text, "as text"
    page = await browser.send(f"{here}/skip")
    assert "Set aside" in page.text
    page = await browser.open(f"{here}?status=dead")
    assert len(page.words("tr")) == 2
    [one] = deliveries.list_page(village.house, made.webhook_id).deliveries
    await browser.send(f"{here}/replay", {"position": str(one.position)})
    await tell(village, made.webhook_id)
    page = await browser.open(here)
    assert "delivered" in page.text
    assert (await browser.open(f"{here}?status=lost")).status == 422
    assert (await browser.open(f"{here}?cursor=x")).status == 422


async def test_it_is_paused_resumed_and_removed_and_the_log_says_by_whom(
    village: Village, browser: Browser, receiver: Receiver
) -> None:
    await add(browser, receiver)
    [made] = endpoints.list_all(village.house)
    here = f"/admin/webhooks/{made.webhook_id}"
    await browser.open(here)
    assert "paused" in (await browser.send(f"{here}/pause")).text
    assert "active" in (await browser.send(f"{here}/resume")).text
    page = await browser.send(f"{here}/remove")
    assert "No program is told anything yet" in page.text
    assert (await browser.open(here)).status == 404
    log = auditing.list_page(village.house, stream=f"webhook/{made.webhook_id}").entries
    assert log[0].what == "remove_webhook"
    assert {one.actor for one in log} == {"console"}


async def test_an_address_that_cannot_be_is_told_with_what_was_typed(
    village: Village, browser: Browser
) -> None:
    await browser.open("/admin/webhooks")
    page = await browser.send("/admin/webhooks", url="http://them.example/", description="Lake")
    assert "https" in page.answer
    [kept] = [one for one in page.all("input") if one.attributes.get("name") == "description"]
    assert kept.attributes["value"] == "Lake"
    assert endpoints.list_all(village.house) == []


async def test_admins_find_on_their_day_what_fails_until_it_is_settled(
    village: Village, browser: Browser, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(browser, receiver, kinds="deal_opened", description="The <b>lake</b>")
    [made] = endpoints.list_all(village.house)
    here = f"/admin/webhooks/{made.webhook_id}"
    await browser.open("/day")
    await browser.send("/me", {"back": "/day"}, person="P-1")
    assert "Webhooks" not in (await browser.open("/day")).words("h2")
    monkeypatch.setattr(w, "RETRY_AFTER", ())
    monkeypatch.setattr("store.webhooks.RETRY_AFTER", ())
    receiver.answers = [500, 410]
    village.open("boat")
    await tell(village, made.webhook_id)
    page = await browser.open("/day")
    assert "The <b>lake</b> : 1 event given up after the last retry." in page.text
    village.open("second")
    await tell(village, made.webhook_id)
    page = await browser.open("/day")
    assert "said that it is gone, and is told nothing any more since" in page.text
    assert "2 events given up" in page.text
    await browser.open(here)
    await browser.send(f"{here}/resume")
    await browser.open(f"{here}?status=dead")
    for one in deliveries.list_page(village.house, made.webhook_id).deliveries:
        await browser.open(f"{here}?status=dead")
        await browser.send(f"{here}/replay", {"position": str(one.position)})
    await tell(village, made.webhook_id)
    assert "Webhooks that fail" not in (await browser.open("/day")).text


async def test_what_somebody_set_aside_is_no_trouble(
    village: Village, browser: Browser, receiver: Receiver
) -> None:
    await add(browser, receiver, kinds="deal_opened")
    [made] = endpoints.list_all(village.house)
    village.open("boat")
    receiver.answers = [500]
    await tell(village, made.webhook_id)
    deliveries.skip(village.house, made.webhook_id, actor="P-1")
    [one] = deliveries.list_page(village.house, made.webhook_id, status="dead").deliveries
    assert one.tries == 1
    assert endpoints.troubled(village.house) == []


async def test_a_disabled_one_stands_in_the_strip(
    village: Village, browser: Browser, receiver: Receiver
) -> None:
    await add(browser, receiver)
    [made] = endpoints.list_all(village.house)
    village.open("boat")
    receiver.answers = [410]
    await tell(village, made.webhook_id)
    assert "1 disabled" in (await browser.open("/")).text
    assert "1 disabled" in (await browser.open("/standing")).html
    page = await browser.open(f"/admin/webhooks/{made.webhook_id}")
    assert "it answered 410" in page.text
