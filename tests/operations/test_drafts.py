"""A draft shows the words that go; approved, they go as they were read, or it is said."""

from datetime import timedelta

import pytest

from activities.planning import plan_due
from activities.writing import MailWriter
from domain import commands as c
from domain.refusal import NotFound, Refused
from operations import contacts, deals, tasks
from operations.house import House
from operations.post import drafts, mail_room
from store import sends
from store.verify import verify
from tests.support.shortcut import ANN, house, no_engine, opened_deal

__all__ = ["house", "no_engine"]

TEMPLATE = "proposal-question"


def pass_time(house: House, deal_id: str) -> list[sends.Send]:
    """Let a day pass, and do what is due for the deal by itself; gives the mails that would go."""
    time = house.time
    house.time = type(time)(time.clock, lambda: time.wall() + timedelta(days=1))
    return plan_due(house.store, house.time, f"deal/{deal_id}", "w", "us.example", set()).sends


async def waiting(house: House) -> drafts.Draft:
    """A deal in its proposal whose draft waits for Olga."""
    deal_id = await opened_deal(house)
    asked = c.AdvanceDeal(stage="proposal", override="they know us")
    await deals.tell(house, deal_id, asked, actor="test")
    for _ in range(20):
        pass_time(house, deal_id)
        found = drafts.of_deal(house, deal_id)
        if found:
            return found[0]
    raise AssertionError("no draft was made")


def renamed(house: House, name: str) -> None:
    """Somebody corrects the name of the contact."""
    contacts.add(house, contacts.NewContact(email=ANN, name=name), actor="test")


async def written(house: House, draft: drafts.Draft) -> mail_room.MailText:
    """The mail as it goes once its slot has come."""
    assert draft.deal_id is not None
    writer = MailWriter(
        house.store,
        house.time,
        house.kitchen,
        lambda name: "deal",
        house.sender,
        house.config.secret,
    )
    for _ in range(10):
        found = [one for one in pass_time(house, draft.deal_id) if one.template == TEMPLATE]
        if found:
            told = await writer.write(found[0])
            with house.store.write() as tx:
                sends.freeze(
                    tx,
                    found[0].touch_id,
                    subject=told.subject,
                    payload=told.payload,
                    template_version=told.template_version,
                    in_reply_to=told.in_reply_to,
                )
            return mail_room.show(house, found[0].touch_id)
    raise AssertionError("the mail never came")


async def test_a_draft_is_read_before_it_goes(house: House) -> None:
    draft = await waiting(house)
    assert (draft.to, draft.to_name, draft.template) == (ANN, "Ann Other", TEMPLATE)
    assert draft.problem is None
    assert draft.subject
    assert draft.text
    assert draft.html
    assert "Ann" in draft.text
    assert "<" not in draft.text
    assert "Ann" in draft.html
    shown = tasks.show(house, draft.task_id)
    assert (shown.draft, shown.task.verb) == (draft, "draft")


async def test_the_words_that_go_are_those_that_were_approved(house: House) -> None:
    draft = await waiting(house)
    await tasks.done(house, draft.task_id, actor="test", words=draft.words)
    assert drafts.of_deal(house, draft.deal_id or "") == []
    assert tasks.show(house, draft.task_id).draft is None
    mail = await written(house, draft)
    assert mail.mail.subject == draft.subject
    assert mail.approval is not None
    assert mail.approval.as_read
    assert verify(house.store) == []


async def test_words_that_changed_since_they_were_read_are_not_approved(house: House) -> None:
    draft = await waiting(house)
    renamed(house, "Anna Smith")
    with pytest.raises(Refused, match="have changed since they were read"):
        await tasks.done(house, draft.task_id, actor="test", words=draft.words)
    [again] = drafts.of_deal(house, draft.deal_id or "")
    assert again.words != draft.words
    assert "Anna" in (again.text or "")
    await tasks.done(house, draft.task_id, actor="test", words=again.words)


async def test_facts_that_change_after_the_approval_are_told(house: House) -> None:
    draft = await waiting(house)
    await tasks.done(house, draft.task_id, actor="test")
    renamed(house, "Anna Smith")
    mail = await written(house, draft)
    assert mail.approval is not None
    assert not mail.approval.as_read
    assert "Ann" in (mail.approval.approved or "")
    assert "Anna" not in (mail.approval.approved or "")


async def test_a_draft_that_cannot_be_written_says_why_and_is_not_approved(house: House) -> None:
    draft = await waiting(house)
    house.config.__dict__["templates"] = house.config.data_dir
    [found] = drafts.of_deal(house, draft.deal_id or "")
    assert found.problem
    assert found.words is None
    with pytest.raises(Refused, match="cannot be written"):
        await tasks.done(house, draft.task_id, actor="test")


async def test_what_is_no_draft_shows_no_mail(house: House) -> None:
    with pytest.raises(NotFound, match="no task"):
        tasks.show(house, "T-none")
    deal_id = await opened_deal(house)
    await deals.tell(house, deal_id, c.WinDeal(), actor="test")
    [one] = [task for task in tasks.list_open(house) if task.name == "hand-over"]
    assert tasks.show(house, one.task_id).draft is None
