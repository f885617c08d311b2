"""Store a result that a vendor posts, and notify the worker that waits for it."""

from app.domain.waterfall.callback_token import token_digest
from app.redis.notifications import publish
from app.services import Services
from app.store.waterfall import callbacks


async def receive_callback(services: Services, provider: str, token: str, body: bytes) -> bool:
    """Keep a posted result.

    Args:
        services: The process's.
        provider: Slug of the vendor, as the URL names it.
        token: From the URL.
        body: As it came.

    Returns:
        False when it is not expected: an unknown token, a used one, one that is over, or another vendor's.

    Raises:
        UnavailableError: The database cannot be reached; the vendor may post again.
    """
    digest = token_digest(token)
    if digest is None:
        return False
    async with services.write() as connection:
        cascade_id = await callbacks.keep(connection, digest, provider=provider, body=body, now=services.now())
    if cascade_id is None:
        return False
    await publish(services.redis, [cascade_id])
    return True
