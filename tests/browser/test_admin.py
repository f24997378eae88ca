"""The pages of admins in a real Chromium: by keyboard, refreshed by themselves, on paper."""

from dataclasses import replace

import pytest

from activities.delivering import Courier
from operations import jobs, people
from operations.access import keys
from operations.people import NewPerson
from operations.webhooks import deliveries, endpoints
from tests.console.conftest import Village
from tests.support.receiver import Receiver
from tests.support.window import Window

pytestmark = pytest.mark.browser


async def furnish(village: Village) -> tuple[str, ...]:
    """Something on every page: a webhook that failed, a key, people, jobs; the pages to look at."""
    house = village.house
    house.config = replace(house.config, webhook_loopback=True)
    max_ = people.add(
        house, NewPerson(email="max@us.example", name="Max", role="rep"), actor="t"
    ).person_id
    keys.add(house, "web form", ["keep_contacts"], actor="t", days=30)
    async with Receiver(answers=[500]) as receiver:
        made = endpoints.add(house, receiver.url, actor="t", description="The data lake")
        village.open("told")
        poster = deliveries.poster(house)
        await Courier(house.store, house.time, house.config.secret, poster).tell(made.webhook_id)
    await jobs.verify(house, actor="t")
    await jobs.finished()
    pages = ("", "/people", f"/people/{max_}", "/people/P-1", "/keys", "/webhooks", "/events")
    more = (f"/webhooks/{made.webhook_id}", "/jobs", "/audit", "/events?kind=deal_won")
    return tuple(f"/admin{page}" for page in (*pages, *more))


async def test_a_key_is_made_by_keyboard_alone_and_shown_once(
    village: Village, window: Window
) -> None:
    page = await window.open("/admin/keys")
    await page.locator("input[name=name]").focus()
    await page.keyboard.type("prometheus")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".secret pre")
    secret = await page.locator(".secret pre").inner_text()
    holder = keys.holder(village.house, secret.strip())
    assert holder is not None
    assert len(holder.permissions) == 1
    page = await window.open("/admin/keys")
    assert await page.locator(".secret").count() == 0


async def test_what_a_job_came_to_comes_by_itself(village: Village, window: Window) -> None:
    page = await window.open("/admin")
    await page.get_by_role("button", name="Verify").click()
    await jobs.finished()
    await page.wait_for_selector("text=the memory is whole")
    assert [one.status for one in jobs.newest(village.house)] == ["done"]


async def test_on_paper_a_page_has_its_table_and_no_forms(village: Village, window: Window) -> None:
    await furnish(village)
    page = await window.open("/admin/keys")
    await page.emulate_media(media="print")
    assert await page.locator("table").is_visible()
    assert not await page.locator("form.fill").is_visible()
    assert not await page.locator(".ways").is_visible()
