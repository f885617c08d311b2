"""GET /providers: the providers that a key reaches."""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.json_body import Query
from app.api.http.pagination import choice_of
from app.api.openapi.operation import DocumentedResponse, operation
from app.api.openapi.parameters import parameter
from app.domain.errors import InvalidInputError
from app.domain.vocabulary import Tier


class ProviderBody(Struct, kw_only=True):
    """A provider that this key reaches."""

    name: str
    type: Literal["email", "phone", "both", "verify"]
    tier: Tier
    enabled: bool
    reason: Annotated[
        str | UnsetType, Meta(description="Why it is not asked although it is set up; absent elsewhere.")
    ] = UNSET


class ProvidersBody(Struct, kw_only=True):
    """Every provider, by tier."""

    providers: list[ProviderBody]
    total_enabled: Annotated[int, Meta(ge=0)]


class ProviderKind(StrEnum):
    """The reason why providers are listed."""

    FIND = "find"
    VERIFY = "verify"


_KIND = parameter(
    "query",
    "kind",
    "`find` lists who finds addresses and numbers, `verify` who verifies addresses.",
    {"type": "string", "enum": [kind.value for kind in ProviderKind], "default": ProviderKind.FIND.value},
)


@operation(
    "GET",
    "/providers",
    parameters=(_KIND,),
    answers={200: DocumentedResponse(description="Providers.", schema=ProvidersBody)},
    refuses=(InvalidInputError,),
)
async def list_providers(request: AuthenticatedRequest) -> ProvidersBody:
    """List the providers that find something, or those that verify e-mail addresses."""
    query = Query(request.http)
    kind = choice_of(query, "kind", ProviderKind)
    query.check()
    registry, mode = request.dependencies.registry, request.principal.mode
    listed = registry.verifiers(mode) if kind is ProviderKind.VERIFY else registry.listing(mode)
    return ProvidersBody(
        providers=[
            ProviderBody(name=p.name, type=p.type, tier=p.tier, enabled=p.enabled, reason=p.reason or UNSET)
            for p in listed
        ],
        total_enabled=sum(p.enabled for p in listed),
    )
