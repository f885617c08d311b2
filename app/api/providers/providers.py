"""GET /providers: the providers that a key reaches."""

from litestar.response.base import ASGIResponse

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.responses import json_answer
from app.api.openapi.operation import DocumentedResponse, operation
from app.api.openapi.schemas_service import Providers


@operation("GET", "/providers", answers={200: DocumentedResponse(description="Providers.", schema=Providers)})
async def list_providers(request: AuthenticatedRequest) -> ASGIResponse:
    """List the providers."""
    listed = request.dependencies.registry.listing(request.principal.mode)
    return json_answer(
        {
            "providers": [{"name": p.name, "type": p.type, "tier": p.tier.value, "enabled": p.enabled} for p in listed],
            "total_enabled": sum(p.enabled for p in listed),
        }
    )
