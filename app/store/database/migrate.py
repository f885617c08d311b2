"""Bring a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import make_url

import migrations

LOCK = 7_206_553_019


def alembic_config(database_url: str) -> Config:
    """Describe the migrations to Alembic without a file of settings."""
    url = make_url(database_url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["url"] = url
    return config


def upgrade(database_url: str, revision: str = "head") -> None:
    """Apply every migration that is missing; safe to call from several processes at once, and again.

    Raises:
        sqlalchemy.exc.OperationalError: When the database cannot be reached.
    """
    command.upgrade(alembic_config(database_url), revision)
