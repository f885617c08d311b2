"""Name the state of an endpoint or a delivery: the kind and the word of its badge."""

from app.domain.webhooks.delivery import DeliveryState
from app.domain.webhooks.delivery_log import DeliveryView
from app.domain.webhooks.endpoint import Endpoint

_KINDS = {DeliveryState.PENDING: "waiting", DeliveryState.DELIVERED: "hit", DeliveryState.FAILED: "trouble"}


def endpoint_badge(endpoint: Endpoint) -> tuple[str, str]:
    """Return the badge of an endpoint."""
    if not endpoint.enabled:
        return "miss", "disabled"
    return ("risky", "failing") if endpoint.failing_since else ("hit", "enabled")


def delivery_badge(delivery: DeliveryView) -> tuple[str, str]:
    """Return the badge of a delivery."""
    return _KINDS[delivery.state], delivery.state.value
