"""The client whose methods block."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import httpx

from leadrun import _inputs, _pool
from leadrun._batches import BatchOperations
from leadrun._calls import Blocking
from leadrun._events import EventStream
from leadrun._exchange import Policy, Retry, Steps
from leadrun._handles import Batch, Run
from leadrun._json import build
from leadrun._many import CONCURRENCY, ContactList, Outcome
from leadrun._operations import Operations
from leadrun._target import Target
from leadrun._transport import BlockingTransport, Broken
from leadrun.events import JobLine
from leadrun.models import Attempt
from leadrun.webhooks import Delivery

T = TypeVar("T")
TIMEOUT = 60.0
MAX_PAGE = 100


class Leadrun:
    """A client whose methods block; threads may share it."""

    enrich = Blocking(Operations[Run].enrich)
    submit = Blocking(Operations[Run].submit)
    get_run = Blocking(Operations[Run].get_run)
    wait = Blocking(Operations[Run].wait)
    cancel = Blocking(Operations[Run].cancel)
    attempts = Blocking(Operations[Run].attempts)
    plan = Blocking(Operations[Run].plan)
    simulate = Blocking(Operations[Run].simulate)
    feedback = Blocking(Operations[Run].feedback)
    find_email = Blocking(Operations[Run].find_email)
    find_phone = Blocking(Operations[Run].find_phone)
    verify_email = Blocking(Operations[Run].verify_email)
    credits = Blocking(Operations[Run].credits)
    providers = Blocking(Operations[Run].providers)
    usage = Blocking(Operations[Run].usage)
    endpoints = Blocking(Operations[Run].endpoints)
    redeliver = Blocking(Operations[Run].redeliver)

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float = TIMEOUT,
        max_retries: int = 4,
        idempotent: bool = True,
        on_retry: Callable[[Retry], None] | None = None,
        http_client: httpx.Client | None = None,
    ) -> None:
        """Prepare a client; nothing is sent yet.

        Args:
            api_key: Of leadrun; LEADRUN_API_KEY when absent.
            base_url: Of the server; LEADRUN_URL when absent, or this machine's.
            timeout: Seconds for a request that waits for nothing, its repetitions included.
            max_retries: Repetitions after a lost connection or an error of the server.
            idempotent: False for services that do not honour `Idempotency-Key`: a submission whose answer was lost
                is not sent again.
            on_retry: Called before each repetition.
            http_client: Your own, with proxies or certificates.

        Raises:
            ConfigurationError: There is no key, or the URL is none.
        """
        policy = Policy(max_retries=max_retries, idempotent=idempotent, on_retry=on_retry)
        self._transport = BlockingTransport(Target(api_key, base_url), http_client)
        self.operations: Operations[Run] = Operations(policy, timeout, lambda data: build(Run, data, _client=self))
        self.batch_operations: BatchOperations[Batch] = BatchOperations(
            self.operations, lambda data: build(Batch, data, _client=self)
        )
        self.batches: Batches = Batches(self)

    def perform(self, steps: Steps[T], stop: Callable[[], bool] = bool) -> T:
        """Take the steps of an operation."""
        return self._transport.perform(steps, stop)

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
    ) -> Iterator[Outcome[Run]]:
        """Look up many contacts at the rate limit, and give each outcome as soon as its run has ended.

        Each contact has an idempotency key made of its place and content, so that none is submitted twice, whatever
        happens to connections. With `resume` a program that was killed gives the same list again and goes on: the
        outcomes of before are given again from the file, and cost nothing.

        Args:
            contacts: Mappings with `first_name`, `last_name`, `company_domain` and so on; options such as `metadata`
                or `enrichment_type` may stand in each.
            concurrency: Runs under way at once.
            resume: A file that keeps what became of each contact.
            enrichment_type: `email` (default), `phone` or `all`.
            force_refresh: Look up again although the cache has an answer.
            providers: Only these, in this order.
            max_cost_usd: For each contact, stop before the providers' charges pass it.
            waterfall: The name of the rules that order the providers, such as `cheapest`.
            webhook_url: Where each end is posted as well.

        Raises:
            ApiError: An error that would meet every contact, such as too few credits; the outcomes of what was
                submitted come first.
            ResumeFileError: The file is something else, damaged or in use.
        """
        options = _inputs.options_of(
            enrichment_type=enrichment_type,
            force_refresh=force_refresh,
            providers=providers,
            max_cost_usd=max_cost_usd,
            waterfall=waterfall,
            webhook_url=webhook_url,
        )
        work = ContactList(self.operations, contacts, options, resume)
        return _pool.blocking(work, self.perform, _pool.checked(concurrency))

    def events(self, run_id: str) -> Iterator[Attempt | Run]:
        """Follow a run live: attempts as they happen, and the run as it changes, up to its end."""
        stream = EventStream(run_id, self.operations.run_of)
        while not stream.has_ended():
            try:
                for line in self._transport.lines(stream.request()):
                    if (event := stream.feed(line)) is not None:
                        yield event
                    if stream.has_ended():
                        break
            except Broken as broken:
                if not stream.has_ended():
                    self.perform(stream.again(broken.answer, self.operations.policy))

    def runs(self, *, page_size: int = MAX_PAGE, **filters: Any) -> Iterator[Run]:  # noqa: ANN401 - text or times
        """Iterate over runs, newest first.

        Args:
            page_size: Runs a request, at most 100.
            **filters: `status`, `result_status`, `created_after`, `created_before`, `enrichment_type`, `mode`,
                `key`, `domain` and `q`.
        """
        query = _inputs.filters_of(filters, _inputs.RUN_FILTERS, page_size)
        return self._pages("/runs", self.operations.run_of, query)

    def jobs(self, *, page_size: int = MAX_PAGE, **filters: Any) -> Iterator[JobLine]:  # noqa: ANN401 - as runs
        """Iterate over jobs, which are lists of up to 100 contacts in one request (LeadSonar), newest first.

        Args:
            page_size: Jobs a request, at most 100.
            **filters: `created_after`, `created_before`, `enrichment_type`, `mode`, `key`, `domain` and `q`.
        """
        query = _inputs.filters_of(filters, _inputs.LIST_FILTERS, page_size)
        return self._pages("/jobs", lambda one: build(JobLine, one), query)

    def deliveries(self, *, page_size: int = MAX_PAGE, **filters: Any) -> Iterator[Delivery]:  # noqa: ANN401 - as runs
        """Iterate over the deliveries of webhooks, newest first.

        Args:
            page_size: Deliveries a request, at most 100.
            **filters: `run_id`, `job_id`, `endpoint_id`, `state`, `event`, `created_after`, `created_before`.
        """
        query = _inputs.filters_of(filters, _inputs.DELIVERY_FILTERS, page_size)
        return self._pages("/webhooks/deliveries", lambda one: build(Delivery, one), query)

    def _pages(self, path: str, item_of: Callable[[Mapping[str, Any]], T], query: Mapping[str, str]) -> Iterator[T]:
        cursor: str | None = ""
        while cursor is not None:
            asked = {**query, "cursor": cursor} if cursor else query
            page = self.perform(self.operations.page(path, item_of, asked))
            yield from page.items
            cursor = page.cursor

    def close(self) -> None:
        """Close the connections."""
        self._transport.client.close()

    def __enter__(self) -> "Leadrun":  # noqa: PYI034 - Python 3.10 has no Self
        """Use it as a context: the connections are closed at its end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()


class Batches:
    """Uploads of many contacts."""

    upload = Blocking(BatchOperations[Batch].upload)
    preview = Blocking(BatchOperations[Batch].preview)
    quote = Blocking(BatchOperations[Batch].quote)
    get = Blocking(BatchOperations[Batch].get)
    results = Blocking(BatchOperations[Batch].results)

    def __init__(self, client: Leadrun) -> None:
        """Share the connections of a client."""
        self._client = client
        self.operations = client.batch_operations

    def perform(self, steps: Steps[T]) -> T:
        """Take the steps of an operation."""
        return self._client.perform(steps)

    def list(self, *, page_size: int = MAX_PAGE, **filters: Any) -> Iterator[Batch]:  # noqa: ANN401 - as runs
        """Iterate over batches, newest first; the filters are those of `Leadrun.jobs`."""
        query = _inputs.filters_of(filters, _inputs.LIST_FILTERS, page_size)
        return self._client._pages("/batches", self.operations.batch_of, query)  # noqa: SLF001 - its other half
