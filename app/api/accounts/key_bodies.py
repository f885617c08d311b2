"""The bodies of API keys: published, read and written."""

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from app.dialects.body_members import FAULT, RULE
from app.dialects.timestamp import MAX_TIME, NO_TIME, Timestamp, read_time
from app.domain.accounts.key_terms import MAX_NAME, MAX_NETWORK, MAX_NETWORKS, Scope, read_network
from app.domain.vocabulary import Mode

MOST_SUBMISSIONS = 1_000_000
_SCOPES = ", ".join(Scope)


def _no_scope(text: str) -> str | None:
    return None if text in set(Scope) else f"must be one of {_SCOPES}"


def _no_network(text: str) -> str | None:
    return None if read_network(text) else "must be an IP address or a network such as 192.0.2.0/24"


def _no_time(text: str) -> str | None:
    return None if read_time(text) else NO_TIME


ScopeName = Annotated[
    str, Meta(extra_json_schema={"enum": list(Scope)}, extra={FAULT: f"must be one of {_SCOPES}", RULE: _no_scope})
]
Scopes = Annotated[
    list[ScopeName],
    Meta(
        min_length=1,
        max_length=len(Scope),
        description="What it may do. At most what the key that asks may do.",
        extra_json_schema={"uniqueItems": True},
        extra={FAULT: f"must be a list of {_SCOPES}"},
    ),
]
Network = Annotated[str, Meta(max_length=MAX_NETWORK, extra={RULE: _no_network}, examples=["192.0.2.0/24"])]
Networks = Annotated[
    list[Network],
    Meta(
        max_length=MAX_NETWORKS,
        description="Where it may be used from; an empty list is anywhere.",
        extra={FAULT: f"must be a list of at most {MAX_NETWORKS} IP addresses or networks such as 192.0.2.0/24"},
    ),
]
Expiry = Annotated[
    str,
    Meta(
        description="When it ends, in the future.",
        extra_json_schema={"format": "date-time", "maxLength": MAX_TIME},
        extra={RULE: _no_time},
    ),
]
KeyName = Annotated[str, Meta(max_length=MAX_NAME, examples=["CRM sync"])]
KeyRate = Annotated[
    int,
    Meta(
        ge=1,
        le=MOST_SUBMISSIONS,
        description="Submissions in any 60 s.",
        extra={FAULT: f"must be a whole number of submissions, 1 to {MOST_SUBMISSIONS}"},
    ),
]


class KeyRequestBody(Struct, kw_only=True, rename="camel"):
    """A new key, of the mode and plan of the key that asks; what is absent is as that key has it."""

    name: KeyName | None = ""
    scopes: Scopes | None = None
    networks: Networks | None = None
    expires_at: Expiry | None = None
    rate_limit: KeyRate | None = None


class KeyChangeBody(Struct, kw_only=True, rename="camel"):
    """The changes of a key; members that are absent or null stay, but null removes an `expiresAt`."""

    name: KeyName | None = None
    scopes: Scopes | None = None
    networks: Networks | None = None
    expires_at: Expiry | UnsetType | None = UNSET
    rate_limit: KeyRate | None = None


class KeyBody(Struct, kw_only=True, rename="camel"):
    """A key, without its text."""

    id: UUID
    name: str
    prefix: Annotated[str, Meta(description="Its first characters.", examples=["lm_live_1A2b"])]
    plan: str
    mode: Mode
    scopes: list[ScopeName]
    networks: list[str]
    rate_limit: Annotated[int | None, Meta(description="Null is the installation's default.")]
    created_at: Timestamp
    last_used_at: Annotated[Timestamp | None, Meta(description="To the minute.")]
    expires_at: Timestamp | None
    revoked_at: Timestamp | None


class NewKeyBody(KeyBody, kw_only=True, rename="camel"):
    """A key just made, with its text."""

    api_key: Annotated[str, Meta(description="The key. It is shown this once.")]
    warnings: list[str] | UnsetType = UNSET


class KeysBody(Struct, kw_only=True, rename="camel"):
    """The keys of the account in the mode of the key that asks, the newest first, revoked ones too."""

    keys: list[KeyBody]
