"""What mail may carry as an address and as a name, and a mailbox named without showing it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusal import Malformed
from mail.address import address_key, display_name, first_name, normalise
from mail.tokens import token_for

SECRET = b"a secret of sixteen"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ann@acme.example", "ann@acme.example"),
        (" Ann@ACME.example ", "Ann@acme.example"),
        ("ann@exämple.com", "ann@xn--exmple-cua.com"),
        ("o'neil+sales@acme.example", "o'neil+sales@acme.example"),
    ],
)
def test_an_address_is_kept_in_one_plain_form(written: str, kept: str) -> None:
    assert normalise(written) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann",
        "ann@",
        "@acme.example",
        "ann@localhost",
        "ann@[127.0.0.1]",
        '"ann b"@acme.example',
        "ann b@acme.example",
        "Ann <ann@acme.example>",
        "ann@acme.example>",
        "ann@acme.example, bob@acme.example",
        "ann@acme.example\r\nRCPT TO:<e@x.example>",
        "ann@acme.example\n",
        "ann\t@acme.example",
        "ann\0@acme.example",
        "ann@acme.example\u2028",
        "\u202enna@acme.example",
        "änn@acme.example",
        "a" * 65 + "@acme.example",
        "ann@" + "a." * 130 + "example",
    ],
)
def test_what_could_be_read_as_two_or_as_a_command_is_no_address(text: str) -> None:
    with pytest.raises(Malformed):
        normalise(text)


def test_the_refusal_says_what_is_wrong_and_where() -> None:
    with pytest.raises(Malformed, match=r"U\+000D at position 17"):
        normalise("ann@acme.example\r\nDATA")


@given(st.text(max_size=80))
def test_no_text_passes_that_is_not_plain_ascii_without_blanks(text: str) -> None:
    try:
        kept = normalise(text)
    except Malformed:
        return
    assert kept.isascii()
    assert kept.isprintable()
    assert not set(kept) & set(' <>,;:\\"\r\n\0')
    assert normalise(kept) == kept


def test_a_key_names_a_mailbox_however_it_is_written() -> None:
    keys = {address_key(SECRET, text) for text in ("Ann@Acme.example", "ann@ACME.EXAMPLE ")}
    assert len(keys) == 1
    [key] = keys
    assert len(key) == 26
    assert "ann" not in key


def test_a_key_depends_on_the_secret_and_on_the_address() -> None:
    key = address_key(SECRET, "ann@acme.example")
    assert key != address_key(SECRET, "bob@acme.example")
    assert key != address_key(b"another secret!!", "ann@acme.example")
    with pytest.raises(ValueError):
        address_key(b"short", "ann@acme.example")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Ann \u00a0 Lee ", "Ann Lee"),
        ("O'Neil, Bob", "O'Neil, Bob"),
        ("Zoe\u0308", "Zoë"),
        ("李雷", "李雷"),
    ],
)
def test_a_name_is_tidied(written: str, kept: str) -> None:
    assert display_name(written) == kept


@pytest.mark.parametrize(
    "text",
    ["", "   ", "Ann\r\nBcc: e@x.example", "Ann\0", "Ann\x0b", "Ann\u2028", "Ann\u0085", "\u202eeL",
     "A" * 201, "A" * 10_000],
)  # fmt: skip
def test_a_name_that_mail_cannot_carry_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        display_name(text)


@pytest.mark.parametrize(
    ("name", "word"),
    [("Ann Lee", "Ann"), ("Lee, Ann", "Ann"), ("Dr. Ann Lee", "Ann"), ("Cher", "Cher"),
     (None, None), ("", None), ("Dr.", None)],
)  # fmt: skip
def test_the_word_to_greet_with(name: str | None, word: str | None) -> None:
    assert first_name(name) == word


def test_a_token_is_short_opaque_and_the_same_for_a_retry() -> None:
    token = token_for(SECRET, "C-ann", "T-1")
    assert token == token_for(SECRET, "C-ann", "T-1")
    assert token != token_for(SECRET, "C-annT", "-1")
    assert len(token) == 32
    assert token.isascii()
    assert "ann" not in token
