"""Writes into docs/api.md what of the other doors can be asked of the API; a test compares it.

`.venv/bin/python scripts/doors.py` writes the tables anew. What is new in the terminal or in the
browser needs its operation here, or the reason why it has none.
"""

import re
from pathlib import Path
from typing import Final

from scripts.reference import lines
from scripts.shapes import table

GUIDE: Final = Path(__file__).parent.parent / "docs" / "api.md"
BEGIN: Final = "<!-- Written by scripts/doors.py; change it there and run it again. -->\n"
END: Final = "<!-- So far. -->\n"

_COMMAND: Final = "command_deal"

OPERATIONS: Final[dict[str, tuple[str, ...]]] = {
    "doctor": ("examine_house",),
    "deal open": ("open_deal", "ask_in_bulk"),
    "deal list": ("list_deals",),
    "deal show": ("show_deal",),
    "deal history": ("deal_history",),
    "deal next": ("deal_next",),
    "deal explain": ("explain_deal",),
    "deal timeline": ("deal_timeline",),
    **{
        f"deal {word}": (_COMMAND,)
        for word in (
            "advance", "back", "win", "lose", "reopen", "pause", "resume", "assign", "change",
            "link", "account", "enroll", "stop", "looked", "log", "reply", "away", "promise",
            "keep-promise", "wait",
        )
    },
    "contact add": ("add_contact", "change_contact"),
    "contact show": ("show_contact", "find_contact"),
    "contact list": ("list_contacts",),
    "contact history": ("contact_history",),
    "contact unsubscribe": ("unsubscribe_contact",),
    "contact bounce": ("bounce_contact",),
    "contact complaint": ("complain_contact",),
    "contact forget": ("forget_contact",),
    "contact consent give": ("give_consent",),
    "contact consent ask": ("ask_consent",),
    "contact consent withdraw": ("withdraw_consent",),
    "contact suppress": ("suppress_address",),
    "contact unsuppress": ("unsuppress_address",),
    "contact suppressed": ("list_suppressions",),
    "user add": ("add_person",),
    "user list": ("list_people",),
    "user show": ("show_person",),
    "user invite": ("invite_person",),
    "user signout": ("sign_out_person",),
    "user transfer": ("work_of_person", "transfer_work"),
    "key add": ("add_key",),
    "key list": ("list_keys",),
    "key revoke": ("revoke_key",),
    "audit list": ("read_audit",),
    "mail list": ("list_mails",),
    "mail show": ("show_mail",),
    "mail in-doubt": ("list_mails",),
    "mail resolve": ("resolve_mail",),
    "mail status": ("mail_status",),
    "mail stop": ("stop_mail",),
    "mail start": ("start_mail", "release_mailbox"),
    "inbox list": ("list_inbox",),
    "inbox show": ("show_inbound",),
    "inbox attach": ("attach_inbound",),
    "inbox ignore": ("ignore_inbound",),
    "inbox poll": ("poll_mailboxes",),
    "inbox folders": ("list_folders",),
    "task list": ("list_tasks",),
    "task show": ("show_task",),
    "task done": ("finish_task",),
    "task drop": ("drop_task",),
    "playbook check": ("check_playbook",),
    "playbook show": ("show_playbook", "show_playbook_parts"),
    "playbook history": ("list_playbook_editions",),
    "playbook diff": ("diff_playbook", "compare_playbook_editions"),
    "playbook publish": ("publish_playbook",),
    "playbook list": ("list_playbooks",),
    "template list": ("list_templates",),
    "template show": ("show_template",),
    "template history": ("list_template_versions",),
    "template check": ("check_templates", "check_template_text"),
    "template publish": ("publish_template",),
    "template preview": ("preview_template",),
    "template send-test": ("send_test",),
    "nurture enroll": ("enroll_contacts",),
    "nurture stop": ("stop_nurture",),
    "nurture show": ("list_nurtures", "show_nurture"),
    "nurture explain": ("explain_nurture",),
    "event": ("tell_event",),
    "events": ("read_events",),
    "import deals": ("upload_deals",),
    "import contacts": ("upload_contacts",),
    "command show": ("show_command",),
    "backup": ("start_job", "show_job"),
    "verify": ("verify_memory", "start_job"),
    "rebuild": ("start_job", "list_jobs"),
    "webhook add": ("add_webhook",),
    "webhook list": ("list_webhooks",),
    "webhook show": ("show_webhook", "list_deliveries"),
    "webhook rotate": ("rotate_webhook",),
    "webhook pause": ("pause_webhook",),
    "webhook resume": ("resume_webhook",),
    "webhook replay": ("replay_webhook",),
    "webhook skip": ("skip_delivery",),
    "webhook remove": ("remove_webhook",),
    "webhook test": ("test_webhook",),
}  # fmt: skip
"""The operations that do what a command does."""

_RUNS: Final = "starts or is a process of this machine"
REASONS: Final[dict[str, str]] = {
    "up": _RUNS,
    "demo": _RUNS,
    "worker": _RUNS,
    "serve": _RUNS,
    "mailbox": _RUNS,
    "migrate": "the console that would be asked does not serve an older database",
    "user password": "a password is set by whose it is, behind the link of `invite_person`",
}
"""Why a command has no operation."""


PAGES: Final[dict[str, tuple[str, ...]]] = {
    "/": ("show_board", "list_deals"),
    "/stagnant": ("show_stagnant",),
    "/day": ("day_of_person",),
    "/day/deals/{deal_id}": (_COMMAND,),
    "/day/tasks/{task_id}": ("finish_task", "drop_task"),
    "/new-deal": ("open_deal",),
    "/deals/{deal_id}": ("show_deal", "deal_timeline", "explain_deal", "list_mails"),
    "/deals/{deal_id}/commands": (_COMMAND,),
    "/deals/{deal_id}/move": (_COMMAND,),
    "/drafts/{task_id}/body": ("show_task",),
    "/contacts": ("search_contacts", "add_contact"),
    "/contacts/{contact_id}": ("show_contact", "contact_history", "list_mails"),
    "/contacts/{contact_id}/says": (
        "give_consent", "withdraw_consent", "ask_consent", "unsubscribe_contact",
        "suppress_address",
    ),
    "/contacts/{contact_id}/lift": ("unsuppress_address",),
    "/contacts/{contact_id}/forget": ("forget_contact",),
    "/mail": ("list_mails", "mail_status"),
    "/mail/switch": ("stop_mail", "start_mail"),
    "/mail/mailboxes/{name}": ("release_mailbox",),
    "/mails/{touch_id}": ("show_mail", "explain_mail"),
    "/mails/{touch_id}/body": ("show_mail",),
    "/doubts": ("list_mails",),
    "/doubts/{touch_id}": ("resolve_mail",),
    "/inbox": ("list_inbox",),
    "/inbox/{inbound_id}": ("show_inbound",),
    "/inbox/{inbound_id}/attach": ("attach_inbound",),
    "/inbox/{inbound_id}/ignore": ("ignore_inbound",),
    "/playbooks": ("list_playbooks", "show_playbook_parts"),
    "/playbooks/{name}": (
        "show_playbook", "list_playbook_editions", "compare_playbook_editions",
    ),
    "/playbooks/{name}/edit": ("show_playbook",),
    "/playbooks/{name}/draft": ("check_playbook", "diff_playbook", "publish_playbook"),
    "/new-playbook/draft": ("check_playbook", "diff_playbook", "publish_playbook"),
    "/templates": ("list_templates", "check_templates"),
    "/templates/{name}": ("show_template", "list_template_versions", "preview_template"),
    "/templates/{name}/body": ("preview_template",),
    "/templates/{name}/edit": ("show_template",),
    "/templates/{name}/draft": ("check_template_text", "publish_template"),
    "/templates/{name}/draft/body": ("check_template_text",),
    "/new-template": ("check_template_text", "publish_template"),
    "/admin": ("examine_house", "list_jobs"),
    "/admin/jobs": ("list_jobs", "show_job"),
    "/admin/jobs/{kind}": ("start_job", "verify_memory"),
    "/admin/audit": ("read_audit",),
    "/admin/events": ("read_events",),
    "/admin/keys": ("list_keys", "add_key"),
    "/admin/keys/{key_id}/revoke": ("revoke_key",),
    "/admin/people": ("list_people", "add_person"),
    "/admin/people/{person_id}": ("show_person", "work_of_person"),
    "/admin/people/{person_id}/change": ("add_person",),
    "/admin/people/{person_id}/presence": ("add_person",),
    "/admin/people/{person_id}/invite": ("invite_person",),
    "/admin/people/{person_id}/signout": ("sign_out_person",),
    "/admin/people/{person_id}/transfer": ("transfer_work",),
    "/admin/webhooks": ("list_webhooks", "add_webhook"),
    "/admin/webhooks/{webhook_id}": ("show_webhook", "list_deliveries"),
    "/admin/webhooks/{webhook_id}/rotate": ("rotate_webhook",),
    "/admin/webhooks/{webhook_id}/test": ("test_webhook",),
    "/admin/webhooks/{webhook_id}/{word}": (
        "pause_webhook", "resume_webhook", "replay_webhook", "skip_delivery", "remove_webhook",
    ),
}  # fmt: skip
"""The operations that give what a page shows, or do what its forms ask."""

_SESSION: Final = "who sits at a browser; a program shows its key, and `who_am_i` says whose"
_READER: Final = "for who reads our mails, without a key"
_LETTERS: Final = "the mailbox of this machine, to try things with"
_PROGRAMS: Final = "for programs already"
_PIECE: Final = "a piece of every page"
PAGE_REASONS: Final[dict[str, str]] = {
    "/signin": _SESSION,
    "/signout": _SESSION,
    "/me": _SESSION,
    "/invite/{token}": "a password is set by whose it is, behind the link of `invite_person`",
    "/new-playbook": "begins with a file that ships with Sluice; any text is taken here",
    "/u/{token}": _READER,
    "/u/confirm/{token}": _READER,
    "/u/console.css": _READER,
    "/l/{link_id}": _READER,
    "/mailbox": _LETTERS,
    "/mailbox/{key}": _LETTERS,
    "/mailbox/{key}/body": _LETTERS,
    "/mailbox/{key}/acts": _LETTERS,
    "/hooks/postmark": _PROGRAMS,
    "/hooks/standard": _PROGRAMS,
    "/metrics": _PROGRAMS,
    "/healthz": _PROGRAMS,
    "/readyz": _PROGRAMS,
    "/standing": _PIECE,
    "/static/{name}": _PIECE,
}
"""Why a page has no operation."""


def commands() -> list[str]:
    """Every command of the terminal that does something."""
    return [" ".join(path) for path, told in lines() if not hasattr(told, "list_commands")]


def made() -> str:
    """The tables, between their marks."""
    rows = []
    for command in commands():
        named = " ".join(f"`{one}`" for one in OPERATIONS.get(command, ()))
        rows.append((f"`sluice {command}`", named or f"none: {REASONS.get(command, '?')}"))
    pages = [
        (f"`{path}`", " ".join(f"`{one}`" for one in PAGES.get(path, ())) or f"none: {reason}")
        for path, reason in {**dict.fromkeys(PAGES, ""), **PAGE_REASONS}.items()
    ]
    terminal = table(("in the terminal", "here"), rows)
    return f"{BEGIN}\n{terminal}\n\n{table(('in the browser', 'here'), pages)}\n\n{END}"


def written(text: str) -> str:
    """The guide with the tables as they are now."""
    pattern = f"{re.escape(BEGIN)}.*?{re.escape(END)}"
    return re.sub(pattern, lambda _: made(), text, count=1, flags=re.DOTALL)


if __name__ == "__main__":
    GUIDE.write_text(written(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
