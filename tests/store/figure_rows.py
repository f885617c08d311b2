"""Rows of runs and what they asked, made by chance, and their sums as a person would add them up."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random as Chance  # noqa: TID251 - the same each time
from typing import Any
from uuid import UUID

from app.domain.accounts.owner import Owner
from app.domain.vocabulary import Mode
from app.store.database.time_ids import first_id
from app.store.figures.usage import UsageGroup

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEGIN = datetime(2026, 3, 1, 21, 0, tzinfo=UTC)
END = BEGIN + timedelta(hours=28)
# The hours of which something happens; the others are empty.
HOURS = [BEGIN + hours * HOUR for hours in (0, 2, 3, 14, 22, 26, 27)]
OWNERS = [Owner(UUID(int=1), Mode.LIVE), Owner(UUID(int=1), Mode.TEST), Owner(UUID(int=2), Mode.LIVE)]
PROVIDERS = ("hunter", "findymail", "prospeo")
RUNS = 70

Figures = dict[str, tuple[Any, ...]]


def key_of(owner: Owner, number: int) -> UUID:
    return UUID(int=1000 * owner.account_id.int + 100 * (owner.mode is Mode.TEST) + number)


class Rows:
    """Rows of runs and what they asked, made by chance; `chance` is the same each time."""

    def __init__(self) -> None:
        """Make them."""
        self.chance = Chance(13)  # noqa: S311 - makes test data
        self.runs: list[dict[str, Any]] = []
        self.cascades: list[dict[str, Any]] = []
        self.attempts: list[dict[str, Any]] = []
        for number in range(RUNS):
            self._run(number)

    def _run(self, number: int) -> None:
        owner = self.chance.choice(OWNERS)
        within = self.chance.choice([0, 1, 1800 * 10**6, 3600 * 10**6 - 1])
        at = self.chance.choice(HOURS) + timedelta(microseconds=within)
        # Ids of one millisecond differ, and may be behind the time by the clock of another process.
        behind = self.chance.choice([timedelta(), timedelta(), timedelta(minutes=5)])
        run_id = UUID(int=first_id(at - behind).int + (7 << 76) + number)
        of_owner = {"account_id": owner.account_id, "mode": owner.mode.value, "created_at": at}
        joined = [one for one in self.cascades if (one["account_id"], one["mode"]) == (owner.account_id, owner.mode)]
        cached, goes_on = self.chance.random() < 0.2, self.chance.random() < 0.1
        cascade_id = None
        if not cached and joined and self.chance.random() < 0.3:
            cascade_id = self.chance.choice(joined)["id"]
        elif not cached:
            cascade_id = run_id
            self.cascades.append(of_owner | {"id": run_id, "open": goes_on})
            self._attempts(run_id, goes_on=goes_on)
        result = None if goes_on else self.chance.choice(["found", "not_found", "error"])
        paid = {"cached": cached, "credits_used": self.chance.choice([0, 1, 7]), "result_status": result}
        key = {"id": run_id, "key_id": key_of(owner, number % 2), "cascade_id": cascade_id}
        self.runs.append(of_owner | paid | key | {"ended_at": None if goes_on else at})

    def _attempts(self, cascade_id: UUID, *, goes_on: bool) -> None:
        missed: list[str] = []
        for provider in self.chance.sample(PROVIDERS, self.chance.randrange(4)):
            for field in self.chance.sample(["email", "phone"], self.chance.choice([1, 1, 2])):
                outcome = None if goes_on else self.chance.choice(["hit", "miss", "rejected", "timeout"])
                late = {"cost_usd": "0.25"} if outcome == "timeout" and self.chance.random() < 0.5 else None
                self.attempts.append({
                    "cascade_id": cascade_id, "provider": provider, "field": field, "outcome": outcome,
                    "cost_usd": Decimal(self.chance.randrange(100)) / 1000, "late_result": late,
                    "latency_ms": self.chance.choice([None, 7, 120, 2300]) if outcome else None,
                    "missed_before": list(missed), "answer": {"status": self.chance.choice(["valid", "risky"])},
                })  # fmt: skip
            missed.append(provider)


def sums_of_runs(rows: Rows, owner: Owner, since: datetime, until: datetime, by: UsageGroup) -> Figures:
    """Add up by day or key as a person would: each run, and the charges of the cascades that it has started."""
    found: dict[str, list[Any]] = {}
    for run, started in _started(rows, owner, since, until):
        group = str(run["created_at"].date()) if by is UsageGroup.DAY else str(run["key_id"])
        mine = found.setdefault(group, [0, 0, 0, 0, 0, 0, Decimal(0)])
        results = [run["result_status"] == one for one in ("found", "not_found", "error")]
        for place, count in enumerate([True, *results, run["cached"], run["credits_used"]]):
            mine[place] += count
        mine[6] += sum(map(_usd, started))
    return {group: (*counts[:6], float(counts[6])) for group, counts in found.items()}


def sums_of_providers(rows: Rows, owner: Owner, since: datetime, until: datetime) -> Figures:
    found: dict[str, list[Any]] = {}
    for _, started in _started(rows, owner, since, until):
        for provider in {one["provider"] for one in started}:
            calls = [one for one in started if one["provider"] == provider]
            outcomes = {one["outcome"] for one in calls}
            mine = found.setdefault(provider, [0, 0, 0, 0, Decimal(0)])
            hit, missed = "hit" in outcomes, bool(outcomes & {"miss", "rejected"})
            ended = None not in outcomes
            for place, count in enumerate([True, hit, not hit and missed, not hit and not missed and ended]):
                mine[place] += count
            mine[4] += sum(map(_usd, calls))
    return {group: (*counts[:4], float(counts[4])) for group, counts in found.items()}


def _started(rows: Rows, owner: Owner, since: datetime, until: datetime) -> Iterable[tuple[dict[str, Any], list[Any]]]:
    first: dict[UUID, UUID] = {}
    for run in sorted(rows.runs, key=lambda one: one["id"]):
        if run["cascade_id"]:
            first.setdefault(run["cascade_id"], run["id"])
    for run in rows.runs:
        if (run["account_id"], run["mode"]) == (owner.account_id, owner.mode) and since <= run["created_at"] < until:
            has_started = first.get(run["cascade_id"]) == run["id"]
            yield run, [one for one in rows.attempts if has_started and one["cascade_id"] == run["cascade_id"]]


def _usd(attempt: dict[str, Any]) -> Decimal:
    return Decimal(attempt["cost_usd"]) + Decimal((attempt["late_result"] or {}).get("cost_usd", 0))


def sums_of_standings(rows: Rows, account_id: UUID | None, since: datetime, until: datetime) -> Figures:
    """Add up the ended calls of live cascades by field and provider; every other figure is of the same kind."""
    mine = {
        one["id"]
        for one in rows.cascades
        if one["mode"] == Mode.LIVE and account_id in {None, one["account_id"]} and since <= one["created_at"] < until
    }
    found: dict[str, list[dict[str, Any]]] = {}
    for one in rows.attempts:
        if one["cascade_id"] in mine and one["outcome"]:
            found.setdefault(f"{one['field']} {one['provider']}", []).append(one)
    figures: Figures = {}
    for group, calls in found.items():
        times = sorted(one["latency_ms"] for one in calls if one["latency_ms"] is not None)
        proper = [one for one in calls if one["outcome"] != "timeout"]
        missed_by = Counter(name for one in proper for name in one["missed_before"])
        figures[group] = (
            len(calls),
            sum(one["outcome"] == "hit" for one in calls),
            len(calls) - len(proper),
            sum(not one["missed_before"] for one in proper),
            float(sum(map(_usd, calls))),
            times[(len(times) + 1) // 2 - 1] if times else None,
            tuple(sorted(missed_by.items())),
        )
    return figures
