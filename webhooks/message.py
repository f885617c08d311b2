"""What is sent: the stored bytes, and the headers that prove where they come from."""

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
    """Build the headers of one try (Standard Webhooks 1.0, "Webhook headers").

    Args:
        delivery: Its body is signed as it is stored.
        keys: Every active signing key, the current one first.
        at: When this try starts, in UTC.
        custom: What the endpoint adds; ours come first, and of two with the same name the first is sent.
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
