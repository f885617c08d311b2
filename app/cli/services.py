"""How a command reaches the databases: those of the environment, or those of a running `leadrun up`."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from app.cli.output import fail
from app.domain.errors import RequestError, UnknownIdError
from app.embedded.data_dir_lock import running_on
from app.services import Services, open_services
from app.settings.settings import PREFIX, Settings, SettingsError, read_settings

T = TypeVar("T")


def settings_for(data_dir: Path | None) -> Settings:
    """Read the settings; where no database is named, those of the `leadrun up` that runs on the data directory.

    Raises:
        SettingsError: With every problem.
    """
    settings = read_settings(os.environ)
    if settings.database_url and data_dir is None:
        return settings
    where = data_dir or settings.data_dir
    running = running_on(where)
    if running is None or not running.environment:
        raise SettingsError(
            [f"no `leadrun up` runs on {where}; start it, or set LEADRUN_DATABASE_URL and LEADRUN_REDIS_URL"]
        )
    found = {name: value for name, value in running.environment.items() if name.startswith(PREFIX)}
    return read_settings({**os.environ, **found})


def with_services(work: Callable[[Services], Awaitable[T]], data_dir: Path | None, *, as_json: bool = False) -> T:
    """Open the services, do the work, close them; a refusal or a missing database ends the command with a sentence."""

    async def session() -> T:
        async with open_services(settings_for(data_dir)) as services:
            return await work(services)

    try:
        return asyncio.run(session())
    except SettingsError as error:
        sys.exit(fail("; ".join(error.problems), as_json=as_json))
    except UnknownIdError as unknown:
        # Who runs commands has every account.
        sys.exit(fail(f"there is no such {unknown.what}", as_json=as_json))
    except RequestError as refusal:
        sys.exit(fail(refusal.message, as_json=as_json))
    except (SQLAlchemyError, OSError) as error:
        reason = f"the database cannot be used: {type(error).__name__}; is it running, and migrated?"
        sys.exit(fail(reason, as_json=as_json))
