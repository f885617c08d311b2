"""A call of a tool: the client that it uses, and how it waits."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio

from leadrun import AsyncBatch, AsyncLeadrun, AsyncRun
from leadrun.models import Attempt

# Between two looks: short where progress is shown, so that each provider is seen.
SHOWN_SECONDS, QUIET_SECONDS = 2, 10
# Servers that do not hold requests answer at once.
PAUSE_SECONDS = 2.0

Report = Callable[[float, float | None, str | None], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A call of a tool.

    Attributes:
        client: Asks leadrun with the key of the assistant's user.
        report: Reports progress, its total and a sentence; None where the assistant did not ask for it.
        ends: Returns whether the server is about to end, so that nothing waits any longer.
    """

    client: AsyncLeadrun
    report: Report | None = None
    ends: Callable[[], bool] = bool

    async def follow_run(self, run: AsyncRun, seconds: float) -> AsyncRun:
        """Wait for the end of a run, at most so many seconds, and report what happens meanwhile."""
        until, told = time.monotonic() + seconds, -1
        while not run.ended and (left := until - time.monotonic()) > 0 and not self.ends():
            if self.report:
                told = await self._tell(run, told)
            begun = time.monotonic()
            run = await self.client.get_run(run.run_id, wait=max(1, min(self._look, int(left))))
            if not run.ended and time.monotonic() - begun < PAUSE_SECONDS / 4:
                await anyio.sleep(min(PAUSE_SECONDS, left))
        if self.report:
            await self._tell(run, told)
        return run

    async def follow_batch(self, batch: AsyncBatch, seconds: float) -> AsyncBatch:
        """Wait for the end of a batch, at most so many seconds, and report how far it is."""
        until, told = time.monotonic() + seconds, -1
        while True:
            if self.report and batch.completed > told:
                told = batch.completed
                await self.report(told, batch.total, f"{batch.emails_found + batch.phones_found} values found")
            left = until - time.monotonic()
            if batch.ended or left <= 0 or self.ends():
                return batch
            await anyio.sleep(min(PAUSE_SECONDS, left))
            batch = await self.client.batches.get(batch.id)

    @property
    def _look(self) -> int:
        return SHOWN_SECONDS if self.report else QUIET_SECONDS

    async def _tell(self, run: AsyncRun, told: int) -> int:
        """Report how many providers have answered, where that has grown; returns how many."""
        attempts = await self.client.attempts(run.run_id)
        done = sum(one.outcome is not None for one in attempts)
        if self.report and done > told:
            await self.report(done, len(attempts) or None, _sentence(attempts))
        return max(done, told)


def _sentence(attempts: list[Attempt]) -> str:
    asked = [one for one in attempts if one.outcome not in {None, "skipped"} or one.route]
    said = [f"{one.provider}: {one.outcome or 'is asked'}" for one in asked if one.outcome != "skipped"]
    return ", ".join(said) or "no provider was asked yet"
