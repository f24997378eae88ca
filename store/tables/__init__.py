"""Every table of the house, by the noun it holds."""

from store.tables.access import api_keys, attempts, audit, invites, passwords, sessions
from store.tables.arriving import address_tokens, contact_aliases, inbound, mailbox_cursors
from store.tables.keeping import editions, events, parts
from store.tables.mailing import (
    clicks,
    consent_asks,
    erasures,
    links,
    send_waits,
    sends,
    suppression,
    template_versions,
    unsubscribe_tokens,
)
from store.tables.metadata import metadata
from store.tables.outgoing import webhook_deliveries, webhooks
from store.tables.parties import accounts, consents, contacts, people
from store.tables.running import commands, jobs, nudges, nurtures, switches
from store.tables.selling import (
    deal_contacts,
    deal_texts,
    deals,
    enrollments,
    imports,
    promises,
    stage_totals,
    tasks,
)

__all__ = [
    "accounts",
    "address_tokens",
    "api_keys",
    "attempts",
    "audit",
    "clicks",
    "commands",
    "consent_asks",
    "consents",
    "contact_aliases",
    "contacts",
    "deal_contacts",
    "deal_texts",
    "deals",
    "editions",
    "enrollments",
    "erasures",
    "events",
    "imports",
    "inbound",
    "invites",
    "jobs",
    "links",
    "mailbox_cursors",
    "metadata",
    "nudges",
    "nurtures",
    "parts",
    "passwords",
    "people",
    "promises",
    "send_waits",
    "sends",
    "sessions",
    "stage_totals",
    "suppression",
    "switches",
    "tasks",
    "template_versions",
    "unsubscribe_tokens",
    "webhook_deliveries",
    "webhooks",
]
