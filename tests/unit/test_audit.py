"""Actions of the audit log: each belongs to a kind of thing, by which people filter them."""

from app.domain.accounts.audit import AuditAction


def test_each_action_belongs_to_a_kind_of_thing() -> None:
    assert (AuditAction.KEYS_REVOKED.group, AuditAction.PROVIDER_SWITCHED_ON.group) == ("key", "provider")
    assert AuditAction.IDENTITY_JOINED.group == "person"
