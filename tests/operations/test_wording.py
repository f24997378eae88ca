"""Published words hold for the mails that are written from then on, in a worker that runs on."""

from pathlib import Path

import pytest

from activities.planning import plan_due
from cli.main import run
from domain.refusal import Malformed, Refused
from operations.authoring import wording
from operations.house import House
from operations.post.mail_work import mail_work
from store import templates
from store.sends import Send
from tests.cli.test_contact import Refuse
from tests.cli.test_deal import Asked, ask, folder, refuse
from tests.console.conftest import Village, village
from tests.console.test_deal_page import counting
from tests.support.shortcut import house, no_engine

__all__ = ["ask", "folder", "house", "no_engine", "refuse", "village"]

NAME = "first-contact"


def words(house: House, mark: str) -> str:
    """The words of the first mail with a mark in them."""
    text = wording.begin(house, NAME).text
    front, body = text.split("\n---\n", 1)
    return f"{front}\n---\n{mark} {body}"


def due(house: House, deal_id: str) -> Send:
    found = plan_due(house.store, house.time, f"deal/{deal_id}", "w", "us.example", set())
    (send,) = found.sends
    return send


async def test_a_running_worker_writes_the_next_mail_with_the_new_words(village: Village) -> None:
    old, new = village.open("old"), village.open("new")
    async with mail_work(village.house) as work:
        first = due(village.house, old)
        before = await work.performer.writer.write(first)
        done = wording.publish(village.house, NAME, None, words(village.house, "Ahoy"), actor="P-1")
        after = await work.performer.writer.write(due(village.house, new))
    assert b"Ahoy" not in before.payload
    assert b"Ahoy" in after.payload
    assert after.template_version == done.template_version != before.template_version


def test_two_who_publish_at_once_are_told_of_each_other(village: Village) -> None:
    house = village.house
    base = wording.begin(house, NAME).base
    mine, theirs = words(house, "Ahoy"), words(house, "Howdy")
    wording.publish(house, NAME, None, theirs, actor="P-2", base=base)
    with pytest.raises(Refused, match="other words meanwhile"):
        wording.publish(house, NAME, None, mine, actor="P-1", base=base)
    same = wording.publish(house, NAME, "en", theirs, actor="P-2")
    assert (same.changed, same.version) == (False, 1)
    assert wording.begin(house, NAME).text == theirs


def test_a_repeated_publication_is_kept_once(village: Village) -> None:
    text = words(village.house, "Ahoy")
    asked = {"actor": "P-1", "command_id": "a" * 16}
    told = [wording.publish(village.house, NAME, None, text, **asked) for _ in range(2)]
    assert told[0] == told[1]
    assert len(wording.history(village.house, NAME)) == 1


def test_words_with_errors_and_names_of_no_mail_are_refused(village: Village) -> None:
    house = village.house
    wrong = words(house, "{{ owner.nme }}")
    with pytest.raises(Malformed, match=r"owner\.nme no such name; did you mean owner\.name"):
        wording.publish(house, NAME, None, wrong, actor="P-1")
    for name, locale in (("../x", None), ("_layout", None), ("x", "de/../x"), ("X", None)):
        with pytest.raises(Malformed, match="cannot be a mail"):
            wording.publish(house, name, locale, words(house, "Hi"), actor="P-1")
    assert house.written().texts == {}


def test_too_many_words_are_refused(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "LARGEST", 100)
    with pytest.raises(Refused, match="over 100 characters"):
        wording.publish(village.house, NAME, None, words(village.house, "Hi"), actor="P-1")


def test_what_did_not_change_is_not_read_again(village: Village) -> None:
    house = village.house
    wording.publish(house, NAME, None, words(house, "Ahoy"), actor="P-1")
    first = house.written()
    with counting(house) as asked:
        assert house.written() is first
    assert len([one for one in asked if "template_versions" in one]) == 1
    with house.store.read() as tx:
        assert templates.count(tx) == 1


def test_the_terminal_publishes_and_sees_what_was_published(
    ask: Asked, refuse: Refuse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = ask("template", "show", NAME)
    file = tmp_path / f"{NAME}.md"
    front, body = text.split("\n---\n", 1)
    file.write_text(f"{front}\n---\nAhoy {body}\n", encoding="utf-8")
    assert "+ Ahoy" in ask("template", "publish", str(file), "--dry-run")
    assert "Ahoy" not in ask("template", "preview", NAME)
    assert f"Published {NAME} in en, version 1" in ask("template", "publish", str(file))
    assert "Ahoy" in ask("template", "preview", NAME)
    assert "Ahoy" in ask("template", "show", NAME)
    assert "holds" in ask("template", "history", NAME)
    fresh = tmp_path / "spring-offer.md"
    fresh.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    ask("template", "publish", str(fresh))
    assert "spring-offer" in ask("template", "list")
    playbook = tmp_path / "p.yaml"
    steps = "{steps: [{mail: spring-offer}], purpose: marketing}"
    playbook.write_text(f"playbook: p\nnurtures: {{news: {steps}}}\n", encoding="utf-8")
    assert run(["playbook", "check", str(playbook)]) == 0
    capsys.readouterr()
    assert refuse(2, "template", "publish", str(playbook))["type"] == "malformed"
    file.write_text(f"{front}\n---\n{{{{ owner.nme }}}}\n", encoding="utf-8")
    assert refuse(2, "template", "publish", str(file))["type"] == "malformed"
