"""What a mail can be matched by, and the addresses that carry a token."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.inbound.classify import classify
from mail.inbound.keys import (
    How,
    Key,
    Role,
    address_with,
    company_domain,
    keys_of,
    token_for,
    token_in,
)
from mail.inbound.message import Message, read

SECRET = b"0123456789abcdef"
TOKEN = token_for(SECRET, "touch", "1")


def keys(text: str) -> tuple[Key, ...]:
    message = read(text.encode())
    assert isinstance(message, Message)
    verdict = classify(message)
    return keys_of(message, verdict.bounce, verdict.complaint)


def test_the_surest_key_comes_first() -> None:
    found = keys(
        f"Delivered-To: deal+{TOKEN}@us.example\nFrom: Ann <Ann@THEM.example>\n"
        f"To: bounces+{TOKEN}@us.example\nReply-To: ann@gmail.com\nIn-Reply-To: <3@us.example>\n"
        "References: <1@us.example> <2@us.example> <3@us.example>\nSubject: Re: x\n\nYes"
    )
    assert found == (
        Key(How.THREAD, "<3@us.example>"),
        Key(How.THREAD, "<2@us.example>"),
        Key(How.THREAD, "<1@us.example>"),
        Key(How.BOUNCE_TOKEN, TOKEN),
        Key(How.DEAL_TOKEN, TOKEN),
        Key(How.ADDRESS, "ann@them.example"),
        Key(How.ADDRESS, "ann@gmail.com"),
        Key(How.DOMAIN, "them.example"),
    )


def test_a_bounce_is_matched_by_what_came_back_and_not_by_its_sender() -> None:
    found = keys(
        f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.them.example\nTo: bounces+{TOKEN}@us.example\n"
        "Subject: failure notice\n\n<bob@them.example>:\n550 no such user\n\n"
        "--- Below this line is a copy of the message.\n\n"
        "Message-ID: <touch-1@us.example>\nTo: bob@them.example\n\nHello"
    )
    assert found == (
        Key(How.BOUNCE_TOKEN, TOKEN),
        Key(How.ORIGINAL, "<touch-1@us.example>"),
        Key(How.ADDRESS, "bob@them.example"),
    )


@given(st.text(max_size=40), st.sampled_from(list(Role)))
def test_a_token_survives_the_way_through_mail_systems(part: str, role: Role) -> None:
    token = token_for(SECRET, part)
    address = address_with(role, token, "us.example")
    assert token_in(address, role) == token
    assert token_in(address.upper(), role) == token
    assert token_in(f"prvs=1234abcdef={address}", role) == token
    assert token_in(f"SRS0=ab12=ZZ=us.example={address.partition('@')[0]}@relay.example", role)
    assert all(token_in(address, other) is None for other in Role if other is not role)


def test_tokens_are_opaque_and_differ() -> None:
    assert token_for(SECRET, "a", "b") != token_for(SECRET, "ab")
    assert token_for(SECRET, "a") != token_for(b"another secret..", "a")
    with pytest.raises(ValueError, match="16 bytes"):
        token_for(b"short", "a")
    with pytest.raises(ValueError, match="no token"):
        address_with(Role.DEAL, "Not-A-Token", "us.example")


@pytest.mark.parametrize(
    "address",
    ["bounces@us.example", "bounces+short@us.example",
     "xbounces+aaaaaaaaaaaaaaaaaaaaaaaa@us.example",
     "deal+aaaaaaaaaaaaaaaaaaaaaaaa1@us.example", ""],
)  # fmt: skip
def test_what_only_looks_like_a_token_is_none(address: str) -> None:
    assert all(token_in(address, role) is None for role in Role)


def test_a_mailbox_providers_domain_is_no_company() -> None:
    assert company_domain("ann@them.example") == "them.example"
    providers = ("gmail.com", "WEB.de", "qq.com", "localhost")
    assert {company_domain(f"a@{one}") for one in providers} == {None}
