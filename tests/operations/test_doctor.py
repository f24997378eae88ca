"""What the doctor says of who writes."""

from dataclasses import replace

from operations import doctor
from operations.house import Company, House
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
