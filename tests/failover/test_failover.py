"""The campaign in small: each fault once or so, and everything adds up."""

from pathlib import Path

import pytest

from tests.failover.campaign import fight


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_c16_to_c32_nothing_is_lost_or_doubled_between_neighbours_that_fail(open_dir: Path) -> None:
    outcome = await fight(open_dir, seconds=45, rate=5, seed=3)
    assert outcome.holds, outcome
