"""`sluice contact`, `user`, `mail`, `task`: the words around a deal."""

from collections.abc import Callable
from typing import Any

import pytest

from operations.house import House
from store import sends
from store.sends import Send
from tests.cli.test_deal import Asked, ask, folder, opened, refuse
from tests.support.moments import MONDAY
from tests.support.shortcut import ANN, OLGA, house, no_engine

__all__ = ["ask", "folder", "house", "no_engine", "refuse"]

Refuse = Callable[..., dict[str, Any]]


def test_a_contact_is_added_changed_and_shown(ask: Asked) -> None:
    new = ("contact", "add", "zoe@them.example", "--name", "Zoe", "--zone", "Europe/Warsaw")
    assert ask(*new, "--dry-run", "--json")["created"]
    told = ask(*new, "--country", "PL", "--consent", "marketing:fair", "--json")
    assert told["created"]
    assert ask(*new, "--json") == {**told, "created": False}
    shown = ask("contact", "show", "zoe@them.example", "--json")
    assert shown["consents"][0]["basis"] == "fair"
    assert "Zoe" in ask("contact", "show", told["contact_id"])
    assert "zoe@them.example" in ask("contact", "list")
    assert "Became known" in ask("contact", "history", "zoe@them.example")


def test_unsubscribing_says_what_it_stops(ask: Asked) -> None:
    deal_id = opened(ask)
    would = ask("contact", "unsubscribe", ANN, "--dry-run", "--json")
    assert (would["deals"], would["dry_run"]) == ([deal_id], True)
    assert deal_id in ask("contact", "unsubscribe", ANN)
    assert "known already" in ask("contact", "unsubscribe", ANN)
    assert "barred" in ask("contact", "show", ANN)


def test_bounces_complaints_and_consents(ask: Asked) -> None:
    deal_id = opened(ask)
    for words in (("bounce", ANN), ("bounce", ANN, "--soft"), ("complaint", ANN)):
        would = ask("contact", *words, "--dry-run", "--json")
        assert would["deals"] == ([] if "--soft" in words else [deal_id])
    ask("contact", "consent", "give", ANN, "service:asked", "--dry-run")
    assert [one["purpose"] for one in ask("contact", "show", ANN, "--json")["consents"]] == [
        "marketing"
    ]
    assert ask("contact", "show", ANN, "--json")["barred"] == []
    ask("contact", "bounce", ANN, "--soft")
    assert ask("contact", "show", ANN, "--json")["barred"] == []
    ask("contact", "consent", "give", ANN, "marketing:fair-2026")
    ask("contact", "bounce", ANN)
    ask("contact", "complaint", "bob@them.example")
    assert ask("contact", "show", ANN, "--json")["barred"][0]["reason"] == "hard_bounce"


def test_the_history_of_a_consent_is_shown(ask: Asked, refuse: Refuse) -> None:
    give = ("contact", "consent", "give", ANN, "marketing:fair", "--source", "fair-2026")
    ask(*give, "--until", "2027-01-01")
    ask("contact", "consent", "withdraw", ANN, "marketing", "--how", "phone")
    assert "no such consent" in ask("contact", "consent", "withdraw", ANN, "marketing")
    steps = ask("contact", "show", ANN, "--json")["history"]
    assert [(one["what"], one["basis"], one["how"]) for one in steps] == [
        ("given", "test", None), ("given", "fair", None), ("withdrawn", None, "phone"),
    ]  # fmt: skip
    assert steps[1]["expires_at"].startswith("2027-01-01")
    shown = ask("contact", "show", ANN)
    assert "withdrawn" in shown
    assert "marketing (phone) by" in shown
    refuse(3, "contact", "consent", "withdraw", ANN, "everything")
    refuse(2, "contact", "consent", "give", ANN, "marketing:ann@them.example")


def test_addresses_are_barred_counted_and_let_go(ask: Asked, refuse: Refuse) -> None:
    deal_id = opened(ask)
    stranger = "nobody@else.example"
    assert deal_id in ask("contact", "suppress", ANN, "--reason", "asked_by_phone")
    assert "barred already" in ask("contact", "suppress", ANN, "--reason", "again")
    assert "nobody we know" in ask("contact", "suppress", stranger, "--reason", "old_list")
    told = ask("contact", "suppressed", "--json")
    assert told["counts"] == [["*", "asked_by_phone", 1], ["*", "old_list", 1]]
    assert stranger not in ask("contact", "suppressed")
    assert "lifted" in ask("contact", "unsuppress", stranger, "--reason", "mistake")
    refuse(4, "contact", "unsuppress", stranger, "--reason", "mistake")
    refuse(2, "contact", "suppress", ANN, "--reason", "she rang")
    refuse(3, "contact", "suppress", ANN, "--reason", "erased")
    assert "Is never written to again" in ask("contact", "history", ANN)


def test_a_person_is_forgotten(ask: Asked, refuse: Refuse) -> None:
    its = ask("contact", "show", ANN, "--json")["contact_id"]
    assert "would be forgotten" in ask("contact", "forget", ANN, "--dry-run")
    assert f"{its} is forgotten" in ask("contact", "forget", ANN)
    refuse(4, "contact", "forget", ANN)
    refuse(3, "contact", "add", ANN)
    ask("contact", "unsuppress", ANN, "--reason", "came_back")
    assert ask("contact", "add", ANN, "--json")["contact_id"] != its


def test_bad_addresses_and_names_are_malformed_in_their_place(refuse: Refuse) -> None:
    assert refuse(2, "contact", "add", "ann@@them")["where"] == "email"
    assert "U+000A" in refuse(2, "contact", "add", "a@b.example\nBcc: c")["message"]
    assert refuse(2, "contact", "add", "a@b.example", "--name", "x" * 10_000)["where"] == "name"
    assert refuse(2, "contact", "add", "a@b.example", "--fact", "x")["where"] == "--fact"
    assert refuse(4, "contact", "show", "nobody@them.example")["type"] == "not_found"


def test_people_are_added_and_listed(ask: Asked, refuse: Refuse) -> None:
    told = ask("user", "add", "max@us.example", "--name", "Max", "--manager", OLGA,
               "--group", "crew", "--json")  # fmt: skip
    assert told["created"]
    table = ask("user", "list")
    assert "Olga Owner" in table
    assert "crew" in table
    assert "Max" in ask("user", "show", "max@us.example")
    ask("user", "add", "max@us.example", "--left")
    assert "Max" not in ask("user", "list")
    assert "Max (left)" in ask("user", "list", "--all")
    refuse(4, "deal", "open", "--title", "x", "--as", "stranger@us.example")


def test_who_asks_is_named_in_the_history(ask: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICE_ACTOR", OLGA)
    deal_id = opened(ask)
    person = ask("user", "show", OLGA, "--json")["person_id"]
    assert {one["actor"] for one in ask("deal", "history", deal_id, "--json")} == {person}
    assert ask("deal", "show", deal_id, "--json")["owner"]["id"] == person


def test_all_mail_is_stopped_and_started(ask: Asked) -> None:
    assert "Mail goes" in ask("mail", "status")
    assert "would stop" in ask("mail", "stop", "--dry-run")
    assert "wrong words" in ask("mail", "stop", "--reason", "wrong words")
    assert ask("mail", "status", "--json")["stopped"]
    assert not ask("mail", "start", "--json")["stopped"]
    assert "No mail is in doubt." in ask("mail", "in-doubt")


def test_a_doubt_is_settled_by_whom_the_command_names(ask: Asked, house: House) -> None:
    deal_id = opened(ask)
    now = MONDAY
    row = Send(
        touch_id="t1",
        stream=f"deal/{deal_id}",
        deal_id=deal_id,
        template="first-contact",
        purpose="sales",
        message_id="<t1@us.example>",
        planned_at=now,
        status="in_doubt",
    )
    with house.store.write() as tx:
        sends.plan(tx, row, b"x")
    ask("mail", "resolve", "t1", "arrived", "--at", now.isoformat(), "--as", OLGA)
    [last] = [x for x in ask("deal", "history", deal_id, "--json") if x["kind"] == "touch_sent"]
    assert last["actor"] == ask("user", "show", OLGA, "--json")["person_id"]
    assert last["at"] == now.isoformat().replace("+00:00", "Z")


def test_mail_that_is_not_there_is_said_so(refuse: Refuse) -> None:
    assert refuse(4, "mail", "show", "<x@y>")["type"] == "not_found"
    assert refuse(4, "mail", "resolve", "<x@y>", "lost")["type"] == "not_found"
    assert refuse(2, "mail", "resolve", "<x@y>", "perhaps")["where"] == "outcome"
    assert refuse(2, "mail", "list", "--status", "gone")["where"] == "status"


def test_tasks_are_listed_and_done(ask: Asked, refuse: Refuse) -> None:
    assert "Nothing is to be done." in ask("task", "list")
    deal_id = opened(ask, "--owner", OLGA)
    ask("deal", "win", deal_id)
    [task] = ask("task", "list", "--person", OLGA, "--json")
    assert "hand-over" in ask("task", "list")
    assert ask("task", "done", task["task_id"], "--dry-run", "--json")["would"]
    assert ask("task", "done", task["task_id"], "--json")["status"] == "done"
    assert refuse(3, "task", "done", task["task_id"])["type"] == "task_settled"
    assert refuse(4, "task", "drop", "T-nothing")["type"] == "not_found"
