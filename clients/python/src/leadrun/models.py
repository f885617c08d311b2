"""The answers of the API as frozen dataclasses; `raw` keeps the JSON whole, with members that are newer than this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

T = TypeVar("T")
ENDED = ("completed", "failed", "cancelled")


@dataclass(frozen=True, kw_only=True)
class Model:
    """Any answer.

    Attributes:
        raw: The JSON as it came.
    """

    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


class SnakeModel(Model):
    """An answer whose members are written in snake_case."""

    SNAKE: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class RunFault(SnakeModel):
    """Why a run failed."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Validation(SnakeModel):
    """How sure it is that mail to the address arrives: `valid`, `risky`, `invalid` or `unknown`; 0 to 100."""

    status: str
    score: int = 0


@dataclass(frozen=True, kw_only=True)
class RunResult(Model):
    """The values that were found; confidences from 0 to 100."""

    email: str | None = None
    confidence: int | None = None
    provider: str | None = None
    validation: Validation | None = None
    phone: str | None = None
    phone_type: str | None = None
    phone_extension: str | None = None
    phone_confidence: int | None = None
    phone_provider: str | None = None
    phone_validated: bool | None = None


@dataclass(frozen=True, kw_only=True)
class RunData(Model):
    """A run: one contact and what became of it. A run that has ended never changes again.

    Attributes:
        mode: `live` or `test`.
        input: The contact as the server understood it.
        reason: Why nothing was found, where no provider said so.
    """

    run_id: str
    status: str
    result_status: str | None = None
    cached: bool = False
    credits_used: int = 0
    enrichment_type: str = "email"
    mode: str | None = None
    input: Mapping[str, Any] | None = None
    result: RunResult | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    job_id: str | None = None
    reason: str | None = None
    degraded: bool = False
    error: RunFault | None = None
    warnings: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self.status in ENDED

    @property
    def found(self) -> bool:
        """Whether something was found."""
        return self.result_status == "found"

    @property
    def email(self) -> str | None:
        """The address that was found."""
        return self.result.email if self.result else None

    @property
    def email_status(self) -> str | None:
        """Whether mail to the address arrives: `valid`, `risky`, `invalid` or `unknown`; None where there is none."""
        return self.result.validation.status if self.result and self.result.validation else None

    @property
    def phone(self) -> str | None:
        """The number that was found (E.164)."""
        return self.result.phone if self.result else None


@dataclass(frozen=True, kw_only=True)
class Expectation(Model):
    """Why a provider stood where it stood: what asking it was expected to come to, in USD, and how that is known."""

    index_usd: float | None = None
    cost_usd: float = 0.0
    chance: float = 0.0
    seconds: float = 0.0
    observations: float = 0.0
    prior: str = ""
    explored: bool = False
    looked_ahead: bool = False


@dataclass(frozen=True, kw_only=True)
class Attempt(Model):
    """One call of a provider, or why it was skipped; `outcome` is None while the call is under way."""

    provider: str
    tier: str
    field: str
    route: str | None = None
    outcome: str | None = None
    reason: str | None = None
    latency_ms: int | None = None
    cost_usd: float = 0.0
    http_status: int | None = None
    expected: Expectation | None = None


@dataclass(frozen=True, kw_only=True)
class Feedback(Model):
    """A report about values that was taken; `repeated` where it was known."""

    run_id: str
    outcome: str
    fields: tuple[str, ...] = ()
    repeated: bool = False
    credits_refunded: int = 0


@dataclass(frozen=True, kw_only=True)
class EmailFound(SnakeModel):
    """The answer of find_email; `confidence` from 0 to 1, `email` None if none was found."""

    email: str | None
    confidence: float = 0.0
    provider: str | None = None
    verified: bool = False
    cost_credits: int = 0
    mode: str | None = None
    input: Mapping[str, Any] | None = None
    error: RunFault | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PhoneFound(SnakeModel):
    """The answer of find_phone; `phone` (E.164) is None if none was found."""

    phone: str | None
    phone_type: str | None = None
    phone_extension: str | None = None
    provider: str | None = None
    validated: bool = False
    cost_credits: int = 0
    mode: str | None = None
    input: Mapping[str, Any] | None = None
    error: RunFault | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CreditBalance(SnakeModel):
    """The account's credits: `balance = total_earned - total_spent`."""

    balance: int
    total_earned: int
    total_spent: int


@dataclass(frozen=True, kw_only=True)
class Provider(SnakeModel):
    """A provider that the key reaches; `type` is `email`, `phone` or `both`."""

    name: str
    type: str
    tier: str
    enabled: bool = True


@dataclass(frozen=True, kw_only=True)
class UsageRow(Model):
    """Usage of a day (UTC), a provider or a key."""

    day: str | None = None
    provider: str | None = None
    key: str | None = None
    key_prefix: str | None = None
    runs: int = 0
    found: int = 0
    not_found: int = 0
    errors: int = 0
    cached: int | None = None
    credits_used: int | None = None
    cost_usd: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Usage(Model):
    """Usage of the account, from `since` up to `until`, exclusive."""

    since: datetime
    until: datetime
    by: str
    usage: tuple[UsageRow, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """A page of a collection; `cursor` leads to the next one, None on the last."""

    items: Sequence[T]
    cursor: str | None
