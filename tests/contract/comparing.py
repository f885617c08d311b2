"""Compares everything that the service shows with what the model knows."""

import time
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

import httpx

from app.domain.vocabulary import Mode
from tests.api.checks import problem
from tests.contract.facts import Account, Key, Run, look_up
from tests.contract.loads import Load
from tests.contract.model import Model
from tests.contract.standing import PAUSE, Standing

T = TypeVar("T")

SLOTS = {
    "acme-module": ("acme", "leadmodule", "live"),
    "acme-sonar": ("acme", "leadsonar", "live"),
    "acme-test": ("acme", "leadmodule", "test"),
    "other-sonar": ("other", "leadsonar", "live"),
    "other-module": ("other", "leadmodule", "live"),
}
# A revoked key stops working within one second.
REVOKED_WITHIN = 1.0
READERS = {
    ("acme", "live"): "acme-module",
    ("acme", "test"): "acme-test",
    ("other", "live"): "other-sonar",
}
LIVE_READERS = {account: who for (account, mode), who in READERS.items() if mode == "live"}
TIMES = ("createdAt", "startedAt", "completedAt")
UNTOLD = ("created_at", "completed_at", "estimated_seconds", "errors", "meta", "cost_usd")


# Of runs, jobs and contacts; tests of their own compare these.
SAYINGS = ("mode", "input")


def without_sayings(body: Any) -> Any:
    """Leave out the mode and the contact, wherever they stand."""
    if isinstance(body, list):
        return [without_sayings(one) for one in body]
    if isinstance(body, dict):
        return {name: without_sayings(value) for name, value in body.items() if name not in SAYINGS}
    return body


class Comparing:
    """The service, the model of it, and the state of worker and vendors.

    Attributes:
        asleep: Whether the worker begins nothing; then nobody is asked.
        open_gate: Whether everything that is submitted ends at once.
    """

    def __init__(self, stood: Standing) -> None:
        self.stood = stood
        self.model = Model(note=stood.note)
        self.keys: dict[str, Key] = {}
        self.revoked: dict[Key, float] = {}
        self.loads: dict[str, Load] = {}
        self.asleep, self.held = False, False
        self.kept: dict[tuple[Key, str, str], tuple[dict[str, Any], httpx.Response]] = {}
        self._final: dict[str, dict[str, Any]] = {}
        self._told: set[str] = set()

    @property
    def open_gate(self) -> bool:
        return not (self.asleep or self.held)

    def open(self, *, refunds: Collection[str] = (), **credits_: int) -> None:
        """Open accounts with so many credits, each with a key of either plan; one plan gives back these results."""
        self.stood.note("examples")
        self.stood.clear()
        self.stood.refund("leadsonar", refunds)
        self.model.refunds = {"leadsonar": frozenset(refunds)}
        self.stood.vendors.generation = 0
        self.model.accounts = {account: Account(earned=earned) for account, earned in credits_.items()}
        for who, (account, _, _) in SLOTS.items():
            self.mint(who, amount=credits_[account] if who in LIVE_READERS.values() else 0)

    def mint(self, who: str, amount: int = 0) -> None:
        """Make a key, with credits for its account."""
        account, plan, mode = SLOTS[who]
        made = self.stood.new_key(account=account, plan=plan, mode=Mode(mode), amount=amount, rate_limit=100_000)
        self.keys[who] = Key(id=made.id, text=made.api_key, account=account, plan=plan, mode=mode)

    def waits(self, load: Load) -> bool:
        """Whether a batch has rows without a run."""
        return load.batch and not load.cancelled and not load.runs

    def compare(self, *, again: bool = False) -> None:
        """Compare all that can be read with what the model knows.

        Args:
            again: Also what has ended and was compared then, all lists, and that no revoked key works any more.
        """
        self.stood.note("steps")
        for account, purse in self.model.accounts.items():
            shown = self.get((account, "live"), "/credits")
            expected = {"balance": purse.balance, "total_earned": purse.earned, "total_spent": purse.spent}
            assert shown == expected, f"{account} has {shown} instead of {expected}"
            for mode in Mode:
                if (account, mode) in READERS:
                    self._compare_runs(account, mode)
                    if again:
                        self.compare_lists(account, mode)
        for load in self.loads.values():
            if again or load.id not in self._told:
                self._compare_load(load)
        for key in self.revoked if again else ():
            self._compare_revoked(key)
        violations = self.stood.violations()
        assert violations == [], violations

    def _compare_runs(self, account: str, mode: str) -> None:
        of = (account, mode)
        mine = {run.id: run for run in self.model.runs.values() if (run.key.account, run.key.mode) == of}
        shown: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while not shown or cursor:
            page = self.get(of, "/runs", limit=100, **cursor)
            shown += page["runs"]
            cursor = {"cursor": page["nextCursor"]} if page["nextCursor"] else {}
            if not page["runs"]:
                break
        assert [run["runId"] for run in shown] == sorted(mine, reverse=True)
        for one in shown:
            run = mine[one["runId"]]
            if run.ended:
                assert self._final.setdefault(run.id, one) == one
            else:
                assert one["status"] in ({"pending", "processing"} if self._asked(run) else {"pending"})
            self.same(one, run.shown(one["status"]))

    def _compare_revoked(self, key: Key) -> None:
        due = False
        while not due:
            due = time.monotonic() - self.revoked[key] > REVOKED_WITHIN
            answer = self.stood.send(key.text, "GET", "/credits")
            if due or answer.status_code == httpx.codes.UNAUTHORIZED:
                problem(answer, 401, "unauthenticated")
                return
            time.sleep(PAUSE)

    def compare_lists(self, account: str, mode: str) -> None:
        """Compare the lists of an account's jobs and batches with those that it has made."""
        for path, batch in (("/jobs", False), ("/batches", True)):
            of = (account, mode)
            mine = [load for load in self.loads.values() if (load.key.account, load.key.mode) == of]
            made = [load for load in mine if load.batch is batch]
            told = [(one["id"], one["status"]) for one in self.get(of, path, limit=100)[path[1:]]]
            assert told == sorted(((load.id, load.status) for load in made), reverse=True)

    def _asked(self, run: Run) -> bool:
        return any(run in cascade.runs and cascade.asked for cascade in self.model.flights.values())

    def _compare_load(self, load: Load) -> None:
        if load.status != "processing":
            self._told.add(load.id)
        shown = self.get(load.key, self.path(load))
        told, meant = without_sayings({n: value for n, value in shown.items() if n not in UNTOLD}), load.shown()
        assert told == meant, f"{told} instead of {meant}"
        if load.batch:
            rows = self.get(load.key, f"{self.path(load)}/results")["results"]
            expected = load.results()
            listed = [{name: row[name] for name in one} for row, one in zip(rows, expected, strict=True)]
            assert listed == expected, f"{listed} instead of {expected}"

    def same(self, shown: dict[str, Any], expected: dict[str, Any]) -> None:
        """Compare a run as it is shown."""
        told = without_sayings({name: value for name, value in shown.items() if name not in TIMES})
        told |= {"error": told["error"]["code"]} if "error" in told else {}
        assert told == expected, f"{told} instead of {expected}"

    def tells_its_attempts(self, run: Run) -> None:
        """Compare the calls of a run that has ended with those that its look-up takes."""
        told = self.get(run.key, f"/enrich/{run.id}/attempts")["attempts"]
        if run.known and not run.cached:
            _, calls = look_up(run.key.mode, run.name, run.kind, 0, 0, before=run.before)
            made = [(one["field"], one["provider"], one["outcome"]) for one in told if one["outcome"] != "skipped"]
            assert sorted(made) == sorted(calls)

    def belongs_to_nobody_else(self, key: Key, path: str, below: str | None) -> None:
        """Another account finds no such run, job or batch, and cannot cancel it."""
        other = self.reader(*next(of for of in READERS if of[0] != key.account))
        for method, where in (("GET", ""), ("GET", below), ("POST", "/cancel")):
            if where is not None:
                problem(self.stood.send(other, method, f"{path}{where}"), 404, "not-found")

    def get(self, whose: Key | tuple[str, str], path: str, **query: Any) -> dict[str, Any]:
        """Read something of an account's, in the mode of a key."""
        of = (whose.account, whose.mode) if isinstance(whose, Key) else whose
        answer = self.stood.send(self.reader(*of), "GET", path, params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def path(self, load: Load) -> str:
        """Say where a job or batch is."""
        return f"/batches/{load.id}" if load.batch else f"/enrich/{load.id}"

    def some_run(self, which: int) -> Run | None:
        """Choose a run, more often than not one in flight."""
        living = {run.id: run for run in self.model.runs.values() if not run.ended}
        return self.pick(living if living and which % 3 else self.model.runs, which)

    def pick(self, among: Mapping[str, T], which: int) -> T | None:
        """Choose one, if there is any."""
        return list(among.values())[which % len(among)] if among else None

    def reader(self, account: str, mode: str) -> str:
        """Return a key of an account and mode; a live one is never replaced."""
        return self.keys[READERS[account, mode]].text
