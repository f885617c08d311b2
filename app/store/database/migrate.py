"""Bring a database to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config

import migrations
from app.settings.urls import DatabaseUrl

LOCK = 7_206_553_019


def alembic_config(database_url: str) -> Config:
    """Describe the migrations to Alembic without a file of settings."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["url"] = DatabaseUrl.parse(database_url).for_sqlalchemy()
    return config


def upgrade(database_url: str, revision: str = "head") -> None:
    """Apply every migration that is missing; safe to call from several processes at once, and again.

    Raises:
        sqlalchemy.exc.OperationalError: When the database cannot be reached.
    """
    command.upgrade(alembic_config(database_url), revision)
