"""Look up whether an installation has an operator, with nothing but the driver: a plain start imports no more."""

import psycopg

from app.settings.urls import DatabaseUrl


def has_operator(database_url: str) -> bool:
    """Return whether an operator can sign in."""
    with psycopg.connect(DatabaseUrl.parse(database_url).for_psycopg(), connect_timeout=5) as connection:
        statement = """
            SELECT 1 FROM users WHERE operator AND disabled_at IS NULL
            AND (password_hash IS NOT NULL OR EXISTS (SELECT 1 FROM user_identities WHERE user_id = users.id)) LIMIT 1
        """
        return connection.execute(statement).fetchone() is not None
