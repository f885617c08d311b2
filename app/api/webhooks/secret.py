"""/webhooks/secret: the secret that signs the account's webhooks, shown and rotated."""

from app.api.http.authentication import AuthenticatedRequest
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.webhooks.schemas import PreviousSecretBody, WebhookSecretBody
from app.domain.time_text import time_text
from app.usecases.webhooks import signing_secrets
from app.usecases.webhooks.signing_secrets import SigningSecrets

SECRET = DocumentedResponse(description="Secret.", schema=WebhookSecretBody)


@operation("GET", "/webhooks/secret", answers={200: SECRET})
async def get_webhook_secret(request: AuthenticatedRequest) -> WebhookSecretBody:
    """Show the signing secret."""
    services = request.dependencies.services
    return secret_body(await signing_secrets.read_webhook_secrets(services, request.owner))


@operation("POST", "/webhooks/secret", answers={200: SECRET}, destructive=True)
async def rotate_webhook_secret(request: AuthenticatedRequest) -> WebhookSecretBody:
    """Make a new signing secret; the old one signs along for 24 hours."""
    services = request.dependencies.services
    return secret_body(await signing_secrets.rotate_webhook_secret(services, request.owner))


def secret_body(secrets: SigningSecrets) -> WebhookSecretBody:
    """Write the secret that signs, and those before it."""
    previous = [
        PreviousSecretBody(
            secret=one.secret, created_at=time_text(one.created_at), expires_at=time_text(one.expires_at)
        )
        for one in secrets.previous
        if one.expires_at
    ]
    current = secrets.current
    return WebhookSecretBody(secret=current.secret, created_at=time_text(current.created_at), previous=previous)
