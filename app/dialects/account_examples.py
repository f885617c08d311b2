"""Examples of API keys for the specification."""

from typing import Any

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

KEYS: dict[str, Any] = {
    "KeyRequest": {"name": "CRM sync", "scopes": ["submit", "read"], "networks": ["192.0.2.0/24"]},
    "KeyChange": {"name": "CRM sync, new"},
    "Key": _KEY,
    "NewKey": _KEY | {"apiKey": "lm_live_1A2b…"},
    "Keys": {"keys": [_KEY]},
}
