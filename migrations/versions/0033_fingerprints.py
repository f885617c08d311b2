"""Give what is stored of contacts fingerprints of version 3, so that nothing found before is paid for again."""

from collections.abc import Sequence

from alembic import op

from app.store.waterfall.fingerprints import renew_fingerprints

revision = "0033"
down_revision = "0026"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# A test compares it with the version of the rules: the next one needs a migration of this kind.
FINGERPRINT_VERSION = "3"


def upgrade() -> None:
    """Renew the fingerprints."""
    renew_fingerprints(op.get_bind())
