"""The body of a quote: the preview of a list, and what it is expected to come to."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from app.dialects.batches.schemas import BatchPreviewBody
from app.dialects.timestamp import Timestamp

_Amount = Annotated[float, Meta(ge=0)]


class QuoteInterval(Struct, kw_only=True):
    """An expectation, and bounds that hold in nine of ten cases."""

    expected: _Amount
    low: _Amount
    high: _Amount


class QuoteCredits(Struct, kw_only=True):
    """The credits of a list."""

    expected: Annotated[float, Meta(ge=0, description="With refunds of the plan, and without contacts in the cache.")]
    low: Annotated[int, Meta(ge=0)]
    high: Annotated[int, Meta(ge=0, description="Where a batch with `stop_at_quote` is stopped.")]
    at_most: Annotated[int, Meta(ge=0, description="The price of all contacts, none of them in the cache.")]


class QuoteBody(BatchPreviewBody, kw_only=True):
    """A quote of a list: the preview, and what it is expected to come to; nothing was asked or charged."""

    quote_id: Annotated[
        UUID | None, Meta(description="By which a batch or job refers to it; null where no row is good.")
    ]
    expires_at: Annotated[Timestamp, Meta(description="Until then it can be referred to.")]
    answered: Annotated[int, Meta(ge=0, description="Contacts that the cache answers; they cost nothing.")]
    found: Annotated[
        QuoteInterval, Meta(description="Contacts of whom anything is found, those in the cache included.")
    ]
    cost_usd: Annotated[
        QuoteInterval,
        Meta(description="What the providers charge; a batch with `stop_at_quote` is stopped at the upper bound."),
    ]
    credits: QuoteCredits
    seconds: Annotated[int, Meta(ge=0, description="Until the last contact has ended, if it were submitted now.")]
