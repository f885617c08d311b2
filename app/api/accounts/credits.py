"""GET /credits: the balance of the account."""

from app.api.http.authentication import AuthenticatedRequest
from app.api.openapi.operation import DocumentedResponse, operation
from app.api.openapi.schemas_service import CreditBalance
from app.usecases.accounts.balance import AccountBalance, read_balance


@operation("GET", "/credits", answers={200: DocumentedResponse(description="Credits.", schema=CreditBalance)})
async def get_credits(request: AuthenticatedRequest) -> AccountBalance:
    """Show the balance."""
    return await read_balance(request.dependencies.services, request.account_id)
