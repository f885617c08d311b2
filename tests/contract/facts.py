"""What the model speaks of: accounts, keys, runs, and what looking up each of the played people comes to."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.contract.played import ERROR, HIT, Word, address, asked_for, known_of, number

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
    """What a look-up came to.

    Attributes:
        parts: For each field properly answered what was found, None for nobody.
        asked: Whether there was anybody to ask.
        at: How many ends there were before.
        missed: Fields and providers that know nobody.
        paid: Whether it was charged.
    """

    parts: Parts
    degraded: bool = False
    asked: bool = True
    at: int = 0
    missed: frozenset[tuple[str, str]] = frozenset()
    paid: bool = False

    def about(self, kind: str) -> "Known | None":
        """Return what it says about the fields of a type; None when nobody has answered for any of them."""
        parts = {name: self.parts[name] for name in FIELDS[kind] if name in self.parts}
        if not parts:
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
    before: frozenset[tuple[str, str]] = frozenset()

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
            shown["error"] = "all_providers_failed" if known.asked else "no_provider_usable"
        return shown


def left(mode: str, name: str, kind: str, missed: frozenset[tuple[str, str]]) -> bool:
    """Whether there is anybody to ask who has not said that it knows nobody."""
    return any((wanted, who) not in missed for wanted in FIELDS[kind] for who, _ in asked_for(mode, name, wanted))


def look_up(
    mode: str, name: str, kind: str, generation: int, at: int, *, before: frozenset[tuple[str, str]] = frozenset()
) -> tuple[Known, list[tuple[str, str, str]]]:
    """Ask the vendors in their order; answers what it comes to, and the calls as field, provider and outcome."""
    parts: Parts = {}
    words: list[Word] = []
    calls: list[tuple[str, str, str]] = []
    missed = set(before)
    for wanted in FIELDS[kind]:
        if any((wanted, provider) in before for provider, _ in asked_for(mode, name, wanted)):
            parts[wanted] = None
        for provider, column in asked_for(mode, name, wanted):
            if (wanted, provider) in before:
                continue
            word: Word = getattr(known_of(name), column)
            words.append(word)
            calls.append((wanted, provider, word.value))
            if word is HIT:
                parts[wanted] = (_email if wanted == "email" else _phone)(name, provider, generation)
                break
            if word is not ERROR:
                parts[wanted] = None
                missed.add((wanted, provider))
    degraded = bool(parts) and not any(parts.values()) and ERROR in words
    return Known(parts=parts, degraded=degraded, asked=bool(calls), at=at, missed=frozenset(missed)), calls


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
