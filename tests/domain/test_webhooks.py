"""Webhooks by the words of Standard Webhooks: what may be called, how it is signed, when again."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from domain import webhooks as w
from domain.refusal import Malformed

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.them.example/in",
        "https://hooks.them.example:8443/in?from=sluice",
        "https://xn--bcher-kva.example/",
        "https://8.8.8.8/in",
        "https://[2606:4700::1111]/in",
    ],
)
def test_an_address_of_the_public_web_is_kept_as_it_is(url: str) -> None:
    assert w.checked_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.them.example",
        "http://hooks.them.example/in",
        "ftp://hooks.them.example/in",
        "file:///etc/passwd",
        "gopher://them.example:25/x",
        "javascript:alert(1)",
        "https://",
        "https://.example/",
        "https://user:password@them.example/",
        "https://user@them.example/",
        "https://them.example/#part",
        "https://them.example:0/",
        "https://them.example:99999/",
        "https://them.example:x/",
        "https://them.example/a b",
        "https://them.example/\r\nHost: other",
        "https://büch.example/",
        "https://[::1/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fe80::1]/",
        "https://" + "x" * 1000 + ".example/",
    ],
)
def test_no_other_address_is_kept(url: str) -> None:
    with pytest.raises(Malformed) as refused:
        w.checked_url(url)
    assert refused.value.where == "url"


def test_this_machine_is_an_endpoint_only_where_the_settings_say_so() -> None:
    url = "http://127.0.0.1:9000/in"
    assert w.checked_url(url, loopback=True) == url
    with pytest.raises(Malformed):
        w.checked_url("https://10.1.2.3/", loopback=True)
    assert w.may_call(ip_address("::1"), loopback=True)
    assert not w.may_call(ip_address("::1"))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1",
        "127.255.255.254", "169.254.169.254", "168.63.129.16", "172.16.0.1", "172.31.255.255",
        "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
        "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:10::1",
        "2001:20::1", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1", "3fff::1", "5f00::1",
        "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
    ],
)  # fmt: skip
def test_what_is_not_of_the_public_internet_is_not_called(address: str) -> None:
    assert not w.may_call(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1", "2a00:1450::1"])
def test_a_public_address_may_be_called(address: str) -> None:
    assert w.may_call(ip_address(address))


def test_a_signature_is_the_one_of_the_standard() -> None:
    """The example of the Standard Webhooks libraries."""
    import base64

    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    made = w.signature([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_each_secret_signs() -> None:
    both = w.signature([b"new" * 8, b"old" * 8], "evt_1", 1, b"{}").split()
    assert len(both) == 2
    assert both[1] == w.signature([b"old" * 8], "evt_1", 1, b"{}")


def test_secrets_of_endpoints_and_of_generations_differ() -> None:
    made = {w.derived_secret(b"house", f"WH-{n}", g) for n in range(3) for g in range(1, 4)}
    assert len(made) == 9
    assert {len(one) for one in made} == {32}
    assert w.derived_secret(b"other", "WH-0", 1) not in made


def test_ten_attempts_go_over_three_days() -> None:
    at, waits = AT, 0
    while (again := w.next_attempt(waits + 1, at)) is not None:
        assert again > at
        at, waits = again, waits + 1
    assert waits == 9
    assert timedelta(days=3) < at - AT < timedelta(days=4)
    assert at - AT < w.FAILING_MAX


def test_a_message_has_the_three_members_of_the_standard() -> None:
    body = w.message("deal_won", AT, {"position": 7})
    told = b'{"type":"deal_won","timestamp":"2026-03-02T09:00:00+00:00","data":{"position":7}}'
    assert body == told
