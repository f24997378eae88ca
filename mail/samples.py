"""A made-up context of each kind, for previews, checks and tests."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from mail.context import (
    Asset,
    Company,
    ConsentAsk,
    Contact,
    ContactLetter,
    Context,
    Deal,
    DealLetter,
    Draft,
    DraftWaiting,
    Group,
    HandOver,
    ImportDigest,
    Line,
    Links,
    Morning,
    Notice,
    Owner,
    Person,
    Promise,
    PromiseReminder,
    ReplyArrived,
    StagnationNotice,
)

_DUE = datetime(2026, 3, 4, 14, 30, tzinfo=UTC)
_URL = "https://sluice.example/deals/D-2345abcdef"

COMPANY = Company(
    name="Lockkeeper GmbH",
    postal_address="Schleusenweg 4, 10997 Berlin, Germany",
    sender="hello@lockkeeper.example",
    website="https://lockkeeper.example",
)
OWNER = Owner(
    name="Ines Brandt",
    first_name="Ines",
    email="ines@lockkeeper.example",
    job_title="Sales",
    phone="+49 30 5550142",
)
PERSON = Person(name=OWNER.name, first_name="Ines", email=OWNER.email)
CONTACT = Contact(
    email="sam.okafor@weir.example",
    name="Sam Okafor",
    first_name="Sam",
    account="Weir & Sons",
    job_title="Head of Operations",
)
DEAL = Deal(
    title="Weir & Sons, gate control",
    stage="proposal",
    amount=Decimal(48000),
    currency="EUR",
    product="Gate Control",
    account="Weir & Sons",
    expected_close=date(2026, 4, 15),
    url=_URL,
)
LINKS = Links(unsubscribe="https://sluice.example/u/0123456789abcdef0123456789abcdef")
ASSETS = (Asset(name="case-study", title="How a port saved a week a month", url=f"{_URL}/case"),)
LINE = Line(
    title="Weir & Sons, gate control",
    what="follow-up 2",
    stage="proposal",
    account="Weir & Sons",
    why="no answer for 4 days",
    at=_DUE,
    url=_URL,
)

_SAMPLES: dict[str, Context] = {
    "deal": DealLetter(
        contact=CONTACT, deal=DEAL, company=COMPANY, owner=OWNER, links=LINKS, assets=ASSETS
    ),
    "contact": ContactLetter(
        contact=CONTACT, company=COMPANY, owner=OWNER, links=LINKS, assets=ASSETS
    ),
    "consent": ConsentAsk(
        contact=CONTACT,
        company=COMPANY,
        owner=OWNER,
        links=LINKS,
        confirm="https://sluice.example/u/confirm/0123456789abcdef0123456789abcdef",
        until=_DUE.date(),
    ),
    "notice": Notice(
        person=PERSON,
        company=COMPANY,
        what="Call Sam about the open questions",
        why="follow-up 3 is next",
        due=_DUE,
        url=_URL,
        deal=DEAL,
        contact=CONTACT,
    ),
    "stagnation": StagnationNotice(
        person=PERSON,
        company=COMPANY,
        deal=DEAL,
        reasons=("21 days in proposal, the limit is 14", "no answer for 9 days, the limit is 7"),
        days_in_stage=21,
        last_sign=date(2026, 2, 23),
        owner=OWNER,
        prompts=("Who else has a say?",),
    ),
    "promise": PromiseReminder(
        person=PERSON,
        company=COMPANY,
        deal=DEAL,
        promise=Promise(text="Send the figures for the second lock", due=_DUE),
        contact=CONTACT,
    ),
    "hand-over": HandOver(
        person=PERSON,
        company=COMPANY,
        deal=DEAL,
        owner=OWNER,
        contacts=(CONTACT,),
        reason="delivery before summer",
        due=_DUE,
    ),
    "draft": DraftWaiting(
        person=PERSON,
        company=COMPANY,
        deal=DEAL,
        draft=Draft(subject="Your thoughts on the proposal", closes=_DUE, url=_URL),
        contact=CONTACT,
    ),
    "reply": ReplyArrived(
        person=PERSON,
        company=COMPANY,
        deal=DEAL,
        sender=CONTACT.name or "",
        said=("Thank you, that looks good.", "Could we talk on Thursday?"),
        contact=CONTACT,
    ),
    "morning": Morning(
        person=PERSON,
        company=COMPANY,
        day=date(2026, 3, 4),
        our_turn=(LINE,),
        overdue=(LINE,),
        to_do=(LINE,),
        stagnant=(LINE,),
        webhooks=(LINE,),
        goes_out=(LINE,),
        url="https://sluice.example/tasks",
    ),
    "import-digest": ImportDigest(
        person=PERSON,
        company=COMPANY,
        deals=12,
        worst=(LINE,),
        url="https://sluice.example",
    ),
}


def sample(context: str) -> Context:
    """A filled context by the name that front matter uses. Raises KeyError for an unknown one."""
    return _SAMPLES[context]


def bare(context: str) -> Context:
    """The same in which everything that may be unknown is unknown."""
    full = _SAMPLES[context]
    told = {
        name: _bare(getattr(full, name))
        for name, info in type(full).model_fields.items()
        if info.is_required()
    }
    return type(full)(**told)


def _bare(value: Any) -> Any:
    """A group with what it cannot be without; anything else as it is."""
    if not isinstance(value, Group):
        return value
    kept = {
        name: getattr(value, name)
        for name, info in type(value).model_fields.items()
        if info.is_required()
    }
    return type(value)(**kept)
