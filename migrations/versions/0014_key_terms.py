"""Keys have a name, scopes and networks, and webhook endpoints remember which key made them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Add the columns; keys that are there already may do everything from everywhere."""
    texts = postgresql.ARRAY(sa.Text())
    op.add_column("api_keys", sa.Column("name", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "api_keys",
        sa.Column("scopes", texts, server_default="{submit,read,webhooks,admin:keys}", nullable=False),
    )
    op.add_column("api_keys", sa.Column("networks", texts, server_default="{}", nullable=False))
    op.add_column("webhook_endpoints", sa.Column("key_id", sa.Uuid(), sa.ForeignKey("api_keys.id")))
