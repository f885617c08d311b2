"""Options of a look-up: what to find, which providers may be asked, and what the client gets at the end."""

from decimal import Decimal

import msgspec

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
    """

    type: EnrichmentType = EnrichmentType.EMAIL
    only_providers: tuple[str, ...] | None = None
    max_cost_usd: Decimal | None = None
    force_refresh: bool = False
    webhook_url: str | None = None
    metadata: msgspec.Raw = NO_METADATA
