"""Providers that operators switch off and on while cascades run."""

from app.domain.order.waterfall import BUILT_IN
from app.domain.vocabulary import Mode
from app.domain.waterfall.attempt import SWITCHED_OFF
from app.services import open_services
from app.usecases.providers.switches import ProviderSwitches
from tests.workers.conftest import OpenHouse, ids
from tests.workers.test_order import market
from workers.cascade_runner import CascadeRunner


async def test_what_is_under_way_ends_and_nothing_new_is_asked(open_house: OpenHouse) -> None:
    async with market(open_house) as both, open_services(both.house.settings) as services:
        house, runner = both.house, CascadeRunner(services)
        operator, switches = ProviderSwitches(house.services), ProviderSwitches(services)

        async def ended(wanted: str) -> list[tuple[str, str | None, str | None]]:
            run = await house.accept(force_refresh=True, waterfall=BUILT_IN["cheapest"])
            await runner.accept(ids(run))
            if wanted == "held":
                await both.datagma.entered.acquire()
                for slug in ("datagma", "hunter"):
                    assert await operator.switch(slug, on=False)
                await switches.look()
                both.datagma.hold.set()
            done = await house.ended(run)
            assert done.status == ("failed" if wanted == "failed" else "completed")
            if wanted == "failed":
                assert done.error
                assert "is switched off; the operator" in done.error.message
            lines = await house.watch.attempts(run.owner, run.id)
            mine = [one for one in lines if one.provider in {"datagma", "hunter"}]
            return [(one.provider, one.outcome.value if one.outcome else None, one.reason) for one in mine]

        both.datagma.hold.clear()
        (asked, skipped) = await ended("held")
        # The call under way counts; the provider that would have come next is passed over with the reason.
        assert (asked[:2], skipped) == (("datagma", "miss"), ("hunter", "skipped", SWITCHED_OFF))
        assert both.hunter.asked == []

        calls = len(both.datagma.asked)
        assert {reason for _, _, reason in await ended("failed")} == {SWITCHED_OFF}
        assert await operator.switch("hunter", on=True)
        assert not await operator.switch("hunter", on=True)
        await switches.first_look()
        # Datagma, which is the cheaper, stays out.
        assert {(p, outcome) for p, outcome, _ in await ended("")} == {("hunter", "miss"), ("datagma", "skipped")}
        assert len(both.datagma.asked) == calls
        assert not any(one.enabled for one in services.registry.listing(Mode.LIVE) if one.name == "datagma")
        await runner.drain(0.1)
