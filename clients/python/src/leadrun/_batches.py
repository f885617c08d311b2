"""The operations on batches, written once as steps for the blocking and the asynchronous client."""

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Generic, TypeVar
from uuid import uuid4

from leadrun import _inputs
from leadrun._exchange import Pause, Request, Steps, exchange, retry_after
from leadrun._inputs import id_of
from leadrun._json import build, json_of
from leadrun._operations import Operations
from leadrun._runs import POLL_SECONDS
from leadrun.batches import BatchData, BatchPreview, Quote
from leadrun.errors import ConfigurationError, DeadlineError

B = TypeVar("B", bound=BatchData)
Rows = Iterable[Mapping[str, Any]]
Source = str | bytes | os.PathLike[str] | Rows
MEDIA = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMATS = {".csv": "csv", ".json": "json", ".jsonl": "ndjson", ".ndjson": "ndjson", ".xlsx": "xlsx"}
UPLOAD_SECONDS = 300.0
LONGEST_POLL = 10.0


class BatchOperations(Generic[B]):
    """Steps of operations on batches."""

    def __init__(self, operations: Operations[Any], batch_of: Callable[[Mapping[str, Any]], B]) -> None:
        """Share the patience of the client."""
        self._operations, self.batch_of = operations, batch_of

    def upload(
        self,
        source: Source,
        *,
        fields: Sequence[str] | None = None,
        strict: bool | None = None,
        force_refresh: bool | None = None,
        providers: Sequence[str] | None = None,
        max_cost_usd: float | None = None,
        waterfall: str | None = None,
        webhook_url: str | None = None,
        media_type: str | None = None,
        idempotency_key: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Steps[B]:
        """Upload up to 100 000 contacts; the batch goes on at the server until it is completed.

        Args:
            source: The path of a file (CSV, TSV, NDJSON, JSON, xlsx), or contacts as mappings.
            fields: `email`, `phone` or both; `email` when absent.
            strict: Refuse all where a single row is bad.
            force_refresh: Look up again although the cache has an answer.
            providers: Only these, in this order.
            max_cost_usd: For each contact, stop before the providers' charges pass it.
            waterfall: The name of the rules that order the providers, such as `cheapest`.
            webhook_url: Where the end is posted.
            media_type: Of the file, instead of what its name says.
            idempotency_key: Instead of a random one; the same key never uploads twice within 24 hours.
            query: Further parameters, such as `{"sheet": "Leads"}`.

        Raises:
            InvalidRequestError: It cannot be read, or no row is good; `errors` says why.
            NotEnoughCreditsError: The balance does not cover all rows, and none is accepted.
        """
        content, media = read(source, media_type)
        options = _inputs.query_of(
            fields=fields,
            strict=strict,
            force_refresh=force_refresh,
            providers=providers,
            max_cost_usd=_inputs.cap_of(max_cost_usd),
            waterfall=waterfall,
            webhook_url=webhook_url,
        )
        headers = {"content-type": media, "idempotency-key": idempotency_key or str(uuid4())}
        request = Request(
            method="POST",
            path="/batches",
            params={**options, **(query or {})},
            body=content,
            headers=headers,
            submits=True,
            seconds=UPLOAD_SECONDS,
        )
        return self.batch_of((yield from self._operations.call(request, self._operations.deadline(UPLOAD_SECONDS))))

    def preview(
        self, source: Source, *, media_type: str | None = None, query: Mapping[str, str] | None = None
    ) -> Steps[BatchPreview]:
        """Show how a file would be read and what it may cost; nothing is accepted or charged.

        `query` has the parameters of the upload, such as `{"fields": "email,phone"}`; the others are as for `upload`.

        Raises:
            NotFoundError: The server is too old to show previews.
        """
        return build(BatchPreview, (yield from self._read("/batches/preview", read(source, media_type), query)))

    def quote(
        self, source: Source, *, media_type: str | None = None, query: Mapping[str, str] | None = None
    ) -> Steps[Quote]:
        """Ask what a list is expected to find and to cost; nothing is accepted. Arguments as of `preview`."""
        return build(Quote, (yield from self._read("/quotes", read(source, media_type), query)))

    def _read(self, path: str, file: tuple[bytes, str], query: Mapping[str, str] | None) -> Steps[dict[str, Any]]:
        content, media = file
        request = Request(
            method="POST",
            path=path,
            params=query or {},
            body=content,
            headers={"content-type": media},
            submits=True,
            seconds=UPLOAD_SECONDS,
        )
        return (yield from self._operations.call(request, self._operations.deadline(UPLOAD_SECONDS)))

    def get(self, batch_id: str) -> Steps[B]:
        """Read a batch with its progress."""
        return self.batch_of((yield from self._operations.call(_reading(batch_id))))

    def wait(
        self,
        batch_id: str,
        *,
        progress: Callable[[BatchData], object] | None = None,
        timeout: float | None = None,
    ) -> Steps[B]:
        """Wait until a batch is completed or cancelled.

        Args:
            batch_id: Of the batch.
            progress: Called with the batch each time that it was read.
            timeout: Seconds until the deadline; None for none.

        Raises:
            DeadlineError: `timeout` seconds have passed; the batch goes on.
        """
        policy, deadline = self._operations.policy, self._operations.deadline(timeout)
        for poll in count():
            until = min(deadline, self._operations.deadline(self._operations.timeout))
            reply = yield from exchange(_reading(batch_id), policy, until)
            batch = self.batch_of(json_of(reply))
            if progress:
                progress(batch)
            if batch.ended:
                return batch
            # Seldom after a while: a batch may take hours.
            pause = max(retry_after(reply.headers) or POLL_SECONDS, min(LONGEST_POLL, poll / 2))
            if policy.clock() + pause > deadline:
                raise DeadlineError(f"The batch {batch_id} has not ended in time; it goes on.", run_id=batch_id)
            yield Pause(seconds=pause)
        raise AssertionError  # pragma: no cover - counting never ends

    def cancel(self, batch_id: str) -> Steps[B]:
        """Cancel what has not ended of a batch; rows without a run are never charged."""
        request = Request(method="POST", path=f"/batches/{id_of(batch_id)}/cancel")
        return self.batch_of((yield from self._operations.call(request)))

    def download(
        self,
        batch_id: str,
        path: str | os.PathLike[str],
        *,
        format: str | None = None,  # noqa: A002 - the API's word
    ) -> Steps[Path]:
        """Write the rows of a batch with what was found to a file, which appears when it is whole.

        Args:
            batch_id: Of the batch; before its end the results so far are written.
            path: Of the file.
            format: `csv`, `ndjson`, `json` or `xlsx`; by the file's name when absent.

        Raises:
            ConfigurationError: The name of the file says no format.
        """
        target = Path(path)
        chosen = format or FORMATS.get(target.suffix.lower())
        if chosen is None:
            raise ConfigurationError(f"The format of {target} is unknown; name the file .csv, .xlsx, .ndjson or .json.")
        request = Request(
            method="GET",
            path=f"/batches/{id_of(batch_id)}/results",
            params={"format": chosen},
            headers={"accept": "*/*"},
            seconds=UPLOAD_SECONDS,
            save_to=target,
        )
        yield from exchange(request, self._operations.policy, self._operations.deadline(UPLOAD_SECONDS))
        return target

    def results(self, batch_id: str, *, most_bytes: int | None = None) -> Steps[list[dict[str, Any]]]:
        """Read the rows of a batch into memory, in the order of the upload; the first ones of `most_bytes` bytes."""
        request = Request(
            method="GET",
            path=f"/batches/{id_of(batch_id)}/results",
            params={"format": "ndjson"},
            headers={"accept": "*/*"},
            seconds=UPLOAD_SECONDS,
            most_bytes=most_bytes,
        )
        deadline = self._operations.deadline(UPLOAD_SECONDS)
        reply = yield from exchange(request, self._operations.policy, deadline)
        # Behind the last line end stands a row that was cut off, or nothing.
        return [json.loads(line) for line in reply.body.split(b"\n")[:-1] if line.strip()]


def _reading(batch_id: str) -> Request:
    return Request(method="GET", path=f"/batches/{id_of(batch_id)}")


def read(source: Source, media_type: str | None) -> tuple[bytes, str]:
    """Read what is uploaded; returns it with its media type.

    Raises:
        ConfigurationError: The file cannot be read, or its name says no media type.
    """
    if isinstance(source, bytes):
        if media_type is None:
            raise ConfigurationError("Say with media_type what the bytes are, such as text/csv.")
        return source, media_type
    if not isinstance(source, str | os.PathLike):
        return b"".join(_inputs.encode(dict(row)) + b"\n" for row in source), "application/x-ndjson"
    path = Path(source)
    media = media_type or MEDIA.get(path.suffix.lower())
    if media is None:
        raise ConfigurationError(f"{path} is none of {', '.join(MEDIA)}; name it so, or say media_type.")
    try:
        return path.read_bytes(), media
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
