"""docs/api.md does what it says: its lines are run against a console that listens."""

import asyncio
import os
import re
import shutil

import pytest
from fastapi import FastAPI

from operations import deals
from operations.house import House
from tests.api.conftest import key_for, listening
from tests.support.houses import ROOT

GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


async def test_the_lines_of_the_guide_open_follow_and_win_a_deal(
    app: FastAPI, house: House
) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    lines = "\n".join(re.findall(r"^```sh\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
    assert lines.count("curl") > 10
    async with listening(app) as port:
        told = {"SLUICE": f"http://127.0.0.1:{port}/api/v1", "KEY": key_for(house)}
        shell = await asyncio.create_subprocess_exec(
            "sh", "-euc", lines, env={**os.environ, **told, "no_proxy": "*"},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await shell.communicate()
    assert shell.returncode == 0, said.decode()[-600:]
    [deal] = deals.list_page(house).deals
    assert (deal.title, deal.status) == ("Two hundred seats", "won")
