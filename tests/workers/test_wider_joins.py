"""A run that allows more than the look-up that it joined goes on where that one finds nothing."""

from app.domain.vocabulary import ResultStatus
from app.usecases.runs.cancel import cancel_run
from tests.workers.conftest import OpenHouse, ids, within
from tests.workers.test_completion import DATAGMA_FOUND, two
from tests.workers.vendors import hunter_found


async def test_a_run_that_allows_more_goes_on_when_the_look_up_that_it_joined_finds_nothing(
    open_house: OpenHouse,
) -> None:
    async with two(open_house) as both:
        both.hunter.hold.clear()
        both.datagma.answer = DATAGMA_FOUND
        first = await both.house.accept(only_providers=("hunter",))
        runner = await both.house.runner()
        await runner.accept(ids(first))
        async with within(60):
            await both.hunter.entered.acquire()
        same, wider = await both.house.accept(only_providers=("hunter",)), await both.house.accept()
        assert {same.cascade_id, wider.cascade_id} == {first.cascade_id}
        both.hunter.hold.set()
        assert (await both.house.ended(first)).result_status is ResultStatus.NOT_FOUND
        assert (await both.house.ended(same)).result_status is ResultStatus.NOT_FOUND
        going_on = await both.house.watch.get(wider.owner, wider.id)
        assert (going_on.ended, going_on.credits_used) == (False, 0)
        assert going_on.cascade_id != first.cascade_id
        ended = await both.finish(going_on)
        assert (ended.result_status, ended.credits_used, both.calls()) == (ResultStatus.FOUND, 0, (1, 1))
        assert await both.spent() == 1


async def test_a_run_that_allows_more_ends_with_a_look_up_that_finds_something(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        both.hunter.answer = hunter_found()
        first = await both.house.accept(only_providers=("hunter",))
        wider = await both.house.accept()
        await both.finish(first)
        assert (await both.house.ended(wider)).result_status is ResultStatus.FOUND
        assert both.calls() == (1, 0)


async def test_a_run_that_allows_more_goes_on_after_the_payer_has_cancelled(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        first, wider = await both.house.accept(only_providers=("hunter",)), await both.house.accept()
        await cancel_run(both.house.services, first.owner, first.id)
        await (await both.house.runner()).accept(ids(first))
        async with within(60):
            while (run := await both.house.watch.get(wider.owner, wider.id)).cascade_id == first.cascade_id:
                await both.house.watch.wait(wider.owner, wider.id, 0.05)
        ended = await both.finish(run)
        assert (ended.result_status, ended.credits_used, both.calls()) == (ResultStatus.NOT_FOUND, 1, (1, 1))
