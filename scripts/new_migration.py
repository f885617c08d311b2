"""Write the file of a new migration, behind the newest: `make migration NAME=key_notes`."""

import re
import sys

import click
from alembic import command
from alembic.script import ScriptDirectory

from app.cli.output import fail
from app.store.database.migrate import alembic_config

# No migration is run, so no database is asked.
NOWHERE = "postgresql://127.0.0.1/none"


def heads() -> list[str]:
    """Return the migrations that no other follows: one, unless two were written side by side."""
    return ScriptDirectory.from_config(alembic_config(NOWHERE)).get_heads()


@click.command()
@click.argument("name", default="")
def main(name: str) -> None:
    """Write the file of a new migration, behind the newest."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        sys.exit(fail(f"{name!r} is no name of a migration: small letters, digits and '_', such as NAME=key_notes"))
    config = alembic_config(NOWHERE)
    # Numbers name the files; the order is that of `down_revision`.
    number = 1 + max(int(one.revision) for one in ScriptDirectory.from_config(config).walk_revisions())
    command.revision(config, message=name, rev_id=f"{number:04}")
    click.echo(
        "Write its statements, remove unused imports, and run `make test ARGS=tests/architecture/test_schema.py`"
    )


if __name__ == "__main__":
    main()
