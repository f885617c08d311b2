"""Options of a look-up: what to find, which providers may be asked, and what the client gets at the end."""

from decimal import Decimal
from typing import Any

import msgspec

from app.domain.vocabulary import EnrichmentType


class LookupOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options that a request states for its contact, or for each of its contacts.

    Attributes:
        only_providers: Names of the only providers that may be asked, in the order to ask them.
        max_cost_usd: The most that providers may charge for a contact, in US dollars.
        force_refresh: Whether the cache is passed over.
        webhook_url: Where the end is posted; checked before it gets here.
        metadata: The client's own JSON object, returned untouched.
    """

    type: EnrichmentType = EnrichmentType.EMAIL
    only_providers: tuple[str, ...] | None = None
    max_cost_usd: Decimal | None = None
    force_refresh: bool = False
    webhook_url: str | None = None
    metadata: dict[str, Any] = {}
