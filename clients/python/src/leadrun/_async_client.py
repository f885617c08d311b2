"""The client whose methods are awaited."""

import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import httpx

from leadrun import _inputs, _pool
from leadrun._batches import BatchOperations
from leadrun._calls import Awaiting
from leadrun._client import MAX_PAGE, TIMEOUT
from leadrun._events import EventStream
from leadrun._exchange import Policy, Retry, Steps
from leadrun._handles import AsyncBatch, AsyncRun
from leadrun._json import build
from leadrun._many import CONCURRENCY, ContactList, Outcome
from leadrun._operations import Operations
from leadrun._target import Target
from leadrun._transport import AwaitingTransport, Broken
from leadrun.events import JobLine
from leadrun.models import Attempt
from leadrun.webhooks import Delivery

T = TypeVar("T")


class AsyncLeadrun:
    """A client whose methods are awaited."""

    enrich = Awaiting(Operations[AsyncRun].enrich)
    submit = Awaiting(Operations[AsyncRun].submit)
    get_run = Awaiting(Operations[AsyncRun].get_run)
    wait = Awaiting(Operations[AsyncRun].wait)
    cancel = Awaiting(Operations[AsyncRun].cancel)
    attempts = Awaiting(Operations[AsyncRun].attempts)
    plan = Awaiting(Operations[AsyncRun].plan)
    simulate = Awaiting(Operations[AsyncRun].simulate)
    feedback = Awaiting(Operations[AsyncRun].feedback)
    find_email = Awaiting(Operations[AsyncRun].find_email)
    find_phone = Awaiting(Operations[AsyncRun].find_phone)
    verify_email = Awaiting(Operations[AsyncRun].verify_email)
    credits = Awaiting(Operations[AsyncRun].credits)
    providers = Awaiting(Operations[AsyncRun].providers)
    usage = Awaiting(Operations[AsyncRun].usage)
    endpoints = Awaiting(Operations[AsyncRun].endpoints)
    redeliver = Awaiting(Operations[AsyncRun].redeliver)

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float = TIMEOUT,
        max_retries: int = 4,
        idempotent: bool = True,
        on_retry: Callable[[Retry], None] | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        """Prepare a client; the arguments are those of `Leadrun`."""
        policy = Policy(max_retries=max_retries, idempotent=idempotent, on_retry=on_retry)
        self._transport = AwaitingTransport(Target(api_key, base_url), http_client)
        self.operations: Operations[AsyncRun] = Operations(
            policy, timeout, lambda data: build(AsyncRun, data, _client=self)
        )
        self.batch_operations: BatchOperations[AsyncBatch] = BatchOperations(
            self.operations, lambda data: build(AsyncBatch, data, _client=self)
        )
        self.batches: AsyncBatches = AsyncBatches(self)

    def perform(self, steps: Steps[T]) -> Coroutine[Any, Any, T]:
        """Take the steps of an operation."""
        return self._transport.perform(steps)

    def enrich_many(
        self,
        contacts: Iterable[Mapping[str, Any]],
        *,
        concurrency: int = CONCURRENCY,
        resume: str | os.PathLike[str] | None = None,
        enrichment_type: str | None = None,
        force_refresh: bool | None = None,
        providers: Sequence[str] | None = None,
        max_cost_usd: float | None = None,
        waterfall: str | None = None,
        webhook_url: str | None = None,
    ) -> AsyncIterator[Outcome[AsyncRun]]:
        """Look up many contacts at the rate limit, and give each outcome as it comes; as `Leadrun.enrich_many`."""
        options = _inputs.options_of(
            enrichment_type=enrichment_type,
            force_refresh=force_refresh,
            providers=providers,
            max_cost_usd=max_cost_usd,
            waterfall=waterfall,
            webhook_url=webhook_url,
        )
        work = ContactList(self.operations, contacts, options, resume)
        return _pool.awaiting(work, self.perform, _pool.checked(concurrency))

    async def events(self, run_id: str) -> AsyncIterator[Attempt | AsyncRun]:
        """Follow a run live: attempts as they happen, and the run as it changes, up to its end."""
        stream = EventStream(run_id, self.operations.run_of)
        while not stream.has_ended():
            try:
                async for line in self._transport.lines(stream.request()):
                    if (event := stream.feed(line)) is not None:
                        yield event
                    if stream.has_ended():
                        break
            except Broken as broken:
                if not stream.has_ended():
                    await self.perform(stream.again(broken.answer, self.operations.policy))

    def runs(self, *, page_size: int = MAX_PAGE, **filters: Any) -> AsyncIterator[AsyncRun]:  # noqa: ANN401 - text or times
        """Iterate over runs, newest first."""
        query = _inputs.filters_of(filters, _inputs.RUN_FILTERS, page_size)
        return self._pages("/runs", self.operations.run_of, query)

    def jobs(self, *, page_size: int = MAX_PAGE, **filters: Any) -> AsyncIterator[JobLine]:  # noqa: ANN401 - as runs
        """Iterate over jobs, newest first; as `Leadrun.jobs`."""
        query = _inputs.filters_of(filters, _inputs.LIST_FILTERS, page_size)
        return self._pages("/jobs", lambda one: build(JobLine, one), query)

    def deliveries(self, *, page_size: int = MAX_PAGE, **filters: Any) -> AsyncIterator[Delivery]:  # noqa: ANN401 - as runs
        """Iterate over the deliveries of webhooks, newest first."""
        query = _inputs.filters_of(filters, _inputs.DELIVERY_FILTERS, page_size)
        return self._pages("/webhooks/deliveries", lambda one: build(Delivery, one), query)

    async def _pages(
        self, path: str, item_of: Callable[[Mapping[str, Any]], T], query: Mapping[str, str]
    ) -> AsyncIterator[T]:
        cursor: str | None = ""
        while cursor is not None:
            asked = {**query, "cursor": cursor} if cursor else query
            page = await self.perform(self.operations.page(path, item_of, asked))
            for item in page.items:
                yield item
            cursor = page.cursor

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.client.aclose()

    async def __aenter__(self) -> "AsyncLeadrun":  # noqa: PYI034 - Python 3.10 has no Self
        """Use it as a context: the connections are closed at its end."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.close()


class AsyncBatches:
    """Uploads of many contacts."""

    upload = Awaiting(BatchOperations[AsyncBatch].upload)
    preview = Awaiting(BatchOperations[AsyncBatch].preview)
    quote = Awaiting(BatchOperations[AsyncBatch].quote)
    get = Awaiting(BatchOperations[AsyncBatch].get)
    results = Awaiting(BatchOperations[AsyncBatch].results)

    def __init__(self, client: AsyncLeadrun) -> None:
        """Share the connections of a client."""
        self._client = client
        self.operations = client.batch_operations

    def perform(self, steps: Steps[T]) -> Coroutine[Any, Any, T]:
        """Take the steps of an operation."""
        return self._client.perform(steps)

    def list(self, *, page_size: int = MAX_PAGE, **filters: Any) -> AsyncIterator[AsyncBatch]:  # noqa: ANN401 - as runs
        """Iterate over batches, newest first; the filters are those of `Leadrun.jobs`."""
        query = _inputs.filters_of(filters, _inputs.LIST_FILTERS, page_size)
        return self._client._pages("/batches", self.operations.batch_of, query)  # noqa: SLF001 - its other half
