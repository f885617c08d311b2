"""Delete deliveries step by step when their retention is over: answers first, then payloads, then the rows."""

from datetime import timedelta

from app.services import Services
from app.store.database.portions import PORTION, Portion, in_portions
from app.store.webhooks import retention

# So that what happened can be looked at for a while after there is nothing left to send.
ROW_DAYS = 90


async def expire_deliveries(services: Services, *, portion: int = PORTION) -> dict[str, int]:
    """Delete what is older than its time of keeping, each portion in a transaction of its own.

    Args:
        services: The process's.
        portion: Rows a transaction.

    Returns:
        How many answers, payloads, deliveries and secrets.
    """
    settings, now = services.settings, services.now()
    answers = now - timedelta(days=settings.webhook_attempt_retention_days)
    payloads = now - timedelta(days=settings.webhook_payload_retention_days)
    # A payload that is kept longer keeps its delivery.
    rows = now - timedelta(days=max(ROW_DAYS, settings.webhook_payload_retention_days))
    kinds: dict[str, Portion] = {
        "answers": lambda connection: retention.expunge_answers(connection, answers, portion),
        "payloads": lambda connection: retention.expunge_payloads(connection, payloads, now, portion),
        "deliveries": lambda connection: retention.delete_deliveries(connection, rows, portion),
    }
    forgotten = {
        name: await in_portions(services.engine, forget, name=name, portion=portion) for name, forget in kinds.items()
    }
    async with services.engine.begin() as connection:
        forgotten["secrets"] = await retention.delete_secrets(connection, now)
    return forgotten
