"""The audit log's words: who acts, and what is done."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class ActorKind(StrEnum):
    """Kinds of actors: people in the app, API keys, commands on a server, and leadrun by itself."""

    PERSON = "person"
    KEY = "key"
    COMMAND = "command"
    SYSTEM = "system"


class Actor(msgspec.Struct, frozen=True):
    """The one who acts.

    Attributes:
        name: The address of a person, the id of a key; empty for the others.
    """

    kind: ActorKind
    name: str | UUID = ""


class AuditAction(StrEnum):
    """The action; the word before the point names the kind of thing."""

    SIGNED_IN = "person.signed-in"
    SIGNED_OUT = "person.signed-out"
    LOG_IN_FAILED = "person.log-in-failed"
    IDENTITY_JOINED = "person.identity-joined"
    PASSWORD_SET = "person.password-set"  # noqa: S105 - the name of an action
    RESET_MADE = "person.reset-link-made"
    PERSON_CREATED = "person.created"
    PERSON_DISABLED = "person.disabled"
    PERSON_ENABLED = "person.enabled"
    OPERATOR_MADE = "person.made-operator"
    OPERATOR_ENDED = "person.no-longer-operator"
    INVITED = "member.invited"
    INVITATION_WITHDRAWN = "member.invitation-withdrawn"
    JOINED = "member.joined"
    ROLE_CHANGED = "member.role-changed"
    REMOVED = "member.removed"
    KEY_CREATED = "key.created"
    KEY_CHANGED = "key.changed"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    KEYS_REVOKED = "key.all-revoked"
    ENDPOINT_CREATED = "endpoint.created"
    ENDPOINT_CHANGED = "endpoint.changed"
    ENDPOINT_DELETED = "endpoint.deleted"
    ENDPOINT_DISABLED = "endpoint.disabled"
    SECRET_READ = "secret.read"  # noqa: S105 - the name of an action
    SECRET_ROTATED = "secret.rotated"  # noqa: S105 - the name of an action
    CREDITS_ADDED = "credits.added"
    PLAN_CHANGED = "plan.changed"
    PRICES_CHANGED = "plan.prices-changed"
    LIMIT_CHANGED = "limit.changed"
    CAP_CHANGED = "limit.cap-changed"
    ACCOUNT_CREATED = "account.created"
    ACCOUNT_RENAMED = "account.renamed"
    ACCOUNT_SUSPENDED = "account.suspended"
    ACCOUNT_RESUMED = "account.resumed"
    WATERFALL_CHANGED = "waterfall.changed"
    WATERFALL_DELETED = "waterfall.deleted"
    PROVIDER_SWITCHED_OFF = "provider.switched-off"
    PROVIDER_SWITCHED_ON = "provider.switched-on"

    @property
    def group(self) -> str:
        """The kind of thing."""
        return self.value.partition(".")[0]


AuditDetail = Mapping[str, str | int | bool | None]


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One thing that was done.

    Attributes:
        account_id: Whose; None for the installation.
        target: The id of what was changed, or the beginning of a key: no name, no address, no secret.
        detail: New values, such as a role or an amount.
    """

    id: UUID
    account_id: UUID | None
    actor: Actor
    action: str
    target: str
    detail: dict[str, str | int | bool | None]
    created_at: datetime
    account: str = ""
