"""The calls of a process that wait for a gate: they ask it together, however many they are, and lanes take turns."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from app.domain.vocabulary import Lane
from app.domain.waterfall.provider_limits import GateClosed, GateKey, GateOpen, GateWait, Limit
from app.redis.provider_gate import ProviderGate

MOST_AT_ONCE = 200

Verdict = GateOpen | GateWait | GateClosed
Consider = Callable[[GateWait], None]


class _GateCall:
    """A call that waits: when it gives up, and the longest wait that it has considered, in seconds."""

    def __init__(self, until: float, consider: Consider | None) -> None:
        self.until = until
        self.consider = consider
        self.considered = 0.0

    def shall_end(self, verdict: GateWait, at: float) -> bool:
        """Return whether a wait is too long for the call, which may raise an error to say that it does not wait."""
        if self.consider and verdict.seconds > self.considered:
            self.considered = verdict.seconds
            self.consider(verdict)
        return self.until <= at


class _GateQueue:
    """The calls that wait for one gate, by lane, in the order in which they came."""

    def __init__(self) -> None:
        self.serving: asyncio.Task[None] | None = None
        self._waiting: dict[Lane, dict[asyncio.Future[Verdict], _GateCall]] = {lane: {} for lane in Lane}
        self._next = Lane.INTERACTIVE

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def add(self, lane: Lane, call: asyncio.Future[Verdict], waiting: _GateCall) -> None:
        self._waiting[lane][call] = waiting

    def discard(self, lane: Lane, call: asyncio.Future[Verdict]) -> None:
        self._waiting[lane].pop(call, None)

    def admit(self, count: int) -> None:
        """Let calls in, each from another lane than the one before where both wait."""
        for _ in range(min(count, len(self))):
            lane = self._next if self._waiting[self._next] else _other(self._next)
            call = next(iter(self._waiting[lane]))
            del self._waiting[lane][call]
            self._next = _other(lane)
            if not call.done():
                call.set_result(GateOpen())

    def close(self, verdict: GateClosed) -> None:
        """Turn all calls away."""
        for calls in self._waiting.values():
            for call in calls:
                if not call.done():
                    call.set_result(verdict)
            calls.clear()

    def delay(self, verdict: GateWait, at: float) -> None:
        """End the calls that do not wait to a time, each for its own reason."""
        for calls in self._waiting.values():
            for call, waiting in list(calls.items()):
                try:
                    if not waiting.shall_end(verdict, at):
                        continue
                    if not call.done():
                        call.set_result(verdict)
                except Exception as error:  # noqa: BLE001 - raised where the call waits
                    if not call.done():
                        call.set_exception(error)
                del calls[call]

    def fail(self, error: Exception) -> None:
        for calls in self._waiting.values():
            for call in calls:
                if not call.done():
                    call.set_exception(error)
            calls.clear()


class GateQueues:
    """Enters gates for the calls of this process.

    One task for each gate asks it for all calls that wait, and none for those that come meanwhile. So calls of the same
    moment share a script, and a thousand that wait for a vendor's limit cost Redis no more than one. Processes compete
    by these tasks, not by the number of their calls.
    """

    def __init__(self, gate: ProviderGate, now: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        """Use the process's gates, a clock that never goes back, and its way to wait."""
        self._gate = gate
        self._now = now
        self._sleep = sleep
        self._queues: dict[GateKey, _GateQueue] = {}

    async def enter(
        self, key: GateKey, limits: Sequence[Limit], lane: Lane, until: float, consider: Consider | None = None
    ) -> Verdict:
        """Enter a gate for one call, waiting for it as long as that helps.

        Args:
            key: The gate.
            limits: Its limits, the same for each of its calls.
            lane: Of the call.
            until: A time of the clock; what opens at it or later is not waited for.
            consider: Called with the first wait, and with each that is longer than those before; an error that it
                raises ends the call's wait, and is raised here.

        Returns:
            `GateOpen` has counted the call; the other answers say why it must not be made.
        """
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = _GateQueue()
        call: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        queue.add(lane, call, _GateCall(until, consider))
        if queue.serving is None:
            queue.serving = asyncio.create_task(self._serve(key, limits, queue), name=f"gate-{key.provider}")
        try:
            return await call
        finally:
            queue.discard(lane, call)
            if call.cancelled():
                self._leave(key, queue)

    def _leave(self, key: GateKey, queue: _GateQueue) -> None:
        """End the task that nobody waits for any more."""
        if not queue and queue.serving and self._queues.get(key) is queue:
            del self._queues[key]
            queue.serving.cancel()

    async def _serve(self, key: GateKey, limits: Sequence[Limit], queue: _GateQueue) -> None:
        try:
            while queue:
                verdict = await self._gate.enter_together(key, limits, min(len(queue), MOST_AT_ONCE))
                if isinstance(verdict, int):
                    queue.admit(verdict)
                elif isinstance(verdict, GateClosed):
                    queue.close(verdict)
                else:
                    queue.delay(verdict, self._now() + verdict.seconds)
                    if queue:
                        await self._sleep(verdict.seconds)
        except Exception as error:  # noqa: BLE001 - raised where the calls wait
            queue.fail(error)
        finally:
            if self._queues.get(key) is queue:
                del self._queues[key]


def _other(lane: Lane) -> Lane:
    return Lane.BULK if lane is Lane.INTERACTIVE else Lane.INTERACTIVE
