"""The short form of the proof (f) of `python -m bench.order`, which takes whole look-ups."""

from app.settings.settings import Settings
from bench.capped import SHARES, under_caps


async def test_no_cap_is_passed_by_a_cent_with_64_look_ups_at_once(settings: Settings) -> None:
    held = await under_caps(settings, 160)
    assert (held.passed, held.short, len(held.caps), held.runs) == (0, 0, len(SHARES), 160)
    assert sum(one.full for one in held.caps) >= 1
    assert held.refused > 0
