"""The structured outputs of the tools, short enough for the context of an assistant."""

from typing import Annotated, Any

from pydantic import Field

from leadrun_mcp.schemas import ToolOutput


class ExpectedRange(ToolOutput):
    """An expectation, with bounds that hold in nine of ten cases."""

    expected: float
    low: float
    high: float


class RowProblem(ToolOutput):
    """A row that is not looked up, counted from 1."""

    row: int
    field: str
    message: str


class QuoteOutput(ToolOutput):
    """The expected finds and cost of a list; nothing was spent."""

    contacts: Annotated[int, Field(description="Rows that would be looked up.")]
    rejected: int = 0
    problems: tuple[RowProblem, ...] = ()
    duplicates: Annotated[int, Field(description="Rows that repeat a contact, which is paid once.")] = 0
    unasked: Annotated[int, Field(description="Rows for which no provider could be asked; they cost nothing.")] = 0
    answered: Annotated[int, Field(description="Contacts that the cache answers at no charge.")] = 0
    credits_at_most: Annotated[int, Field(description="With nothing in the cache; pass it as max_credits.")]
    credits_expected: float | None = None
    found: Annotated[ExpectedRange | None, Field(description="Contacts of whom something is found.")] = None
    cost_usd: Annotated[ExpectedRange | None, Field(description="What the providers charge.")] = None
    seconds: int | None = None
    columns_ignored: tuple[str, ...] = ()
    understood: Annotated[
        tuple[dict[str, Any], ...], Field(description="The first contacts as they would be asked for.")
    ] = ()
    warnings: tuple[str, ...] = ()


class LookupOutput(ToolOutput):
    """A look-up; without a run_id it was a dry run, and `quote` says what it may cost."""

    run_id: str | None = None
    status: Annotated[str, Field(description="pending, processing, completed, failed, cancelled, or dry_run.")]
    result_status: Annotated[str | None, Field(description="found, not_found or error, once it has ended.")] = None
    email: str | None = None
    email_validation: Annotated[str | None, Field(description="valid, risky, invalid or unknown.")] = None
    email_confidence: Annotated[int | None, Field(description="0 to 100.")] = None
    email_provider: str | None = None
    phone: Annotated[str | None, Field(description="E.164.")] = None
    phone_type: str | None = None
    phone_confidence: int | None = None
    phone_provider: str | None = None
    credits_used: int = 0
    cached: bool = False
    degraded: Annotated[bool, Field(description="Some providers failed, so that it may be found later.")] = False
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    quote: QuoteOutput | None = None
    next_step: str | None = None


class BatchOutput(ToolOutput):
    """A list that is looked up; without a batch_id it was a dry run, and `quote` says what it may cost."""

    batch_id: str | None = None
    status: Annotated[str, Field(description="processing, completed, cancelled, or dry_run.")]
    total: int = 0
    completed: int = 0
    rejected: int = 0
    problems: tuple[RowProblem, ...] = ()
    emails_found: int = 0
    phones_found: int = 0
    not_found: int | None = None
    credits_reserved: int = 0
    credits_used: int = 0
    cost_usd: float | None = None
    estimated_seconds: int | None = None
    warnings: tuple[str, ...] = ()
    quote: QuoteOutput | None = None
    next_step: str | None = None


class ResultOutput(ToolOutput):
    """A run, or a batch with its first rows."""

    run: LookupOutput | None = None
    batch: BatchOutput | None = None
    rows: Annotated[
        tuple[dict[str, Any], ...], Field(description="First rows of the batch, own members included.")
    ] = ()
    more_rows: Annotated[bool, Field(description="Whether the batch has more rows than are shown.")] = False


class ExplainedStep(ToolOutput):
    """One provider of the cascade, in the order in which they were asked."""

    provider: str
    field: str
    tier: str
    outcome: Annotated[str | None, Field(description="hit, miss, rejected, error, timeout or rate_limited.")] = None
    reason: str | None = None
    why_here: Annotated[str | None, Field(description="Why it stood in this place.")] = None
    cost_usd: float = 0.0
    seconds: float | None = None


class ExplainOutput(ToolOutput):
    """How a run was looked up: whom it asked, in which order, why, and what that cost."""

    run_id: str
    status: str
    result_status: str | None = None
    waterfall: Annotated[str, Field(description="The name of the rules that ordered the providers.")]
    email_strategy: str
    phone_strategy: str
    cost_usd: Annotated[float, Field(description="What the providers charged in all.")]
    credits_used: int
    cached: bool
    steps: Annotated[tuple[ExplainedStep, ...], Field(description="The providers that were asked.")]
    skipped: Annotated[dict[str, tuple[str, ...]], Field(description="Those that were not, by the reason.")]


class UsedRow(ToolOutput):
    """Usage of a day (UTC), a provider or a key; by provider a run counts where that was called for it."""

    name: str
    runs: int
    found: int
    not_found: int
    errors: int
    cached: int | None = None
    credits_used: int | None = None
    cost_usd: float


class UsageOutput(ToolOutput):
    """The account's credits, and what it used."""

    balance: int
    total_earned: int
    total_spent: int
    since: str
    until: str
    by: str
    usage: tuple[UsedRow, ...]
