"""Runs and batches as the clients give them: data, with methods that ask the server for more."""

import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from leadrun._batches import BatchOperations
from leadrun._exchange import Steps
from leadrun._operations import Operations
from leadrun._runs import RUN_TIMEOUT
from leadrun.batches import BatchData
from leadrun.models import Attempt, RunData

T = TypeVar("T")


class BlockingClient(Protocol):
    """The part of the blocking client that a run or batch needs."""

    operations: "Operations[Run]"
    batch_operations: "BatchOperations[Batch]"

    def perform(self, steps: Steps[T], /) -> T:
        """Take the steps of an operation."""
        ...

    def events(self, run_id: str, /) -> "Iterator[Attempt | Run]":
        """Follow a run."""
        ...


class AwaitingClient(Protocol):
    """The part of the asynchronous client that a run or batch needs."""

    operations: "Operations[AsyncRun]"
    batch_operations: "BatchOperations[AsyncBatch]"

    def perform(self, steps: Steps[T], /) -> Coroutine[Any, Any, T]:
        """Take the steps of an operation."""
        ...

    def events(self, run_id: str, /) -> "AsyncIterator[Attempt | AsyncRun]":
        """Follow a run."""
        ...


@dataclass(frozen=True, kw_only=True)
class Run(RunData):
    """A run of a blocking client."""

    _client: BlockingClient = field(repr=False, compare=False)

    def wait(self, *, timeout: float | None = RUN_TIMEOUT) -> "Run":
        """Wait for the end, and return the run as it is then.

        Raises:
            DeadlineError: `timeout` seconds have passed; the run goes on.
        """
        client = self._client
        return self if self.ended else client.perform(client.operations.wait(self.run_id, timeout=timeout))

    def attempts(self) -> list[Attempt]:
        """Read the cascade: each provider in order, with outcome, latency and cost."""
        return self._client.perform(self._client.operations.attempts(self.run_id))

    def events(self) -> Iterator["Attempt | Run"]:
        """Follow the run live: attempts as they happen, and the run as it changes, up to its end."""
        return self._client.events(self.run_id)

    def cancel(self) -> "Run":
        """Stop before the next provider call."""
        return self._client.perform(self._client.operations.cancel(self.run_id))


@dataclass(frozen=True, kw_only=True)
class AsyncRun(RunData):
    """A run of an asynchronous client."""

    _client: AwaitingClient = field(repr=False, compare=False)

    async def wait(self, *, timeout: float | None = RUN_TIMEOUT) -> "AsyncRun":
        """Wait for the end, and return the run as it is then.

        Raises:
            DeadlineError: `timeout` seconds have passed; the run goes on.
        """
        client = self._client
        return self if self.ended else await client.perform(client.operations.wait(self.run_id, timeout=timeout))

    async def attempts(self) -> list[Attempt]:
        """Read the cascade: each provider in order, with outcome, latency and cost."""
        return await self._client.perform(self._client.operations.attempts(self.run_id))

    def events(self) -> AsyncIterator["Attempt | AsyncRun"]:
        """Follow the run live: attempts as they happen, and the run as it changes, up to its end."""
        return self._client.events(self.run_id)

    async def cancel(self) -> "AsyncRun":
        """Stop before the next provider call."""
        return await self._client.perform(self._client.operations.cancel(self.run_id))


Progress = Callable[[BatchData], object]


@dataclass(frozen=True, kw_only=True)
class Batch(BatchData):
    """A batch of a blocking client."""

    _client: BlockingClient = field(repr=False, compare=False)

    def wait(self, progress: Progress | None = None, *, timeout: float | None = None) -> "Batch":
        """Wait until it is completed or cancelled; `progress` is called with the batch from time to time."""
        return self._client.perform(self._client.batch_operations.wait(self.id, progress=progress, timeout=timeout))

    def download(self, path: str | os.PathLike[str], *, format: str | None = None) -> Path:  # noqa: A002 - the API's word
        """Write the rows with what was found to a file: .csv, .xlsx, .ndjson or .json."""
        return self._client.perform(self._client.batch_operations.download(self.id, path, format=format))

    def results(self) -> list[dict[str, Any]]:
        """Read the rows with what was found, in the order of the upload."""
        return self._client.perform(self._client.batch_operations.results(self.id))

    def cancel(self) -> "Batch":
        """Cancel what has not ended."""
        return self._client.perform(self._client.batch_operations.cancel(self.id))


@dataclass(frozen=True, kw_only=True)
class AsyncBatch(BatchData):
    """A batch of an asynchronous client."""

    _client: AwaitingClient = field(repr=False, compare=False)

    async def wait(self, progress: Progress | None = None, *, timeout: float | None = None) -> "AsyncBatch":
        """Wait until it is completed or cancelled; `progress` is called with the batch from time to time."""
        steps = self._client.batch_operations.wait(self.id, progress=progress, timeout=timeout)
        return await self._client.perform(steps)

    async def download(self, path: str | os.PathLike[str], *, format: str | None = None) -> Path:  # noqa: A002 - the API's word
        """Write the rows with what was found to a file: .csv, .xlsx, .ndjson or .json."""
        return await self._client.perform(self._client.batch_operations.download(self.id, path, format=format))

    async def results(self) -> list[dict[str, Any]]:
        """Read the rows with what was found, in the order of the upload."""
        return await self._client.perform(self._client.batch_operations.results(self.id))

    async def cancel(self) -> "AsyncBatch":
        """Cancel what has not ended."""
        return await self._client.perform(self._client.batch_operations.cancel(self.id))
