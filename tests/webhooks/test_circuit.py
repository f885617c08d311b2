"""Receivers that keep failing are left alone and probed; what is owed to them waits, and one success brings it all."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from sqlalchemy import select

from app.domain.webhooks.circuit_breaker import PROBE_EVERY, WINDOW, CircuitBreaker, CircuitChange, after_results, waits
from app.domain.webhooks.delivery_log import DeliveryFilter
from app.services import Services
from app.store.tables.webhooks import deliveries
from app.store.tables.webhooks import webhook_circuit_breakers as breakers
from app.store.webhooks import delivery_log
from tests.play.clock import SetClock
from tests.webhooks.conftest import Box, until
from tests.webhooks.receiver import Receiver, answer, hang
from webhooks.dispatcher import Dispatcher

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=1)


def _counted(
    failures: int, successes: int, *, since: datetime = BEFORE, open_until: datetime | None = None
) -> CircuitBreaker:
    return CircuitBreaker(since=since, results=failures + successes, failures=failures, open_until=open_until)


@pytest.mark.parametrize(
    ("circuit", "results", "turn"),
    [
        pytest.param(_counted(0, 0), [False] * 9, CircuitChange.KEPT, id="nine-are-too-few"),
        pytest.param(_counted(0, 0), [False] * 10, CircuitChange.OPENED, id="ten-failures"),
        pytest.param(_counted(6, 3), [False], CircuitChange.OPENED, id="seven-of-ten"),
        pytest.param(_counted(6, 4), [False], CircuitChange.KEPT, id="seven-of-eleven"),
        pytest.param(_counted(6, 3), [True], CircuitChange.KEPT, id="six-of-ten"),
        pytest.param(_counted(9, 0, since=NOW - WINDOW), [False], CircuitChange.KEPT, id="the-window-is-over"),
        pytest.param(
            _counted(9, 0, since=NOW + timedelta(days=1)), [False], CircuitChange.KEPT, id="a-window-of-a-wrong-clock"
        ),
        pytest.param(
            _counted(0, 0), [True] * 500 + [False] * 10, CircuitChange.OPENED, id="what-went-well-hides-nothing"
        ),
        pytest.param(_counted(10, 0, open_until=NOW), [True], CircuitChange.CLOSED, id="one-success-closes"),
        pytest.param(_counted(10, 0, open_until=NOW), [False], CircuitChange.KEPT, id="a-failed-probe"),
        pytest.param(
            _counted(10, 0, open_until=NOW), [True] + [False] * 10, CircuitChange.KEPT, id="closed-and-opened-again"
        ),
    ],
)
def test_w6_ten_results_of_which_seven_in_ten_failed_open_a_circuit(
    circuit: CircuitBreaker, results: list[bool], turn: CircuitChange
) -> None:
    after, turned = after_results(circuit, results, NOW)
    assert turned is turn
    assert (after.open_until is None) == (waits(after) is None)


@given(st.lists(st.tuples(st.booleans(), st.integers(-400, 400)), max_size=60))
@example([(False, 0)] * 7 + [(True, 0)] * 3)
def test_w6_a_circuit_is_never_open_longer_than_a_probe_takes_and_closes_with_any_success(
    steps: list[tuple[bool, int]],
) -> None:
    circuit, now = CircuitBreaker(since=NOW), NOW
    for success, seconds in steps:
        now += timedelta(seconds=seconds)
        before = circuit
        circuit, _ = after_results(circuit, [success], now)
        assert 0 <= circuit.failures <= circuit.results
        if circuit.open_until and not before.open_until:
            assert circuit.open_until == now + PROBE_EVERY
        if success:
            assert circuit.open_until is None


@pytest.mark.parametrize(
    ("steps", "open_at_the_end", "turns"),
    [
        pytest.param([(0, False)] * 9, False, [], id="closed-below-the-least-results"),
        pytest.param([(0, False)] * 10, True, [CircuitChange.OPENED], id="closed-to-open"),
        pytest.param([(0, False)] * 10 + [(30, False)], True, [CircuitChange.OPENED], id="half-open-to-open"),
        pytest.param(
            [(0, False)] * 10 + [(30, True)],
            False,
            [CircuitChange.OPENED, CircuitChange.CLOSED],
            id="half-open-to-closed",
        ),
        pytest.param(
            [(0, False)] * 10 + [(30, True)] + [(0, False)] * 9,
            False,
            [CircuitChange.OPENED, CircuitChange.CLOSED],
            id="closed-again-counts-from-nothing",
        ),
        pytest.param([(34, False)] * 10, False, [], id="failures-outside-the-window-do-not-add-up"),
        pytest.param([(0, False)] * 7 + [(0, True)] * 4 + [(0, False)], False, [], id="below-the-share"),
        pytest.param([(0, False)] * 7 + [(0, True)] * 3, False, [], id="a-success-opens-nothing"),
        pytest.param(
            [(0, False)] * 10 + [(30, False)] * 30, True, [CircuitChange.OPENED], id="reopened-and-never-given-up-by-it"
        ),
    ],
)
def test_w10_convoy_circuit_breaker_transitions(
    steps: list[tuple[int, bool]], *, open_at_the_end: bool, turns: list[CircuitChange]
) -> None:
    circuit, now, turned = CircuitBreaker(since=NOW), NOW, []
    for seconds, success in steps:
        now += timedelta(seconds=seconds)
        circuit, turn = after_results(circuit, [success], now)
        turned += [turn] if turn is not CircuitChange.KEPT else []
    assert (circuit.open_until is not None, turned) == (open_at_the_end, turns)


async def _sent(dispatcher: Dispatcher, box: Box, owed: list[UUID], count: int) -> None:
    """Send until so many tries of these are recorded."""
    await dispatcher.deliver_due()

    async def enough() -> bool:
        return sum([len(await box.tries(one)) for one in owed]) >= count

    await until(enough)


async def _is_open(services: Services) -> bool:
    async with services.engine.connect() as connection:
        return bool((await connection.execute(select(breakers).where(breakers.c.open_until.is_not(None)))).all())


async def test_w6_a_receiver_that_keeps_failing_is_probed_every_30_seconds_and_no_try_is_used_up(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    receiver.default = answer(500)
    account = await box.account()
    owed = await box.owe(receiver.url, account_id=account, count=20)
    opened = _counter("opened")
    dispatcher = Dispatcher(services)
    await _sent(dispatcher, box, owed, 10)

    async def open_and_quiet() -> bool:
        return await _is_open(services) and not await _leased(services)

    await until(open_and_quiet)
    assert _counter("opened") == opened + 1
    before = len(receiver.requests)
    assert before < 20
    # Everything is due by now, and nothing is sent.
    clock.forward(29)
    assert await dispatcher.deliver_due() == 0
    clock.forward(1)
    assert await dispatcher.deliver_due() == 1
    await _sent(dispatcher, box, owed, before + 1)
    # The next turn to probe is 30 seconds away, for every process.
    assert await Dispatcher(services).deliver_due() == 0
    async with services.engine.connect() as connection:
        views = await delivery_log.page(connection, account, DeliveryFilter(), before_id=None, limit=100)
    assert {view.reason for view in views if view.state == "pending"} == {waits(_counted(1, 0, open_until=NOW))}
    # It heals: the probe arrives, and all the others after it.
    receiver.default = answer(200)
    clock.forward(30)
    await _sent(dispatcher, box, owed, before + 2)
    clock.forward(3600)
    await dispatcher.deliver_due()

    async def delivered() -> bool:
        return all([(await box.row(one)).state == "delivered" for one in owed])

    await until(delivered)
    assert max([len(await box.tries(one)) for one in owed]) <= 4
    assert not await _is_open(services)


async def test_a_failed_probe_uses_the_tries_of_its_own_delivery_alone(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    receiver.default = answer(500)
    owed = await box.owe(receiver.url, count=10)
    dispatcher = Dispatcher(services)
    await _sent(dispatcher, box, owed, 10)
    for number in range(11, 41):
        clock.forward(400)
        await _sent(dispatcher, box, owed, number)
    assert {len(await box.tries(one)) for one in owed} == {4}
    assert {(await box.row(one)).state for one in owed} == {"failed"}
    assert len(receiver.requests) == 40


async def test_w6_two_processes_send_one_probe(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    receiver.default = answer(500)
    owed = await box.owe(receiver.url, count=20)
    await _sent(Dispatcher(services), box, owed, 10)
    await until(lambda: _idle(services))
    receiver.default = hang
    clock.forward(3600)
    pair = [Dispatcher(msgspec.structs.replace(services, name=name)) for name in "ab"]
    assert sum([await one.deliver_due() for one in pair]) == 1
    for one in pair:
        await one.drain(0)


async def test_w6_a_circuit_is_of_one_account_and_one_receiver(
    services: Services, box: Box, receiver: Receiver
) -> None:
    receiver.default = answer(500)
    owed = await box.owe(receiver.url, count=12)
    dispatcher = Dispatcher(services)
    await _sent(dispatcher, box, owed, 10)
    await until(lambda: _idle(services))
    receiver.default = answer(200)
    [others] = await box.owe(receiver.url)
    await dispatcher.deliver_due()
    await box.tried(others, 1)
    assert (await box.row(others)).state == "delivered"
    assert await _is_open(services)


async def test_a_clock_that_is_set_back_does_not_keep_a_circuit_open(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    receiver.default = answer(500)
    owed = await box.owe(receiver.url, count=12)
    dispatcher = Dispatcher(services)
    await _sent(dispatcher, box, owed, 10)
    await until(lambda: _idle(services))
    clock.forward(-86_400)
    # What had to wait ten seconds waits ten seconds, not a day.
    assert await dispatcher.deliver_due() == 0
    receiver.default = answer(200)
    clock.forward(10)
    assert await dispatcher.deliver_due() == 1
    await _sent(dispatcher, box, owed, 13)


async def _idle(services: Services) -> bool:
    return not await _leased(services)


async def _leased(services: Services) -> int:
    async with services.engine.connect() as connection:
        found = await connection.execute(select(deliveries.c.id).where(deliveries.c.lease_until.is_not(None)))
        return len(found.all())


def _counter(change: str) -> float:
    return REGISTRY.get_sample_value("leadrun_webhook_circuit_breaker_changes_total", {"change": change}) or 0.0
