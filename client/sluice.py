"""The whole client."""

# Written by scripts/client.py from the description of the API; run it again.

from client.calls.audit import AuditCalls
from client.calls.commands import CommandsCalls
from client.calls.contacts import ContactsCalls
from client.calls.deals import DealsCalls
from client.calls.events import EventsCalls
from client.calls.imports import ImportsCalls
from client.calls.inbox import InboxCalls
from client.calls.keys import KeysCalls
from client.calls.mail import MailCalls
from client.calls.memory import MemoryCalls
from client.calls.nurtures import NurturesCalls
from client.calls.overviews import OverviewsCalls
from client.calls.people import PeopleCalls
from client.calls.playbooks import PlaybooksCalls
from client.calls.tasks import TasksCalls
from client.calls.templates import TemplatesCalls
from client.calls.webhooks import WebhooksCalls


class Sluice(
    DealsCalls,
    OverviewsCalls,
    ContactsCalls,
    NurturesCalls,
    TasksCalls,
    MailCalls,
    InboxCalls,
    PlaybooksCalls,
    TemplatesCalls,
    PeopleCalls,
    KeysCalls,
    AuditCalls,
    ImportsCalls,
    EventsCalls,
    WebhooksCalls,
    CommandsCalls,
    MemoryCalls,
):
    """Everything that can be asked of a house."""
