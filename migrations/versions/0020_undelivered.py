"""An index for the deliveries of an account that wait or failed."""

from collections.abc import Sequence

from alembic import op

revision = "0020"
down_revision = "0016"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    """Build the index, during which no delivery is written."""
    op.execute(
        "CREATE INDEX ix_deliveries_account_id_mode_state_id ON deliveries (account_id, mode, state, id) "
        "WHERE state <> 'delivered'"
    )
