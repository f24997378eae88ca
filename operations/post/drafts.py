"""Drafts: mails that wait for a person, and the very words that then go."""

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from activities import streams
from activities.material import Material, context_for, gather
from activities.writing import Thread, thread_of
from domain.agenda import subject_of
from domain.permission import blocked
from domain.reactions import purpose_of
from domain.refusal import NotFound, Refused
from mail.flaws import Flawed, RenderFailed
from mail.words import Words
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from store import situation, tasks, texts
from store.database import Tx
from store.sends import Send
from store.tasks import TaskRow

WAY_OUT = re.compile(r"/u/[\w.~-]+")
"""The way out of a mail has a token of its own in every mail."""

DRAFT = "draft"


class Draft(View):
    """A mail that waits for approval, as it would go now. `closes`: then it falls away.

    `words` names exactly these words to this address; `problem` says why there are none.
    `barred` is the word for what will keep it from going, as things stand.
    """

    task_id: str
    deal_id: str | None
    step: str
    template: str
    closes: datetime
    to_name: str | None = None
    to: str | None = None
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    words: str | None = None
    problem: str | None = None
    barred: str | None = None


class Approval(View):
    """Whether a mail went in the words that were approved; `approved` are those, if not."""

    as_read: bool
    approved: str | None = None


def of_deal(house: House, deal_id: str) -> list[Draft]:
    """The drafts of a deal that wait, the most urgent first."""
    with reaching("the database"), house.store.read() as tx:
        waiting = [one for one in tasks.of_deal(tx, deal_id) if _waits(one)]
        found = [_sheet(tx, house, row) for row in sorted(waiting, key=lambda one: one.due_at)]
    return [_draft(house, one) for one in found]


def of_tasks(house: House, task_ids: Sequence[str]) -> list[Draft]:
    """The drafts that these tasks ask to approve, in their order; settled ones are left out."""
    with reaching("the database"), house.store.read() as tx:
        rows = [row for its_id in task_ids if (row := tasks.load(tx, its_id)) is not None]
        found = [_sheet(tx, house, row) for row in rows if _waits(row)]
    return [_draft(house, one) for one in found]


def of_task(house: House, task_id: str) -> Draft | None:
    """The draft that a task asks to approve; None for other tasks and settled ones. NotFound."""
    with reaching("the database"), house.store.read() as tx:
        row = tasks.load(tx, task_id)
        if row is None:
            raise NotFound(f"there is no task {task_id[:80]}", "task_id")
        found = _sheet(tx, house, row) if _waits(row) else None
    return _draft(house, found) if found is not None else None


def approve(house: House, task_id: str, words: str | None = None) -> None:
    """Keep the words of a draft that is being approved; other tasks are left alone.

    Raises Refused when they cannot be written, or are not those that `words` names any more.
    """
    try:
        found = of_task(house, task_id)
    except NotFound:
        return  # the rules of the deal say it better
    if found is None:
        return
    if found.problem is not None:
        raise Refused("not_writable", f"the draft cannot be written: {found.problem}", "words")
    if words is not None and words != found.words:
        told = "the words have changed since they were read; read them again"
        raise Refused("words_changed", told, "words")
    if found.deal_id is None:
        return
    with reaching("the database"), house.store.write() as tx:
        row = tasks.load(tx, task_id)
        assert row is not None
        key = _key(row.enrollment_id, row.step)
        texts.save(tx, found.deal_id, {key: _plain(found.subject, found.text)})


def approval(tx: Tx, send: Send, subject: str | None, text: str | None) -> Approval | None:
    """How the words of a written mail stand to those that were approved; None if none were."""
    if send.deal_id is None or send.contact_id is None:
        return None
    approved = texts.of(tx, send.deal_id).get(_key(send.enrollment_id, send.step))
    if approved is None:
        return None
    same = approved.split() == _plain(subject, text).split()
    return Approval(as_read=same, approved=None if same else approved)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What a draft is written from: its task, all that it may say, and the mails before it."""

    row: TaskRow
    material: Material
    thread: Thread
    barred: str | None


def _waits(row: TaskRow) -> bool:
    return row.verb == DRAFT and row.status == "open"


def _sheet(tx: Tx, house: House, row: TaskRow) -> _Sheet:
    state = streams.load(tx, row.stream)
    facts = situation.facts_for(tx, state, house.time.now(), house.time.grace())
    one = next(x for x in state.enrollments if x.enrollment_id == row.enrollment_id)
    contact_id = one.contact_id or subject_of(state, facts).writes_to
    purpose = purpose_of(facts.rules.sequence(one.part, one.version))
    send = Send(
        touch_id=row.task_id,
        stream=row.stream,
        template=row.name,
        purpose=purpose,
        message_id="<draft>",
        planned_at=facts.now,
        deal_id=row.deal_id,
        contact_id=contact_id,
        enrollment_id=row.enrollment_id,
        step=row.step,
    )
    way_out = f"{house.sender.public_url}/u/preview"
    return _Sheet(
        row=row,
        material=gather(tx, send, state, facts, house.sender, way_out),
        thread=thread_of(tx, send),
        barred=blocked(facts.contacts.get(contact_id or ""), purpose),
    )


def _draft(house: House, sheet: _Sheet) -> Draft:
    """Written in the same way as when it goes (`activities.writing`)."""
    row, reader = sheet.row, sheet.material.contact
    told = Draft(
        task_id=row.task_id,
        deal_id=row.deal_id,
        step=row.step or "",
        template=row.name,
        closes=row.due_at,
        to_name=reader.name if reader else None,
        to=reader.email if reader else None,
        barred=sheet.barred,
    )
    try:
        kind = Words(house.mails, house.written()).find(row.name, None).front.context
        context = context_for(kind, sheet.material)
        written = house.kitchen.render(row.name, context, reader.locale if reader else None)
    except (RenderFailed, Flawed, NotFound) as wrong:
        return told.model_copy(update={"problem": str(wrong)})
    subject = sheet.thread.subject_of(written)
    words = _named(house, (told.to or "", subject, written.text, written.html))
    update = {"subject": subject, "text": written.text, "html": written.html, "words": words}
    return told.model_copy(update=update)


def _named(house: House, words: tuple[str, ...]) -> str:
    """A name for words; keyed, because words are personal and names get about."""
    said = json.dumps(words).encode()
    return hmac.new(house.config.secret, said, hashlib.sha256).hexdigest()[:16]


def _key(enrollment_id: str | None, step: str | None) -> str:
    return f"approved:{enrollment_id}:{step}"


def _plain(subject: str | None, text: str | None) -> str:
    return WAY_OUT.sub("/u/...", f"{subject or ''}\n\n{text or ''}")
