"""TLS and keys come from Temporal's own environment, and never reach a server of this machine."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from operations.connecting import keys
from settings import ROOT

CLOUD = "sluice.a1b2c.tmprl.cloud:7233"


def test_without_an_environment_the_connection_is_plain() -> None:
    assert not keys("temporal.example:7233", {}).get("tls")


def test_a_key_switches_tls_on() -> None:
    told = keys(CLOUD, {"TEMPORAL_API_KEY": "a key"})
    assert told["api_key"] == "a key"
    assert told["tls"]


def test_certificates_are_read_from_files(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("a certificate")
    (tmp_path / "key.pem").write_text("a key")
    told = keys(
        "temporal.example:7233",
        {
            "TEMPORAL_TLS": "true",
            "TEMPORAL_TLS_CLIENT_CERT_PATH": str(tmp_path / "cert.pem"),
            "TEMPORAL_TLS_CLIENT_KEY_PATH": str(tmp_path / "key.pem"),
        },
    )
    assert told["tls"].client_cert == b"a certificate"


def test_a_profile_is_read_where_one_is_named(tmp_path: Path) -> None:
    file = tmp_path / "temporal.toml"
    file.write_text('[profile.sluice]\napi_key = "from the file"\n')
    named = {"TEMPORAL_CONFIG_FILE": str(file), "TEMPORAL_PROFILE": "sluice"}
    assert keys(CLOUD, named)["api_key"] == "from the file"


@pytest.mark.parametrize("address", ["127.0.0.1:7233", "localhost:7233", "[::1]:7233"])
def test_a_server_of_this_machine_is_shown_no_key(address: str) -> None:
    assert keys(address, {"TEMPORAL_API_KEY": "a key"}) == {}


@pytest.mark.slow
async def test_a_quiet_connection_that_is_lost_leaves_the_telling_to_who_asked(
    temporal_server: str,
) -> None:
    losing = (sys.executable, "-m", "tests.support.cut", temporal_server)
    process = await asyncio.create_subprocess_exec(*losing, cwd=ROOT, stdout=PIPE, stderr=PIPE)
    said = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, *said) == (0, b"gave up\n", b"")
