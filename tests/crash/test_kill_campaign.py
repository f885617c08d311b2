"""The campaign in small: dispatchers killed at every step under load; nothing is lost, nothing tried too often."""

from app.settings.settings import Settings
from tests.crash.campaign import STEPS, fight

KILLS = len(STEPS)


async def test_killing_dispatchers_at_any_step_loses_nothing_and_exceeds_nothing(settings: Settings) -> None:
    outcome = await fight(settings, kills=KILLS, seed=7, queued=40)
    assert sum(outcome.kills.values()) == KILLS
    assert outcome.violations == []
    assert outcome.never_arrived == 0
    # Whatever was sent twice carries the same webhook-id.
    assert outcome.several_ids == 0
    assert outcome.delivered + outcome.failed == outcome.owed
    assert outcome.requests >= outcome.tries
