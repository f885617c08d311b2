"""/webhooks/secret: the secret that signs the account's webhooks, shown and rotated."""

from litestar.response.base import ASGIResponse

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.responses import json_answer
from app.api.openapi.operation import DocumentedResponse, operation
from app.api.openapi.schemas_service import WebhookSecret
from app.domain.runs.view import timestamp
from app.usecases.webhooks import signing_secrets
from app.usecases.webhooks.signing_secrets import SigningSecret, SigningSecrets

SECRET = DocumentedResponse(description="Secret.", schema=WebhookSecret)


@operation("GET", "/webhooks/secret", answers={200: SECRET})
async def get_webhook_secret(request: AuthenticatedRequest) -> ASGIResponse:
    """Show the signing secret."""
    return secrets_answer(await signing_secrets.read_webhook_secrets(request.dependencies.services, request.account_id))


@operation("POST", "/webhooks/secret", answers={200: SECRET})
async def rotate_webhook_secret(request: AuthenticatedRequest) -> ASGIResponse:
    """Make a new signing secret; the old one signs along for 24 hours."""
    return secrets_answer(
        await signing_secrets.rotate_webhook_secret(request.dependencies.services, request.account_id)
    )


def secrets_answer(secrets: SigningSecrets) -> ASGIResponse:
    """Answer with the secret that signs, and those before it."""
    current = secrets.current
    return json_answer(
        {
            "secret": current.secret,
            "createdAt": timestamp(current.created_at),
            "previous": [_previous(secret) for secret in secrets.previous],
        }
    )


def _previous(secret: SigningSecret) -> dict[str, str | None]:
    return {
        "secret": secret.secret,
        "createdAt": timestamp(secret.created_at),
        "expiresAt": timestamp(secret.expires_at),
    }
