"""What the sandbox was asked: enough to count askings, nothing that tells who somebody is."""

from collections import Counter, OrderedDict, deque
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

LONGEST = 200_000


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a sandbox provider.

    Attributes:
        field: ``email``, ``phone`` or ``both``.
        call: ``ask``, or ``poll`` for a look at an asynchronous result.
        person: From `people.person_id`.
        status: HTTP status of the answer.
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
        self._entries: deque[JournalEntry] = deque(maxlen=LONGEST)
        self._times: Counter[tuple[str, str]] = Counter()

    def write(self, entry: JournalEntry) -> None:
        """Keep a request."""
        self._entries.append(entry)

    def times(self, provider: str, person: str) -> int:
        """Count an asking, and tell how many came before it."""
        if len(self._times) > LONGEST:
            self._times.clear()
        before = self._times[provider, person]
        self._times[provider, person] += 1
        return before

    def read(self) -> list[JournalEntry]:
        """Return the requests, the oldest first."""
        return list(self._entries)

    def clear(self) -> None:
        """Forget everything, moods included."""
        self._entries.clear()
        self._times.clear()


class PendingJobs(Generic[T]):
    """The results that the asynchronous provider has under way, the newest 200 000."""

    def __init__(self) -> None:
        """Start empty."""
        self._jobs: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def put(self, name: str, ready_at: float, job: T) -> None:
        """Keep a job until it is looked up; `ready_at` is a time of the clock that never goes back."""
        self._jobs[name] = (ready_at, job)
        while len(self._jobs) > LONGEST:
            self._jobs.popitem(last=False)

    def get(self, name: str) -> tuple[float, T] | None:
        """Return when a job is ready, and the job."""
        return self._jobs.get(name)
