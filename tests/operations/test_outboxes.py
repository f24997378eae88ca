"""The file of sending mailboxes: read whole, with passwords from elsewhere, or refused by place."""

from pathlib import Path

import pytest

from domain.limits import Rate
from domain.refusal import Malformed
from mail.relay import Relay
from operations.post.outboxes import read

NORTH = """
[[mailbox]]
name = "north-1"
from = "North@us.example"
relay = "smtps://no+rth@smtp.us.example"
per_minute = 20
per_day = 800
owners = ["P-1", "Olga@us.example"]
groups = ["north"]

[[mailbox]]
name = "local"
from = "local@us.example"
relay = "smtp://127.0.0.1:2525"
"""
SECRET = {"SLUICE_MAILBOX_NORTH_1_PASSWORD": "p@ss/word"}


def file(folder: Path, text: str) -> Path:
    made = folder / "mailboxes.toml"
    made.write_text(text)
    return made


def test_a_mailbox_is_read_with_its_password_from_the_environment(tmp_path: Path) -> None:
    north, local = read(file(tmp_path, NORTH), SECRET)
    assert (north.name, north.sender, north.rate) == ("north-1", "North@us.example", Rate(20, 800))
    assert north.owners == ("P-1", "olga@us.example")
    relay = Relay.at(north.relay)
    assert (relay.username, relay.password) == ("no+rth", "p@ss/word")
    assert (local.relay, local.rate) == ("smtp://127.0.0.1:2525", Rate())
    assert "p@ss" not in repr(north)


def test_a_password_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    named = {"SLUICE_MAILBOX_NORTH_1_PASSWORD_FILE": str(secret)}
    north, _ = read(file(tmp_path, NORTH), named)
    assert Relay.at(north.relay).password == "from a file"


def test_a_password_is_named_by_its_mailbox(tmp_path: Path) -> None:
    named = {"SLUICE_MAILBOX_NORTH_PASSWORD": "one", "SLUICE_MAILBOX_NORTH_PASSWORD_FILE": "none"}
    north, _ = read(file(tmp_path, NORTH.replace("north-1", "north")), named)
    assert Relay.at(north.relay).password == "one"


ONE = '[[mailbox]]\nname = "a"\nfrom = "a@us.example"\nrelay = "smtp://127.0.0.1"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[mailbox", "is no TOML"),
        ("", r"write one \[\[mailbox\]\]"),
        (ONE + "[other]\n", r"write one \[\[mailbox\]\]"),
        (ONE + ONE, "two mailboxes are named a"),
        (ONE.replace('"a"', '"main"'), "mailbox 1, name"),
        (ONE.replace('"a"', '"Ä B"'), "mailbox 1, name"),
        (ONE.replace("a@us.example", "nobody"), "mailbox 1, from"),
        (ONE + "per_day = 0\n", "mailbox 1, per_day"),
        (ONE + "speed = 3\n", "mailbox 1, speed"),
        (ONE.replace("smtp://", "http://"), "mailbox a, relay"),
        (ONE.replace("//127", "//u:secret@127"), "the password belongs into SLUICE_MAILBOX_A_PASS"),
        (ONE.replace("//127", "//u@127"), "SLUICE_MAILBOX_A_PASSWORD .* is not set"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Malformed, match=told) as raised:
        read(file(tmp_path, text), {})
    assert raised.value.where == "SLUICE_MAILBOXES"
    assert "secret" not in raised.value.message


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="No such file"):
        read(tmp_path / "none.toml", {})
