"""What any test may ask for: a Temporal server, a namespace in it, fresh databases."""

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.databases import sqlite_databases, sqlite_store
from tests.support.servers import env_skipping, temporal, temporal_server
from tests.support.statements import statements_compiled_once

__all__ = [
    "env_skipping",
    "sqlite_databases",
    "sqlite_store",
    "statements_compiled_once",
    "temporal",
    "temporal_server",
]

# How long an example takes says how busy the machine is, not whether the code is right. The
# examples are always the same, so that a run says something of a change and not of chance; new
# ones are looked for with `--hypothesis-profile=exploring`.
settings.register_profile("sluice", deadline=None, derandomize=True)
settings.register_profile("exploring", deadline=None, max_examples=1_000)
settings.load_profile("sluice")


@pytest.fixture(scope="session", autouse=True)
def compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Programs that tests start share compiled modules, also where none may be kept beside them.

    Otherwise each start compiles a few hundred of them anew, which takes seconds.
    """
    with pytest.MonkeyPatch.context() as patch:
        if os.environ.get("PYTHONDONTWRITEBYTECODE"):
            patch.delenv("PYTHONDONTWRITEBYTECODE")
            patch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.getbasetemp() / "compiled"))
        yield


def pytest_collection_finish() -> None:
    """What was imported and collected lives as long as the process: no collection looks at it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # tests make little that refers to itself
