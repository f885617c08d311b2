"""At-least-once in small: two workers killed and Redis emptied under a moody receiver; nobody is left untold."""

from pathlib import Path

from tests.crash.w2 import fight

RUNS, KILLS, FLUSHES = 100, 2, 1


async def test_w2_every_event_is_taken_or_tried_to_the_end_and_is_one_row_with_one_id(open_dir: Path) -> None:
    outcome = await fight(open_dir / "data", runs=RUNS, kills=KILLS, flushes=FLUSHES, seed=3)
    assert outcome.holds, outcome
    assert outcome.runs == RUNS
    assert set(outcome.statuses) <= {"completed", "cancelled"}
    assert outcome.delivered + outcome.exhausted == outcome.events > RUNS
    assert outcome.requests >= outcome.tries > outcome.events
    assert min(outcome.cached, outcome.joined, outcome.cancels, outcome.jobs) > 0
