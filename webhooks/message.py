"""The headers of a delivery attempt: event, id, timestamp and signatures (Standard Webhooks 1.0)."""

from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from app.domain.webhooks.delivery import message_id, signatures
from app.store.webhooks.deliveries import LeasedDelivery


def _user_agent() -> str:
    try:
        return f"leadrun/{version('leadrun')}"
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "leadrun/0"


USER_AGENT = _user_agent()


def headers(
    delivery: LeasedDelivery, keys: Sequence[bytes], at: datetime, custom: Sequence[tuple[str, str]] = ()
) -> list[tuple[str, str]]:
    """Return the headers of one attempt (Standard Webhooks 1.0, "Webhook headers").

    Args:
        delivery: The delivery; its stored body is signed.
        keys: Every active signing key, the current one first.
        at: The start of this attempt, in UTC.
        custom: Headers of the endpoint; ours come first, and the first of two with the same name is sent.
    """
    name, seconds = message_id(delivery.id), int(at.timestamp())
    return [
        ("Content-Type", "application/json"),
        ("User-Agent", USER_AGENT),
        ("X-LeadModule-Event", delivery.event),
        ("webhook-id", name),
        ("webhook-timestamp", str(seconds)),
        ("webhook-signature", signatures(keys, name, seconds, delivery.body)),
        *custom,
    ]
