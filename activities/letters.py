"""Letters to our own people that are about no single deal."""

from datetime import datetime

from mail.compose import Letter
from mail.context import Company
from mail.render import Rendered
from store.people import Person


def letter_to(
    person: Person, rendered: Rendered, message_id: str, company: Company, at: datetime
) -> Letter:
    """A letter from the company to one of its own; `at` is the moment on the reader's clock.

    Raises Malformed for an address that no mail may carry.
    """
    return Letter(
        message_id=message_id,
        purpose="internal",
        sender_name=company.name,
        sender=company.sender,
        to_name=person.name,
        to=person.email or "",
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        date=at,
    )
