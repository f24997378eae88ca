"""`sluice inbox`: mail that waits for a person, from the terminal."""

from collections.abc import Callable
from typing import Any

from operations.house import House
from tests.cli.test_deal import Asked, ask, folder, opened, refuse
from tests.support.post import came, written
from tests.support.shortcut import house, no_engine

__all__ = ["ask", "folder", "house", "no_engine", "refuse"]

Refuse = Callable[..., dict[str, Any]]


def test_a_mail_that_waits_is_listed_shown_and_attached(ask: Asked, house: House) -> None:
    deal_id = opened(ask)
    assert "Nothing waits here" in ask("inbox", "list")
    its_id = came(house, written(sender="zoe@else.example")).inbound_id
    assert its_id in ask("inbox", "list")
    shown = ask("inbox", "show", its_id)
    assert "unmatched: human reply" in shown
    assert "let us talk on Thursday" in shown
    would = ask("inbox", "attach", its_id, deal_id, "--dry-run", "--json")
    assert (would["status"], would["meaning"]) == ("attached", "reply")
    assert f"is attached to {deal_id} as a reply" in ask("inbox", "attach", its_id, deal_id)
    assert "our turn" in ask("deal", "show", deal_id)
    assert [one["status"] for one in ask("inbox", "list", "--deal", deal_id, "--json")] == [
        "attached"
    ]


def test_a_mail_is_ignored_and_what_cannot_be_is_refused(
    ask: Asked, refuse: Refuse, house: House
) -> None:
    its_id = came(house, written(sender="zoe@else.example")).inbound_id
    assert "is ignored" in ask("inbox", "ignore", its_id)
    assert refuse(4, "inbox", "show", "IN-none")["type"] == "not_found"
    assert refuse(4, "inbox", "attach", its_id, "D-none")["type"] == "not_found"
    assert refuse(3, "inbox", "poll")["type"] == "no_mailbox"
    assert "No folder was read" in ask("inbox", "folders")
