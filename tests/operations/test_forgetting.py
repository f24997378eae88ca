"""Forgetting a person: what goes, what stays, and who stays untouched."""

import pytest

from domain import commands as c
from domain.refusal import NotFound, Refused
from mail.address import address_key
from mail.mentions import pattern_of, speaks_of
from operations import contacts, deals, forgetting
from operations.house import House
from operations.importing.contacts import import_contacts
from store import commands, suppression, texts
from store.contacts import consents_of
from store.verify import verify
from tests.support.shortcut import ANN, BOB, events_of, house, no_engine, opened_deal

__all__ = ["house", "no_engine"]


def _texts(house: House, deal_id: str) -> dict[str, str]:
    with house.store.read() as tx:
        return texts.of(tx, deal_id)


async def _noted(house: House, deal_id: str, note: str) -> None:
    said = c.LogActivity(activity="call", note=note)
    await deals.tell(house, deal_id, said, actor="test")


async def test_forgetting_stops_bars_and_erases(house: House) -> None:
    deal_id = await opened_deal(house, title="A boat for Ann Other")
    await _noted(house, deal_id, "she likes blue")
    its = contacts.id_of(house, ANN)
    told = forgetting.forget(house, ANN, actor="test")
    assert (told.contact_id, told.deals, told.scrubbed) == (its, (deal_id,), True)
    assert told.erased["texts"] == 2
    assert _texts(house, deal_id) == {}
    shown = contacts.show(house, its)
    assert (shown.name, shown.email, shown.zone, shown.forgotten) == (None, None, None, True)
    with house.store.read() as tx:
        assert all(one.withdrawn_at and one.source is None for one in consents_of(tx, its))
        bar = suppression.find(tx, address_key(house.config.secret, ANN), "sales")
    assert bar is not None
    assert bar.reason == "erased"
    assert deals.show(house, deal_id).sequences[0].ended_because == "erased"
    assert events_of(house, f"contact/{its}")[-1].kind == "contact_forgotten"
    assert verify(house.store) == []
    with pytest.raises(NotFound):
        forgetting.forget(house, ANN, actor="test")


async def test_others_in_the_same_deal_keep_their_title_and_lose_the_notes(house: House) -> None:
    plain = await opened_deal(house, title="Two hundred seats", contacts=(ANN, BOB))
    named = await opened_deal(house, title="Ann Other's seats", contacts=(BOB, ANN))
    his = await opened_deal(house, title="His alone", contacts=(BOB,))
    await _noted(house, plain, "she likes blue")
    await _noted(house, his, "he likes red")
    await _noted(house, his, f"copy {ANN.upper()} on it")
    forgetting.forget(house, ANN, actor="test")
    assert _texts(house, plain) == {"title": "Two hundred seats"}
    assert _texts(house, named) == {}
    assert sorted(_texts(house, his).values()) == ["His alone", "he likes red"]
    assert contacts.show(house, BOB).name == "Bob Other"
    assert [one.status for one in deals.show(house, his).sequences] == ["active"]


async def test_a_dry_run_counts_the_same_and_erases_nothing(house: House) -> None:
    deal_id = await opened_deal(house, title="A boat for Ann Other")
    before = events_of(house, f"contact/{contacts.id_of(house, ANN)}")
    would = forgetting.forget(house, ANN, actor="test", dry_run=True)
    assert _texts(house, deal_id) == {"title": "A boat for Ann Other"}
    assert events_of(house, f"contact/{contacts.id_of(house, ANN)}") == before
    told = forgetting.forget(house, ANN, actor="test")
    assert would == told


def test_forgetting_under_an_id_does_not_wait_for_itself(house: House) -> None:
    told = forgetting.forget(house, ANN, actor="test", command_id="forget-ann")
    assert told.waiting == 0


async def test_what_is_still_waiting_is_said_and_goes_the_next_time(house: House) -> None:
    deal_id = await opened_deal(house)
    its = contacts.id_of(house, ANN)
    with house.store.write() as tx:
        late = c.LogActivity(activity="call", note="Ann Other again")
        body = late.model_dump(mode="json")
        kept = commands.Kept(
            command_id="late", stream=f"deal/{deal_id}", kind="log_activity", actor="test",
            fingerprint="late", kept_at=house.time.wall(), body=body,
        )  # fmt: skip
        commands.keep(tx, kept)
    assert forgetting.forget(house, ANN, actor="test").waiting == 1
    with house.store.write() as tx:
        commands.answer(tx, "late", {"status": "refused"}, house.time.wall())
    again = forgetting.forget(house, its, actor="test")
    assert (again.already, again.waiting, again.erased["commands"]) == (True, 0, 1)
    assert len([one for one in events_of(house, f"contact/{its}")
                if one.kind == "contact_forgotten"]) == 1  # fmt: skip


async def test_who_was_forgotten_comes_back_neither_by_hand_nor_by_a_file(
    house: House, tmp_path: object
) -> None:
    forgetting.forget(house, ANN, actor="test")
    with pytest.raises(Refused, match="asked to be forgotten"):
        contacts.add(house, contacts.NewContact(email=ANN), actor="test")
    file = house.config.data_dir / "people.csv"
    file.write_text(f"email,name\n{ANN},Ann Other\nnew@them.example,New\n")
    told = import_contacts(house, file, actor="test")
    assert (told.created, len(told.rejected)) == (1, 1)
    assert "forgotten" in told.rejected[0].reason


async def test_who_was_forgotten_and_comes_back_is_somebody_new(house: House) -> None:
    its = contacts.id_of(house, ANN)
    forgetting.forget(house, ANN, actor="test")
    with house.store.write() as tx:
        assert suppression.lift(tx, address_key(house.config.secret, ANN))
    added = contacts.add(house, contacts.NewContact(email=ANN), actor="test")
    assert added.created
    assert added.contact_id != its


def test_a_mail_speaks_of_somebody_however_it_is_coded() -> None:
    words = pattern_of(["Ann Other", "ann@them.example"])
    assert words is not None
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
    assert speaks_of(head + b"quoted-printable\r\n\r\nto Ann=20Ot=\r\nher, a boat\r\n", words)
    assert speaks_of(head + b"base64\r\n\r\ndG8gQW5uIE90aGVyLCBhIGJvYXQ=\r\n", words)
    assert speaks_of(b"To: =?utf-8?q?Ann_Other?= <x@y.example>\r\n\r\n", words)
    assert not speaks_of(b"To: x@y.example\r\n\r\nJoann Otherwise\r\n", words)
    assert pattern_of([" ", ""]) is None
