"""GET /credits: the balance of the account."""

from msgspec import Struct

from app.api.http.authentication import AuthenticatedRequest
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.member_types import Credits
from app.usecases.accounts.balance import read_balance


class CreditBalanceBody(Struct, kw_only=True):
    """Always `balance = total_earned - total_spent`."""

    balance: Credits
    total_earned: Credits
    total_spent: Credits


@operation("GET", "/credits", answers={200: DocumentedResponse(description="Credits.", schema=CreditBalanceBody)})
async def get_credits(request: AuthenticatedRequest) -> CreditBalanceBody:
    """Show the balance."""
    found = await read_balance(request.dependencies.services, request.owner)
    return CreditBalanceBody(balance=found.balance, total_earned=found.total_earned, total_spent=found.total_spent)
