"""The journal of requests to the sandbox: enough to count them, without personal data."""

from collections import Counter, OrderedDict, deque
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

MAX_ENTRIES = 200_000


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a sandbox provider.

    Attributes:
        field: ``email``, ``phone`` or ``both``.
        call: ``ask``, or ``poll`` for a request for an asynchronous result.
        person: From `population.person_id`.
        status: HTTP status of the response.
    """

    provider: str
    field: str
    call: str
    person: str
    at: datetime
    status: int


class Journal:
    """The requests of this process, the newest 200 000."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: deque[JournalEntry] = deque(maxlen=MAX_ENTRIES)
        self._times: Counter[tuple[str, str]] = Counter()

    def write(self, entry: JournalEntry) -> None:
        """Keep a request."""
        self._entries.append(entry)

    def times(self, provider: str, person: str) -> int:
        """Count a request, and return how many came before it."""
        if len(self._times) > MAX_ENTRIES:
            self._times.clear()
        before = self._times[provider, person]
        self._times[provider, person] += 1
        return before

    def read(self) -> list[JournalEntry]:
        """Return the requests, the oldest first."""
        return list(self._entries)

    def clear(self) -> None:
        """Clear the requests and their counts."""
        self._entries.clear()
        self._times.clear()


class PendingJobs(Generic[T]):
    """The pending results of the asynchronous vendor, the newest 200 000."""

    def __init__(self) -> None:
        """Start empty."""
        self._jobs: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def put(self, name: str, ready_at: float, job: T) -> None:
        """Keep a job until it is polled; `ready_at` is a time of the monotonic clock in seconds."""
        self._jobs[name] = (ready_at, job)
        while len(self._jobs) > MAX_ENTRIES:
            self._jobs.popitem(last=False)

    def get(self, name: str) -> tuple[float, T] | None:
        """Return the time when a job is ready, and the job; None for an unknown name."""
        return self._jobs.get(name)
