"""GET /providers: the providers that a key reaches."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.api.http.authentication import AuthenticatedRequest
from app.api.openapi.operation import DocumentedResponse, operation
from app.domain.vocabulary import Tier


class ProviderBody(Struct, kw_only=True):
    """A provider that this key reaches."""

    name: str
    type: Literal["email", "phone", "both"]
    tier: Tier
    enabled: bool


class ProvidersBody(Struct, kw_only=True):
    """Every provider, by tier."""

    providers: list[ProviderBody]
    total_enabled: Annotated[int, Meta(ge=0)]


@operation("GET", "/providers", answers={200: DocumentedResponse(description="Providers.", schema=ProvidersBody)})
async def list_providers(request: AuthenticatedRequest) -> ProvidersBody:
    """List the providers."""
    listed = request.dependencies.registry.listing(request.principal.mode)
    return ProvidersBody(
        providers=[ProviderBody(name=p.name, type=p.type, tier=p.tier, enabled=p.enabled) for p in listed],
        total_enabled=sum(p.enabled for p in listed),
    )
