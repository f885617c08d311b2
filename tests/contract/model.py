"""What the service must answer, as the contract says it: accounts, cache and look-ups in flight as dictionaries."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.contract.played import ASKED, ERROR, HIT, PEOPLE, Word, address, number

FIELDS = {"email": ("email",), "phone": ("phone",), "all": ("email", "phone")}
PRICES = {"leadmodule": {"email": 1, "phone": 1, "all": 1}, "leadsonar": {"email": 1, "phone": 5, "all": 6}}
CONFIDENCE = {"datagma": 95, "hunter": 97, "sandbox-mail": 88}

Parts = dict[str, dict[str, Any] | None]


@dataclass(kw_only=True)
class Account:
    """Credits; each look-up's charge is returned or not, never changed."""

    earned: int
    spent: int = 0

    @property
    def balance(self) -> int:
        return self.earned - self.spent


@dataclass(frozen=True, kw_only=True)
class Key:
    """Who asks: decides account, prices and mode."""

    id: UUID
    text: str
    account: str
    plan: str
    mode: str

    def price(self, kind: str) -> int:
        return 0 if self.mode == "test" else PRICES[self.plan][kind]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a look-up came to: for each field properly answered what was found, None for nobody; `at` counts ends."""

    parts: Parts
    degraded: bool = False
    at: int = 0

    def about(self, kind: str) -> "Known | None":
        """Tell what it says about the fields of a type; None when one of them must be looked up."""
        parts = {name: self.parts[name] for name in FIELDS[kind] if name in self.parts}
        whole = len(parts) == len(FIELDS[kind])
        if not parts or not (whole or any(parts.values())):
            return None
        return Known(parts=parts, degraded=self.degraded and not any(parts.values()), at=self.at)

    @property
    def status(self) -> str:
        if not self.parts:
            return "error"
        return "found" if any(self.parts.values()) else "not_found"

    @property
    def result(self) -> dict[str, Any] | None:
        """What a run shows."""
        shown = {name: value for part in self.parts.values() if part for name, value in part.items()}
        return shown or None


@dataclass(kw_only=True)
class Run:
    """One run; `known` once it has ended with a result."""

    id: str
    key: Key
    name: str
    kind: str
    metadata: dict[str, Any]
    job_id: str | None = None
    credits: int = 0
    cached: bool = False
    cancelled: bool = False
    known: Known | None = None

    @property
    def ended(self) -> bool:
        return self.cancelled or self.known is not None

    @property
    def status(self) -> str:
        if self.cancelled:
            return "cancelled"
        return {"error": "failed"}.get(self.known.status, "completed") if self.known else "in flight"

    def shown(self, status: str) -> dict[str, Any]:
        """Return what GET shows less times and sentences; `status` is what it says, which in flight may vary."""
        known = self.known
        shown: dict[str, Any] = {
            "runId": self.id,
            "status": self.status if self.ended else status,
            "resultStatus": known.status if known else None,
            "cached": self.cached,
            "creditsUsed": self.credits,
            "enrichmentType": self.kind,
            "result": known.result if known else None,
            "metadata": self.metadata,
        }
        if self.job_id:
            shown["jobId"] = self.job_id
        if known and known.degraded:
            shown["degraded"] = True
        if known and known.status == "error":
            shown["error"] = "all_providers_failed"
        return shown


@dataclass(kw_only=True)
class Cascade:
    """A look-up in flight and the runs that wait for it; `asked` once a vendor was called."""

    runs: list[Run] = field(default_factory=list)
    asked: bool = False


def look_up(mode: str, name: str, kind: str, generation: int, at: int) -> tuple[Known, list[tuple[str, str, str]]]:
    """Ask the vendors in their order; answers what it comes to, and the calls as field, provider and outcome."""
    parts: Parts = {}
    words: list[Word] = []
    calls: list[tuple[str, str, str]] = []
    for wanted in FIELDS[kind]:
        for provider, column in ASKED[mode][wanted]:
            word: Word = getattr(PEOPLE[name], column)
            words.append(word)
            calls.append((wanted, provider, word.value))
            if word is HIT:
                parts[wanted] = (_email if wanted == "email" else _phone)(name, provider, generation)
                break
            if word is not ERROR:
                parts[wanted] = None
    degraded = bool(parts) and not any(parts.values()) and ERROR in words
    return Known(parts=parts, degraded=degraded, at=at), calls


def _email(name: str, provider: str, generation: int) -> dict[str, Any]:
    return {
        "email": address(name, generation),
        "confidence": CONFIDENCE[provider],
        "provider": provider,
        "validation": {"status": "valid", "score": 100},
    }


def _phone(name: str, provider: str, generation: int) -> dict[str, Any]:
    return {
        "phone": number(name, generation),
        "phoneType": "mobile" if provider == "sandbox-dial" else "unknown",
        "phoneConfidence": 50,
        "phoneProvider": provider,
        "phoneValidated": True,
    }


class Model:
    """Everything that the service should know; `note` is told which situations come up."""

    def __init__(self, note: Callable[[str], object]) -> None:
        self._note = note
        self.accounts: dict[str, Account] = {}
        self.runs: dict[str, Run] = {}
        self.flights: dict[tuple[str, str, str, str], Cascade] = {}
        self.cache: dict[tuple[str, str, str], dict[str, Known]] = {}
        self.ends = 0

    def cached(self, key: Key, name: str, kind: str, *, since: int = -1) -> Known | None:
        """Return the newest answer from the cache that ended after `since`, if there is one."""
        entries = self.cache.get((key.account, key.mode, name), {})
        told = [entry.about(kind) for of, entry in entries.items() if of in {kind, "all"} and entry.at > since]
        return max((known for known in told if known), key=lambda known: known.at, default=None)

    def required(self, key: Key, names: list[str], kind: str, *, force: bool) -> int:
        """Tell what submitting these contacts together costs: once for each that is neither known nor in flight."""
        fresh = {
            name
            for name in names
            if (key.account, key.mode, name, kind) not in self.flights and (force or not self.cached(key, name, kind))
        }
        return key.price(kind) * len(fresh)

    def accept(self, run: Run, *, force: bool = False, since: int | None = None) -> Run:
        """Accept one contact: answered from the cache, joined, or charged.

        Args:
            run: As it was submitted.
            force: Whether the cache is passed over.
            since: Of a batch that forces a refresh: what ended later answers all the same.
        """
        key, place = run.key, (run.key.account, run.key.mode, run.name, run.kind)
        known = self.cached(key, run.name, run.kind, since=-1 if since is None else since)
        self.runs[run.id] = run
        if known and not (force and since is None):
            self._note("cached")
            run.known, run.cached = known, True
        elif place in self.flights:
            self._note("joined, asked" if self.flights[place].asked else "joined, not asked")
            self.flights[place].runs.append(run)
        else:
            self._note("looked up again" if known else "looked up")
            run.credits = key.price(run.kind)
            self.accounts[key.account].spent += run.credits
            self.flights[place] = Cascade(runs=[run])
        return run

    def cancel(self, chosen: list[Run]) -> None:
        """Cancel runs: credits come back unless a vendor was called; another that waits on pays then, at its price."""
        for place, cascade in list(self.flights.items()):
            mine = [run for run in cascade.runs if run in chosen]
            others = [run for run in cascade.runs if run not in chosen]
            for run in mine:
                run.cancelled = True
                if run.credits and not cascade.asked:
                    self._note("cancelled, another pays" if others else "cancelled, credits back")
                    back = run.credits
                    for heir in sorted(others, key=lambda run: run.id)[:1]:
                        heir.credits = min(back, heir.key.price(heir.kind))
                        back -= heir.credits
                    self.accounts[run.key.account].spent -= back
                    run.credits = 0
                elif run.credits:
                    self._note("cancelled, asked already")
            cascade.runs = others
            if not others:
                del self.flights[place]

    def take(self) -> None:
        """Let every look-up reach a vendor."""
        for cascade in self.flights.values():
            cascade.asked = True

    def settle(self, generation: int) -> None:
        """End every look-up."""
        self.ends += 1
        for (account, mode, name, kind), cascade in self.flights.items():
            known, _ = look_up(mode, name, kind, generation, self.ends)
            for run in cascade.runs:
                run.known = known
            if known.parts:
                self.cache.setdefault((account, mode, name), {})[kind] = known
        self.flights.clear()
