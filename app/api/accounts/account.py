"""What belongs to the account: credits, providers, and the secret that signs its webhooks."""

from litestar.response.base import ASGIResponse

from app.api.http.authentication import admit
from app.api.http.request_context import AnyRequest
from app.api.http.responses import json_answer
from app.domain.runs.view import timestamp
from app.usecases.webhooks.signing_secrets import (
    SigningSecret,
    SigningSecrets,
    read_webhook_secrets,
    rotate_webhook_secret,
)


async def credits(request: AnyRequest) -> ASGIResponse:  # noqa: A001 - the resource is called so
    """Show the balance."""
    dependencies, principal = await admit(request)
    return json_answer(await dependencies.account.credits(principal.account_id))


async def providers(request: AnyRequest) -> ASGIResponse:
    """List the providers that this key reaches."""
    dependencies, principal = await admit(request)
    listed = dependencies.registry.listing(principal.mode)
    return json_answer(
        {
            "providers": [{"name": p.name, "type": p.type, "tier": p.tier.value, "enabled": p.enabled} for p in listed],
            "total_enabled": sum(p.enabled for p in listed),
        }
    )


async def read_secret(request: AnyRequest) -> ASGIResponse:
    """Show the secrets that sign the account's webhooks."""
    dependencies, principal = await admit(request)
    return secrets_answer(await read_webhook_secrets(dependencies.services, principal.account_id))


async def rotate_secret(request: AnyRequest) -> ASGIResponse:
    """Make a new secret; the one before keeps signing for 24 hours."""
    dependencies, principal = await admit(request)
    return secrets_answer(await rotate_webhook_secret(dependencies.services, principal.account_id))


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
