"""Writes into docs/api.md what of the terminal can be asked of the API; a test compares it.

`.venv/bin/python scripts/doors.py` writes the table anew. A command that is new in the terminal
needs its operation here, or the reason why only who sits at the machine may ask for it.
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


def commands() -> list[str]:
    """Every command of the terminal that does something."""
    return [" ".join(path) for path, told in lines() if not hasattr(told, "list_commands")]


def made() -> str:
    """The table, between its marks."""
    rows = []
    for command in commands():
        named = " ".join(f"`{one}`" for one in OPERATIONS.get(command, ()))
        rows.append((f"`sluice {command}`", named or f"none: {REASONS.get(command, '?')}"))
    return f"{BEGIN}\n{table(('in the terminal', 'here'), rows)}\n\n{END}"


def written(text: str) -> str:
    """The guide with the table as it is now."""
    pattern = f"{re.escape(BEGIN)}.*?{re.escape(END)}"
    return re.sub(pattern, lambda _: made(), text, count=1, flags=re.DOTALL)


if __name__ == "__main__":
    GUIDE.write_text(written(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
