"""Places in the readers of uploads: how many files are read at once, and how many of one account."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID


class ReaderPlaces:
    """Some places, of which an account has fewer."""

    def __init__(self, most: int, of_account: int) -> None:
        """Begin with all of them free."""
        self._most, self._of_account = most, of_account
        self._taken: Counter[UUID] = Counter()

    def has_room(self, account: UUID) -> bool:
        """Return whether one is free for an account."""
        return self._taken.total() < self._most and self._taken[account] < self._of_account

    @contextmanager
    def taken(self, account: UUID) -> Iterator[None]:
        """Take one for the time of the block, where there was room."""
        self._taken[account] += 1
        try:
            yield
        finally:
            self._taken[account] -= 1
            # Without those that have none.
            self._taken += Counter()
