"""What a test tried and what it counted, for the table of `make trust`.

@pytest.mark.proof("worker killed")
async def test_a_killed_worker_sends_nothing_twice(trial: Trial) -> None:
    ...
    trial.count(copies=2, lost=False, doubt=False)
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import pytest


@dataclass
class Trial:
    """One test's share of a row: how often something was tried, and what went wrong in it."""

    row: str
    tried: int = 0
    duplicates: int = 0
    losses: int = 0
    doubts: int = 0
    seed: str = ""

    def count(self, copies: int = 0, *, lost: bool = False, doubt: bool = False) -> None:
        """One more try, of one mail: how often the relay took it, and what is known of it."""
        self.tried += 1
        self.duplicates += max(copies - 1, 0)
        self.losses += lost
        self.doubts += doubt


@pytest.fixture
def trial(request: pytest.FixtureRequest) -> Iterator[Trial]:
    """Counts for the row that the marker `proof` of the test names; told at its end."""
    marker = request.node.get_closest_marker("proof")
    made = Trial(marker.args[0] if marker else "")
    yield made
    if marker:
        request.node.user_properties.append(("trial", asdict(made)))
