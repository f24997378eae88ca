"""Mail that other programs bring: shut without a secret, taken once, tried again when we fail."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from operations.house import Arriving, EngineUnreachable
from operations.inbound import hooks
from store import contacts, suppression
from tests.console.conftest import Village
from tests.support.post import sent, written

NEW = "whsec_" + base64.b64encode(b"n" * 24).decode()
OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
POSTMARK = "postmark:a password"


@pytest.fixture
def open_doors(village: Village) -> Village:
    arriving = Arriving(webhook_secrets=(NEW, OLD), postmark=POSTMARK)
    village.house.config = replace(village.house.config, arriving=arriving)
    return village


def signed(village: Village, body: bytes, secret: str = NEW, late: int = 0) -> dict[str, str]:
    at = str(int(village.house.time.wall().timestamp()) - late)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    told = hmac.new(key, b"msg_1." + at.encode() + b"." + body, hashlib.sha256).digest()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": at,
        "webhook-signature": f"v1,c29tZXRoaW5n v1,{base64.b64encode(told).decode()}",
    }


def mail(**told: Any) -> bytes:
    data = {"from": "Zoe <zoe@else.example>", "to": "sales@us.example", "subject": "Hello"}
    data |= {"text": "Can we talk?", "message_id": "<1@else.example>", **told}
    return json.dumps({"type": "mail.inbound", "data": data}).encode()


async def bring(
    http: httpx.AsyncClient, path: str, body: bytes, headers: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    answer = await http.post(f"/hooks/{path}", content=body, headers=headers)
    return answer.status_code, answer.json()


def basic(told: str = POSTMARK) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(told.encode()).decode()}


@pytest.mark.parametrize("path", ["standard", "postmark"])
async def test_without_a_secret_nobody_brings_anything(
    village: Village, stranger: httpx.AsyncClient, path: str
) -> None:
    status, told = await bring(stranger, path, mail(), basic("") | signed(village, mail()))
    assert status == 401
    assert "no secret is set" in told["error"]


async def test_a_signed_mail_is_taken_once(
    open_doors: Village, stranger: httpx.AsyncClient
) -> None:
    body = mail()
    for secret, already in ((NEW, False), (OLD, True)):
        status, told = await bring(stranger, "standard", body, signed(open_doors, body, secret))
        assert (status, told["status"], told["already"]) == (200, "unmatched", already)


async def test_the_same_mail_by_source_and_in_pieces_is_one(
    open_doors: Village, stranger: httpx.AsyncClient
) -> None:
    raw = written("Can we talk?", sender="zoe@else.example", message_id="<1@else.example>")
    whole = json.dumps(
        {"type": "mail.inbound", "data": {"raw": base64.b64encode(raw).decode()}}
    ).encode()
    _, first = await bring(stranger, "standard", whole, signed(open_doors, whole))
    body = mail()
    _, again = await bring(stranger, "standard", body, signed(open_doors, body))
    assert (again["inbound_id"], again["already"]) == (first["inbound_id"], True)


async def test_what_is_not_signed_right_is_turned_away(
    open_doors: Village, stranger: httpx.AsyncClient
) -> None:
    body = mail()
    wrong = "whsec_" + base64.b64encode(b"x" * 24).decode()
    tries = [
        {},
        signed(open_doors, body, wrong),
        signed(open_doors, body + b" "),
        signed(open_doors, body, late=600),
        signed(open_doors, body, late=-600),
        signed(open_doors, body) | {"webhook-timestamp": "soon"},
        signed(open_doors, body) | {"webhook-timestamp": "9" * 30},
        signed(open_doors, body) | {"webhook-signature": "v2,abc"},
        signed(open_doors, body) | {"webhook-signature": "\u00e9"},
    ]
    for headers in tries:
        told = {name: value.encode() for name, value in headers.items()}
        answer = await stranger.post("/hooks/standard", content=body, headers=told)
        assert answer.status_code == 401, headers


async def test_another_type_is_taken_note_of_and_brings_nothing(
    open_doors: Village, stranger: httpx.AsyncClient
) -> None:
    body = b'{"type": "invoice.paid", "data": {}}'
    status, told = await bring(stranger, "standard", body, signed(open_doors, body))
    assert (status, told["inbound_id"]) == (200, None)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"type": 1}', mail(extra=1), mail(raw="%"), mail(headers=[1])]
)
async def test_what_cannot_be_read_is_said(
    open_doors: Village, stranger: httpx.AsyncClient, body: bytes
) -> None:
    status, told = await bring(stranger, "standard", body, signed(open_doors, body))
    assert status == 422, told


async def test_too_much_is_too_much(
    open_doors: Village, stranger: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = b"x" * (hooks.BODY_MAX + 1)
    answer = await stranger.post("/hooks/postmark", content=body, headers=basic())
    assert answer.status_code == 413
    long = mail(text="x" * 100_000)  # longer than any form
    status, _ = await bring(stranger, "standard", long, signed(open_doors, long))
    assert status == 200


async def test_a_database_that_is_down_lets_the_sender_try_again(
    open_doors: Village, stranger: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise EngineUnreachable("the database", "it is down")

    body = mail()
    with monkeypatch.context() as patch:
        patch.setattr(hooks, "take", down)
        answer = await stranger.post(
            "/hooks/standard", content=body, headers=signed(open_doors, body)
        )
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    status, told = await bring(stranger, "standard", body, signed(open_doors, body))
    assert (status, told["already"]) == (200, False)


async def test_a_header_cannot_begin_another(
    open_doors: Village, stranger: httpx.AsyncClient
) -> None:
    body = mail(subject="a\r\nAuto-Submitted: auto-replied", headers={"x\ny": "z", "To": "q"})
    status, told = await bring(stranger, "standard", body, signed(open_doors, body))
    assert (status, told["status"]) == (200, "unmatched")


async def test_postmark_shows_who_it_is(open_doors: Village, stranger: httpx.AsyncClient) -> None:
    for headers in ({}, basic("postmark:no"), {"authorization": "Basic %"}, {"authorization": ""}):
        answer = await stranger.post("/hooks/postmark", content=b"{}", headers=headers)
        assert (answer.status_code, "www-authenticate" in answer.headers) == (401, True)
    status, told = await bring(stranger, "postmark", b"{}", basic())
    assert (status, told["inbound_id"]) == (200, None)
    for body in (b"", b"[]", b'{"RecordType": "Bounce", "Type": "HardBounce", "ID": 1}'):
        assert (await bring(stranger, "postmark", body, basic()))[0] == 422


def her(village: Village) -> tuple[str, str]:
    """A contact to whom a mail went, and her address."""
    with village.house.store.read() as tx:
        [one, *_] = contacts.page(tx)
    assert one.email is not None
    sent(village.house, one.contact_id)
    return one.contact_id, one.email


def barred(village: Village, contact_id: str) -> list[str]:
    with village.house.store.read() as tx:
        one = contacts.load(tx, contact_id)
        assert one is not None
        assert one.email_key is not None
        found = suppression.of_keys(tx, [one.email_key]).get(one.email_key, [])
    return [bar.reason for bar in found]


@pytest.mark.parametrize(
    ("record", "reasons"),
    [
        ({"RecordType": "Bounce", "Type": "HardBounce"}, ["hard_bounce"]),
        ({"RecordType": "Bounce", "Type": "SoftBounce"}, []),
        ({"RecordType": "Bounce", "Type": "AutoResponder"}, []),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, ["complaint"]),
        (
            {"RecordType": "SubscriptionChange", "SuppressSending": True, "Origin": "Recipient"},
            ["unsubscribed"],
        ),
        ({"RecordType": "Delivery"}, []),
    ],
)
async def test_what_postmark_tells_of_a_mail_of_ours(
    open_doors: Village, stranger: httpx.AsyncClient, record: dict[str, Any], reasons: list[str]
) -> None:
    contact_id, email = her(open_doors)
    told = {"ID": 42, "MessageID": "0a-1b", "Email": email, "Recipient": email, "Subject": "A"}
    body = json.dumps({**told, "Details": "no such user", "ChangedAt": "2026", **record}).encode()
    for _ in range(2):
        status, _said = await bring(stranger, "postmark", body, basic())
        assert status == 200
    assert barred(open_doors, contact_id) == reasons


async def test_a_mail_by_postmark_is_read_in_its_pieces_or_whole(
    open_doors: Village, stranger: httpx.AsyncClient
) -> None:
    record = {
        "FromFull": {"Email": "zoe@else.example"},
        "From": "Zoe <zoe@else.example>",
        "To": "sales@us.example",
        "Subject": "Hello",
        "MessageID": "22c74902",
        "Date": "Thu, 5 Apr 2026 16:59:01 +0200",
        "TextBody": "Can we talk?",
        "Headers": [{"Name": "Message-ID", "Value": "<7@else.example>"}, {"Name": 1}, "x"],
    }
    _, first = await bring(stranger, "postmark", json.dumps(record).encode(), basic())
    raw = written(
        "Can we talk?", sender="Zoe <zoe@else.example>", message_id="<7@else.example>",
        Date="Thu, 5 Apr 2026 16:59:01 +0200",
    )  # fmt: skip
    whole = json.dumps({**record, "RawEmail": raw.decode()}).encode()
    _, again = await bring(stranger, "postmark", whole, basic())
    assert (first["status"], again["already"]) == ("unmatched", True)
    assert again["inbound_id"] == first["inbound_id"]
