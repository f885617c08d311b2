"""Options of a look-up: what to find, which providers may be asked, and what the client gets at the end."""

from decimal import Decimal
from uuid import UUID

import msgspec

from app.domain.order.waterfall import BUILT_IN, TIERS, Waterfall
from app.domain.vocabulary import EnrichmentType

# Metadata stays text, for other forms lose the order of members, numbers such as 1.10 and the sign of -0.0.
NO_METADATA = msgspec.Raw(b"{}")


class LookupOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options that a request states for its contact, or for each of its contacts.

    Attributes:
        only_providers: Names of the only providers that may be asked, in the order to ask them.
        max_cost_usd: The most that providers may charge for a contact, in US dollars.
        force_refresh: Whether the cache is passed over.
        webhook_url: Where the end is posted; checked before it gets here.
        metadata: The client's own JSON object as it is written, without blanks between its parts.
        waterfall_name: The waterfall that the request names.
        quote_id: The quote by which a list is submitted.
        stop_at_quote: Whether the list is stopped at the quote's upper bounds.
        waterfall: The one that holds; None is the published order, tier by tier.
    """

    type: EnrichmentType = EnrichmentType.EMAIL
    only_providers: tuple[str, ...] | None = None
    max_cost_usd: Decimal | None = None
    force_refresh: bool = False
    webhook_url: str | None = None
    metadata: msgspec.Raw = NO_METADATA
    waterfall_name: str | None = None
    waterfall: Waterfall | None = None
    quote_id: UUID | None = None
    stop_at_quote: bool = False

    def under(self, waterfall: Waterfall) -> "LookupOptions":
        """Return the options under a waterfall; what the request states for itself wins."""
        chosen = waterfall if self.only_providers is None else waterfall.with_providers()
        cost = chosen.max_cost_usd
        changed: LookupOptions = msgspec.structs.replace(
            self,
            waterfall=None if chosen in {TIERS, BUILT_IN[TIERS.name]} else chosen,
            only_providers=chosen.only if self.only_providers is None else self.only_providers,
            max_cost_usd=Decimal(repr(cost)) if self.max_cost_usd is None and cost is not None else self.max_cost_usd,
        )
        return changed
