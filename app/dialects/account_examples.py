"""Examples of API keys and of webhook endpoints for the specification."""

from typing import Any

ENDPOINT = "01a1fffb-9a20-7b1e-b6c4-5d0e8f7a6b5c"
_KEY = {
    "id": "01a1fffb-5d10-7c2b-9e83-6a5b4c3d2e20",
    "name": "CRM sync",
    "prefix": "lm_live_1A2b",
    "plan": "leadmodule",
    "mode": "live",
    "scopes": ["submit", "read"],
    "networks": ["192.0.2.0/24"],
    "rateLimit": None,
    "createdAt": "2026-11-21T21:20:27.151Z",
    "lastUsedAt": None,
    "expiresAt": None,
    "revokedAt": None,
}

_ENDPOINT_SHOWN = {
    "id": ENDPOINT,
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

KEYS_AND_ENDPOINTS: dict[str, Any] = {
    "KeyRequest": {"name": "CRM sync", "scopes": ["submit", "read"], "networks": ["192.0.2.0/24"]},
    "KeyChange": {"name": "CRM sync, new"},
    "Key": _KEY,
    "NewKey": _KEY | {"apiKey": "lm_live_1A2b…"},
    "Keys": {"keys": [_KEY]},
    "Endpoint": _ENDPOINT_SHOWN,
    "Endpoints": {"endpoints": [_ENDPOINT_SHOWN]},
}
