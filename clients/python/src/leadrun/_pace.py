"""Spaces submissions by what the server says of its rate limit, so that few are refused."""

import re
import threading
from collections.abc import Mapping

_LEFT = re.compile(r'"[^"]*"\s*;(?:.*;)?\s*r=(\d{1,9})')
_UNTIL = re.compile(r";\s*t=(\d{1,9})")


class Pace:
    """The places that are left of the rate limit, shared by all threads of a client.

    The header `RateLimit: "default";r=12;t=31` (draft-ietf-httpapi-ratelimit-headers-11) says how many places are left
    and in how many seconds the next one is free. Without the header nothing waits.
    """

    def __init__(self) -> None:
        """Begin without knowledge."""
        self._lock = threading.Lock()
        self._left: int | None = None
        self._free_at = 0.0
        self._under_way = 0

    def take(self, now: float) -> float:
        """Take a place for a submission; returns 0, or the seconds after which to ask again."""
        with self._lock:
            if self._left is not None and self._left <= 0:
                if now < self._free_at:
                    return self._free_at - now
                # One goes ahead; its answer says how many may follow.
                self._left, self._free_at = 1, now + 1.0
            if self._left is not None:
                self._left -= 1
            self._under_way += 1
            return 0.0

    def note(self, headers: Mapping[str, str], now: float) -> None:
        """Note what the answer to a submission says."""
        with self._lock:
            self._under_way = max(0, self._under_way - 1)
            said = headers.get("ratelimit", "")
            left, until = _LEFT.search(said), _UNTIL.search(said)
            if left is None:
                return
            # The server has not seen yet those that are under way.
            self._left = int(left[1]) - self._under_way
            self._free_at = now + (float(until[1]) if until else 1.0)
