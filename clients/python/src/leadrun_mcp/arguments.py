"""The arguments of the tools."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from leadrun_mcp.schemas import ToolArguments

LONGEST_WAIT = 120
MOST_ROWS = 100
_Text = Annotated[str, Field(max_length=500)]
FindableField = Literal["email", "phone"]


class SpendArguments(ToolArguments):
    """Options that bound the cost of a look-up, and choose its providers."""

    max_cost_usd: Annotated[
        float | None, Field(gt=0, description="US dollars that providers may charge for each contact.")
    ] = None
    providers: Annotated[
        list[_Text] | None, Field(max_length=50, description="Only these providers, in this order.")
    ] = None
    waterfall: Annotated[
        _Text | None,
        Field(description="Rules that order the providers: tiers, cheapest, fastest, or one of the account."),
    ] = None

    def spend(self) -> dict[str, Any]:
        """Return these options by the client's names."""
        return {"max_cost_usd": self.max_cost_usd, "providers": self.providers, "waterfall": self.waterfall}


class PersonArguments(SpendArguments):
    """A person to look up. A name with a company, or a LinkedIn profile, is enough."""

    first_name: _Text | None = None
    last_name: _Text | None = None
    full_name: Annotated[_Text | None, Field(description="Instead of first and last name.")] = None
    company_domain: Annotated[_Text | None, Field(description="Such as acme.example; better than a name.")] = None
    company_name: _Text | None = None
    linkedin_url: Annotated[_Text | None, Field(description="The person's profile.")] = None
    max_credits: Annotated[
        int | None, Field(ge=0, description="Refuse, and spend nothing, where it may cost more credits.")
    ] = None
    dry_run: Annotated[bool, Field(description="Only say what it may find and cost; nothing is spent.")] = False
    wait_seconds: Annotated[
        int, Field(ge=0, le=LONGEST_WAIT, description="For the result; what is not done by then goes on.")
    ] = 45

    def contact(self) -> dict[str, Any]:
        """Return the members of the contact that are given."""
        names = ("first_name", "last_name", "full_name", "company_domain", "company_name", "linkedin_url")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


class ContactArguments(PersonArguments):
    """A person, and what to look for."""

    enrichment_type: Annotated[Literal["email", "phone", "all"], Field(description="all is both.")] = "email"


class ListSource(SpendArguments):
    """A list of people: rows, or the text of a file."""

    rows: Annotated[
        list[dict[str, Any]] | None,
        Field(
            min_length=1,
            max_length=1000,
            description="People, such as {first_name, last_name, company_domain}; other members come back untouched.",
        ),
    ] = None
    text: Annotated[str | None, Field(min_length=1, description="A file's text, instead of rows.")] = None
    format: Annotated[Literal["csv", "tsv", "ndjson", "json"], Field(description="Of the text.")] = "csv"
    fields: Annotated[tuple[FindableField, ...], Field(min_length=1, max_length=2, description="What to look for.")] = (
        "email",
    )

    @model_validator(mode="after")
    def _one_source(self) -> "ListSource":
        if (self.rows is None) == (self.text is None):
            raise ValueError("give rows or text, one of them")
        return self

    def query(self) -> Mapping[str, str]:
        """Return the options as the parameters of an upload."""
        options = {
            "fields": ",".join(dict.fromkeys(self.fields)),
            "providers": ",".join(self.providers) if self.providers else None,
            "waterfall": self.waterfall,
            "max_cost_usd": None if self.max_cost_usd is None else str(self.max_cost_usd),
        }
        return {name: value for name, value in options.items() if value is not None}


class ListArguments(ListSource):
    """A list of people to look up."""

    max_credits: Annotated[
        int | None,
        Field(ge=0, description="Credits that the list may cost in all; needed where it may cost any. See quote."),
    ] = None
    dry_run: Annotated[bool, Field(description="Only say what it may find and cost; nothing is spent.")] = False


class ResultArguments(ToolArguments):
    """The run or batch to read."""

    id: Annotated[UUID, Field(description="The run_id of a look-up, or the batch_id of a list.")]
    wait_seconds: Annotated[int, Field(ge=0, le=LONGEST_WAIT, description="For its end.")] = 0
    rows: Annotated[int, Field(ge=0, le=MOST_ROWS, description="First rows of a batch to show.")] = 20


class ExplainArguments(ToolArguments):
    """The run to explain."""

    run_id: UUID


class UsageArguments(ToolArguments):
    """The usage to read."""

    by: Annotated[Literal["day", "provider", "key"], Field(description="What a row stands for.")] = "provider"
    since: Annotated[_Text | None, Field(description="Such as 2026-11-01T00:00:00Z; 30 days before the end.")] = None
    until: Annotated[_Text | None, Field(description="The end, exclusive; now.")] = None
