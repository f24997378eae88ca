"""What the doctor says of who writes."""

from dataclasses import replace

from operations import doctor, upkeep
from operations.house import Company, House
from store import switches
from store.switches import Switch
from tests.support.shortcut import house, no_engine

__all__ = ["house", "no_engine"]


async def company(house: House, relay: str, *said: str) -> doctor.Finding:
    ours = Company(*said) if said else Company()
    house.config = replace(house.config, smtp_url=relay, company=ours)
    return await doctor._company(house)


async def test_nobody_is_written_to_in_the_name_of_an_example(house: House) -> None:
    found = await company(house, "smtp://relay.example:587", "Weir & Sons")
    assert found.state == "fails"
    assert "SLUICE_SENDER, SLUICE_POSTAL_ADDRESS" in found.text
    assert "SLUICE_COMPANY" not in found.text


async def test_a_mailbox_of_this_machine_may_have_them(house: House) -> None:
    assert (await company(house, "smtp://127.0.0.1:2525")).state == "works"
    ours = ("Weir & Sons", "2 Lock Lane", "ann@weir.example")
    found = await company(house, "smtp://relay.example:587", *ours)
    assert found.state == "works"
    assert "2 Lock Lane" in found.text


async def test_what_an_upgrade_left_to_a_rebuild_is_told_until_it_is_done(house: House) -> None:
    assert (await doctor._memory(house)).state == "works"
    why = "what deals do next is not written down"
    wanted = Switch(switches.REBUILD_WANTED, True, house.time.now(), "sluice", why)
    with house.store.write() as tx:
        switches.flip(tx, wanted)
    found = await doctor._memory(house)
    assert (found.state, found.text) == ("look", f"{why} since the upgrade; run: sluice rebuild")
    await upkeep.make_anew(house, workflows=False)
    assert (await doctor._memory(house)).state == "works"
