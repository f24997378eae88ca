"""The pages of admins: health, jobs, keys, people and events."""

from dataclasses import replace
from datetime import timedelta

import pytest

from activities.applying import apply_command
from activities.contract import Receipt, Submit
from domain.access import Role
from operations import desk, jobs, people
from operations.access import auditing, keys
from operations.house import House
from operations.people import NewPerson
from store import jobs as kept_jobs
from store.database import Tx
from store.jobs import Job
from tests.console.conftest import Browser, Village
from tests.console.test_deal_page import counting
from tests.support.staff import later


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a deal's workflow would do with a command is done at once."""

    async def applied(house: House, submit: Submit, *_: object) -> Receipt:
        return apply_command(house.store, house.time, submit.command_id)

    monkeypatch.setattr(desk, "_sent", applied)


# Health and jobs


async def test_health_says_what_fails_and_what_to_do(browser: Browser) -> None:
    page = await browser.open("/admin")
    assert "want a look" in page.text
    assert "Look whether it runs at SLUICE_TEMPORAL_ADDRESS" in page.text
    assert "Temporal does not say what waits" in page.text
    rows = page.words("tr")
    assert any(row.startswith("database works") for row in rows)
    assert any("playbooks works" in row for row in rows)


async def test_verify_and_backup_go_on_behind_the_answer(
    village: Village, browser: Browser
) -> None:
    await browser.open("/admin")
    page = await browser.send("/admin/jobs/verify")
    assert "is being compared" in page.answer
    await jobs.finished()
    assert "the memory is whole" in (await browser.open("/admin")).text
    await browser.send("/admin/jobs/backup")
    await jobs.finished()
    [made] = list((village.house.config.data_dir / "backups").iterdir())
    page = await browser.open("/admin/jobs")
    assert made.name in page.text
    log = auditing.list_page(village.house).entries
    assert [one.what for one in log[:2]] == ["backup", "verify"]


async def test_a_rebuild_without_temporal_says_what_is_missing(browser: Browser) -> None:
    await browser.open("/admin")
    await browser.send("/admin/jobs/rebuild")
    await jobs.finished()
    assert "Temporal cannot be reached" in (await browser.open("/admin")).text


async def test_two_of_a_kind_do_not_run_at_once_and_a_lost_one_does_not_bar_the_next(
    village: Village, browser: Browser
) -> None:
    house = village.house
    turn = later(house)
    with house.store.write() as tx:
        _running(tx, house)
    await browser.open("/admin")
    page = await browser.send("/admin/jobs/verify")
    assert "runs already" in page.answer
    assert "5 of 10" in page.text
    assert 'hx-get="/admin/jobs"' in page.html
    turn(jobs.SILENT + timedelta(seconds=1))
    page = await browser.open("/admin")
    assert "its console ended before it" in page.text
    assert 'hx-get="/admin/jobs"' not in page.html
    await browser.send("/admin/jobs/verify")
    await jobs.finished()
    assert jobs.newest(house)[0].status == "done"


def _running(tx: Tx, house: House) -> None:
    now = house.time.wall()
    job = Job(job_id="J-1", kind="verify", actor="P-1", started_at=now, beat_at=now)
    kept_jobs.add(tx, replace(job, done=5, total=10))


async def test_a_fault_of_ours_ends_a_job_and_says_so(
    village: Village, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.upkeep, "check", lambda *_: 1 / 0)
    await browser.open("/admin")
    await browser.send("/admin/jobs/verify")
    await jobs.finished()
    assert "a fault of ours, ZeroDivisionError" in (await browser.open("/admin")).text
    assert (await browser.send("/admin/jobs/verify", kind="x")).status == 200


# Keys


async def test_a_key_is_shown_once_and_revoked(village: Village, browser: Browser) -> None:
    assert "No program has a key yet" in (await browser.open("/admin/keys")).text
    page = await browser.send("/admin/keys", name="web form", scopes="keep_contacts", days="30")
    [secret] = page.words("pre")
    holder = keys.holder(village.house, secret)
    assert holder is not None
    assert holder.permissions == {"keep_contacts"}
    page = await browser.open("/admin/keys")
    assert secret not in page.html
    assert "web form" in page.text
    page = await browser.send(f"/admin/keys/{holder.key_id}/revoke")
    assert "revoked" in page.text
    assert keys.holder(village.house, secret) is None


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"name": "x", "scopes": ""}, "a key needs a scope"),
        ({"name": "x", "scopes": "read", "days": "soon"}, "write a whole number"),
        ({"name": "x", "scopes": "read", "days": "0"}, "1 to 3650"),
        ({"name": "", "scopes": "read"}, "name is missing"),
    ],
)
async def test_a_key_that_cannot_be_is_refused_with_what_was_typed(
    village: Village, browser: Browser, said: dict[str, str], told: str
) -> None:
    await browser.open("/admin/keys")
    page = await browser.send("/admin/keys", **said)
    assert told in page.answer
    assert keys.list_all(village.house) == []


# Events


async def test_events_are_read_from_a_position_by_kind_and_by_stream(
    village: Village, browser: Browser
) -> None:
    deal_id = village.open("boat")
    page = await browser.open("/admin/events")
    assert "Olga Owner" in page.text
    assert f"/deals/{deal_id}" in page.html
    page = await browser.open("/admin/events?kind=deal_opened")
    assert len(page.words("tr")) == 2
    page = await browser.open(f"/admin/events?stream=deal/{deal_id}&after=1")
    assert len(page.words("tr")) > 2
    for rubbish in ("after=x", "kind=nothing", "after=99999999999999999999"):
        assert (await browser.open(f"/admin/events?{rubbish}")).status == 422


# People


async def test_a_person_is_added_gets_a_role_and_an_invite(
    village: Village, browser: Browser
) -> None:
    await browser.open("/admin/people")
    page = await browser.send(
        "/admin/people", email="max@us.example", name="Max <b>Mast</b>", role="none", manager="P-1"
    )
    assert "Max <b>Mast</b> is added" in page.answer
    person = people.show(village.house, "max@us.example")
    here = f"/admin/people/{person.person_id}"
    assert person.manager_id == "P-1"
    page = await browser.send(f"{here}/change", role="rep", zone="Europe/Oslo")
    assert "Changed: zone, role" in page.answer
    page = await browser.send(f"{here}/invite")
    [url] = page.words("pre")
    assert "/invite/" in url
    assert url not in (await browser.open(here)).html
    page = await browser.send(f"{here}/change", zone="Mars/Base")
    assert "Not understood" in page.answer
    assert "0 sessions ended" in (await browser.send(f"{here}/signout")).answer


async def test_an_emptied_field_of_a_person_is_empty_but_for_the_name(
    village: Village, browser: Browser
) -> None:
    house = village.house
    where = {"zone": "Europe/Oslo", "country": "NO", "locale": "pl", "manager": "P-1"}
    wanted = NewPerson(email="max@us.example", name="Max", groups=("care",), role="rep", **where)
    its_id = people.add(house, wanted, actor="t").person_id
    here = f"/admin/people/{its_id}"
    await browser.open(here)
    emptied = dict.fromkeys((*where, "groups"), " ")
    page = await browser.send(f"{here}/change", **{**emptied, "zone": ""})
    assert page.answer == "Changed: zone, country, locale, groups, manager_id."
    found = people.show(house, its_id)
    assert (found.zone, found.country, found.locale, found.manager_id) == (None,) * 4
    assert (found.groups, found.role, found.name) == ((), "rep", "Max")
    page = await browser.send(f"{here}/change", name=" ")
    assert "a person needs a name" in page.answer
    assert people.show(house, its_id).name == "Max"
    again = NewPerson(email="max@us.example", name="Max", zone="Asia/Tokyo", manager="P-1")
    people.add(house, again, actor="t")
    await browser.open("/admin/people")
    await browser.send("/admin/people", email="max@us.example", name="Max", zone="", manager="")
    assert people.show(house, its_id).zone == "Asia/Tokyo", "said anew of one who is known"


async def test_a_manager_who_has_left_stays_until_somebody_says_otherwise(
    village: Village, browser: Browser
) -> None:
    house = village.house
    for email, boss in (("old@us.example", None), ("max@us.example", "old@us.example")):
        people.add(house, NewPerson(email=email, name=email[:3], manager=boss), actor="t")
    old, max_ = (people.show(house, f"{name}@us.example") for name in ("old", "max"))
    people.add(house, NewPerson(email="old@us.example", active=False), actor="t")
    here = f"/admin/people/{max_.person_id}"
    assert f"{old.person_id}, has left" in (await browser.open(here)).text
    await browser.send(f"{here}/change", zone="Europe/Oslo")
    assert people.show(house, max_.person_id).manager_id == old.person_id


async def test_who_leaves_gives_everything_to_another(
    village: Village, browser: Browser, no_engine: None
) -> None:
    house = village.house
    max_ = people.add(house, NewPerson(email="max@us.example", name="Max"), actor="t").person_id
    for name in ("one", "two"):
        village.open(name)
    page = await browser.open("/admin/people/P-1")
    assert "Open deals 2" in page.text
    page = await browser.send("/admin/people/P-1/transfer", to=max_)
    assert "It goes over" in page.answer
    await jobs.finished()
    page = await browser.open("/admin/people/P-1")
    assert "Open deals 0" in page.text
    assert f"2 went over from P-1 to {max_}" in page.text
    assert "Open deals 2" in (await browser.open(f"/admin/people/{max_}")).text
    page = await browser.send(f"/admin/people/{max_}/presence")
    assert "They have left" in page.answer
    assert not people.show(house, max_).active


async def test_pages_of_admins_ask_the_store_little(village: Village, browser: Browser) -> None:
    for number in range(20):
        wanted = NewPerson(email=f"p{number}@us.example", name=f"P {number}", role=Role.REP)
        people.add(village.house, wanted, actor="t")
        keys.add(village.house, f"key {number}", ["read"], actor="t")
        village.open(f"deal-{number}")
    for path in ("people", "keys", "events", "webhooks", "jobs"):
        with counting(village.house) as asked:
            await browser.open(f"/admin/{path}")
        assert len(asked) <= 20, (path, len(asked))
