"""The short forms of the proofs of `python -m bench.order` that take whole look-ups."""

from app.settings.settings import Settings
from bench.capped import SHARES, under_caps
from bench.lived import live
from bench.patterned import third_persons


async def test_no_cap_is_passed_by_a_cent_with_64_look_ups_at_once(settings: Settings) -> None:
    held = await under_caps(settings, 160)
    assert (held.passed, held.short, len(held.caps), held.runs) == (0, 0, len(SHARES), 160)
    assert sum(one.full for one in held.caps) >= 1
    assert held.refused > 0


async def test_the_order_is_learned_through_real_runs_within_the_share(settings: Settings) -> None:
    lived = await live(settings, 64, seed=9)
    assert lived.failed == 0
    assert 0 <= lived.explored <= 0.02
    assert lived.excess <= 0.5
    assert 0 < lived.counting <= 0.1


async def test_the_third_person_of_each_company_costs_one_verification(settings: Settings) -> None:
    third = await third_persons(settings, 3)
    assert (third.found, third.searches, third.verifications) == (3, 0, 3)
