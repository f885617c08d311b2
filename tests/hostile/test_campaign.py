"""The campaign in short; in full it is `python -m tests.hostile`."""

from app.settings.settings import Settings
from tests.hostile.campaign import run
from tests.hostile.standing import standing

# CPU seconds that another client's health may wait for, on a machine that does much else. It notices a loop that is
# held; the goal of the whole campaign is a quarter of a second, which it does not reach yet (docs/performance.md).
HELD = 2.0


def test_d_the_api_bears_all_families_at_once(settings: Settings) -> None:
    with standing(settings) as (target, pid):
        report = run(target, pid, seconds=8, health=HELD)
    assert report.problems == [], "\n".join(report.lines())
    assert report.requests > 20
