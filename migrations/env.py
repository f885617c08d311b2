"""How Alembic runs: online only, one transaction, one process at a time."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from app.store.database.migrate import LOCK
from app.store.database.session import migration_settings
from app.store.tables.schema import metadata

url = context.config.attributes["url"]
# No named statements: a pooler may hand each transaction to another session.
engine = create_engine(url, poolclass=pool.NullPool, connect_args={"prepare_threshold": None})
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        # Two API containers that start together must not migrate together.
        connection.exec_driver_sql(migration_settings(url))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.run_migrations()
    connection.commit()
engine.dispose()
