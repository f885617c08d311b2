"""Examples of webhook endpoints, their secret and deliveries for the specification."""

from typing import Any

_RUN = "01a1fffb-6220-7a7d-aa50-16b73b8b9834"
_ENDPOINT = "01a1fffb-9a20-7b1e-b6c4-5d0e8f7a6b5c"
_AT = "2026-11-21T21:20:27.693Z"
_ENDPOINT_SHOWN = {
    "id": _ENDPOINT,
    "mode": "live",
    "keyId": "01a1fffb-5d10-7c2b-9e83-6a5b4c3d2e20",
    "url": "https://your-app.example/hook",
    "events": [],
    "description": "our CRM",
    "enabled": True,
    "headerNames": ["X-Tenant"],
    "rateLimit": None,
    "disabledAt": None,
    "disabledReason": None,
    "failingSince": None,
    "createdAt": "2026-11-21T21:20:27.151Z",
    "updatedAt": "2026-11-21T21:20:27.151Z",
}

_DELIVERED = {
    "id": "01a1fffb-8d42-74c9-9a61-2f7b3c4d5e6f",
    "mode": "live",
    "webhookId": "msg_01a1fffb8d4274c99a612f7b3c4d5e6f",
    "event": "enrichment.completed",
    "runId": _RUN,
    "jobId": None,
    "endpointId": None,
    "url": "https://your-app.example/hook",
    "state": "delivered",
    "reason": None,
    "tryCount": 1,
    "nextTryAt": None,
    "createdAt": _AT,
    "endedAt": _AT,
    "payloadDeletedAt": None,
}

WEBHOOKS: dict[str, Any] = {
    "Endpoint": _ENDPOINT_SHOWN,
    "Endpoints": {"endpoints": [_ENDPOINT_SHOWN]},
    "WebhookSecret": {"secret": "whsec_…", "createdAt": "2026-11-21T21:20:27.151Z", "previous": []},
    "EndpointRequest": {
        "url": "https://your-app.example/hook",
        "description": "our CRM",
        "headers": {"X-Tenant": "acme"},
    },
    "EndpointChange": {"enabled": True, "replay": True},
    "Delivery": _DELIVERED,
    "DeliveryDetail": _DELIVERED
    | {"tries": [{"number": 1, "startedAt": _AT, "latencyMs": 84, "httpStatus": 204, "error": None, "answer": None}]},
    "DeliveryPage": {"deliveries": [_DELIVERED], "nextCursor": None},
    "RecoverRequest": {"since": "2026-11-21T00:00:00Z", "endpointId": _ENDPOINT},
    "Recovered": {"recovered": 12},
    "PingEvent": {"type": "webhook.ping", "timestamp": _AT, "endpointId": _ENDPOINT},
}
