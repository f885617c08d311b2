"""The tables of people: who they are, where they belong, their sessions, and links of one use."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text, Uuid, text

from app.store.tables.metadata import metadata, time_column

_ROLES = "role IN ('viewer', 'member', 'owner')"

users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    # In its normal form.
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, server_default=""),
    # Argon2id; none until a password is set.
    Column("password_hash", Text),
    Column("operator", Boolean, nullable=False, server_default=text("false")),
    time_column("created_at"),
    time_column("disabled_at", nullable=True),
)

memberships = Table(
    "memberships",
    metadata,
    Column("user_id", Uuid, ForeignKey("users.id"), primary_key=True),
    Column("account_id", Uuid, ForeignKey("accounts.id"), primary_key=True),
    Column("role", Text, nullable=False),
    time_column("created_at"),
    CheckConstraint(_ROLES, name="role_known"),
    # The members of an account.
    Index("ix_memberships_account_id", "account_id"),
)

user_sessions = Table(
    "user_sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("user_id", Uuid, ForeignKey("users.id"), nullable=False),
    # The account and mode that its pages show.
    Column("account_id", Uuid, ForeignKey("accounts.id")),
    Column("mode", Text, nullable=False, server_default="live"),
    Column("user_agent", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    time_column("created_at"),
    time_column("last_used_at"),
    time_column("ended_at", nullable=True),
    CheckConstraint("mode IN ('live', 'test')", name="mode_known"),
    # The sessions of a person.
    Index("ix_user_sessions_user_id", "user_id"),
    # Old ones are deleted by age.
    Index("ix_user_sessions_last_used_at", "last_used_at"),
)

entry_links = Table(
    "entry_links",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    # The invited or proven address, or the user whose password is reset; a claim has neither.
    Column("email", Text),
    Column("user_id", Uuid, ForeignKey("users.id")),
    # The membership that comes with it.
    Column("account_id", Uuid, ForeignKey("accounts.id")),
    Column("role", Text),
    Column("operator", Boolean, nullable=False, server_default=text("false")),
    time_column("created_at"),
    time_column("expires_at"),
    time_column("used_at", nullable=True),
    CheckConstraint("kind IN ('claim', 'invite', 'reset', 'signup')", name="kind_known"),
    CheckConstraint(_ROLES, name="role_known"),
    CheckConstraint("(account_id IS NULL) = (role IS NULL)", name="role_with_account"),
    # The open invitations of an account.
    Index("ix_entry_links_account_id", "account_id"),
)

# One account for each mailbox, whatever spellings of its address there are.
sign_ups = Table(
    "sign_ups",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id"), nullable=False),
    Column("account_id", Uuid, ForeignKey("accounts.id"), nullable=False),
    time_column("created_at"),
)

# A person as an identity provider knows them: its subject never changes, their address may (OpenID Connect Core, 5.7).
user_identities = Table(
    "user_identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("user_id", Uuid, ForeignKey("users.id"), nullable=False),
    time_column("created_at"),
    # Whether a person has any.
    Index("ix_user_identities_user_id", "user_id"),
)

# Log-ins that the identity provider has not answered yet.
begun_log_ins = Table(
    "begun_log_ins",
    metadata,
    # Of the state and of the secret of the browser that began it.
    Column("digest", LargeBinary, primary_key=True),
    # The page that the person wanted.
    Column("goes_on", Text, nullable=False),
    # The digest of the invitation that they follow.
    Column("invitation", LargeBinary),
    time_column("expires_at"),
    # Old ones are deleted.
    Index("ix_begun_log_ins_expires_at", "expires_at"),
)
