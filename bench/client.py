"""The API client of the bench: waits for the end of runs, and reads their results."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import msgspec

PAUSE = 0.25
PATIENCE = 600.0
PAGE = 100


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it ended; times in seconds since 1970."""

    id: str
    status: str
    result: str
    accepted: float
    ended: float


class Client:
    """An account's view of the API."""

    def __init__(self, url: str, key: str) -> None:
        """Open the connection."""
        self._http = httpx.Client(
            base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=30
        )

    def wait(self, look: Callable[[], None] = lambda: None) -> None:
        """Wait until no run of the account is pending or being processed; `look` is called again and again meanwhile.

        Raises:
            TimeoutError: When that takes longer than ten minutes.
        """
        until = time.monotonic() + PATIENCE
        while self._open():
            if time.monotonic() > until:
                raise TimeoutError("the runs did not end")
            look()
            time.sleep(PAUSE)

    def runs(self, newest: int | None = None) -> list[Ran]:
        """Read every run of the account, or the newest ones, which come first; all must have ended."""
        found: list[Ran] = []
        cursor: str | None = ""
        while cursor is not None and (newest is None or len(found) < newest):
            page = self.get("/runs", limit=str(PAGE), **({"cursor": cursor} if cursor else {}))
            found += [_ran(run) for run in page["runs"]]
            cursor = page["nextCursor"]
        return found[:newest]

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Read a resource."""
        answer = self._http.get(path, params=query)
        answer.raise_for_status()
        return dict(answer.json())

    def _open(self) -> bool:
        return any(self.get("/runs", status=status, limit="1")["runs"] for status in ("pending", "processing"))


def seconds(timestamp: str) -> float:
    """Read a time of the API (ISO 8601, UTC, milliseconds)."""
    return datetime.fromisoformat(timestamp).timestamp()


def _ran(run: dict[str, Any]) -> Ran:
    return Ran(
        id=run["runId"],
        status=run["status"],
        result=run["resultStatus"],
        accepted=seconds(run["createdAt"]),
        ended=seconds(run["completedAt"]),
    )
