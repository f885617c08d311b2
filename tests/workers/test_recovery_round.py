"""A round of recovery: one look at the database says what there is to do, and nothing is left lying."""

from app.usecases.providers.switches import ProviderSwitches
from tests.workers.conftest import OpenHouse, within
from tests.workers.vendors import hunter_found, vendor
from webhooks.dispatcher import Dispatcher
from workers.recovery import Recovery


async def test_a_round_finds_waiting_cascades_and_switches(open_house: OpenHouse) -> None:
    async with vendor(answer=hunter_found()) as (hunter, settings):
        house = await open_house({"hunter": settings}, recovery_seconds=0.01)
        recovery = Recovery(house.services, await house.runner(), Dispatcher(house.services))
        await recovery.recover()
        run = await house.accept()
        async with within(30):
            while not hunter.asked:
                await recovery.recover()
        assert (await house.ended(run)).status == "completed"
        operator, registry = ProviderSwitches(house.services), house.services.registry
        await operator.switch("hunter", on=False)
        registry.switch_off(())  # as in a process that has not looked since
        await recovery.recover()
        assert registry.is_switched_off("hunter")
        await operator.switch("hunter", on=True)
        registry.switch_off(["hunter"])
        await recovery.recover()
        assert not registry.is_switched_off("hunter")
