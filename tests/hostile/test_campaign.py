"""The campaign in short; in full it is `python -m tests.hostile`."""

from app.settings.settings import Settings
from tests.hostile.campaign import run
from tests.hostile.standing import standing


def test_d_the_api_bears_all_families_at_once(settings: Settings) -> None:
    with standing(settings) as (target, pid):
        report = run(target, pid, seconds=8, health=1.0)
    assert report.problems == [], "\n".join(report.lines())
    assert report.requests > 20
