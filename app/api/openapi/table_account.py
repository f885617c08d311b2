"""Operations on the account: credits and providers."""

from app.api.accounts import account
from app.api.openapi import schemas_service
from app.api.openapi.operation import DocumentedResponse, Operation

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path="/api/v1/credits",
        handler=account.credits,
        id="getCredits",
        tag="Account",
        summary="Show the balance",
        answers={200: DocumentedResponse(description="Credits.", schema=schemas_service.CreditBalance)},
    ),
    Operation(
        method="GET",
        path="/api/v1/providers",
        handler=account.providers,
        id="listProviders",
        tag="Account",
        summary="List the providers",
        answers={200: DocumentedResponse(description="Providers.", schema=schemas_service.Providers)},
    ),
)
