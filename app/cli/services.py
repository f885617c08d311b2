"""How a command works on the databases of a leadrun: opened, used, closed."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.cli.loading import connected, end, load
from app.cli.output import fail
from app.domain.accounts.audit import Actor, ActorKind
from app.domain.errors import RequestError, UnknownIdError
from app.services import Services, open_services
from app.settings.reading import LoadedSettings
from app.settings.settings import SettingsError
from app.usecases.audit.note import acting

T = TypeVar("T")


def with_services(
    work: Callable[[Services], Awaitable[T]],
    *,
    as_json: bool = False,
    choose: Callable[[LoadedSettings], LoadedSettings] = connected,
) -> T:
    """Open the services, do the work, close them.

    A request error or a database that cannot be used ends the process with a sentence and status 1, wrong settings with
    status 2.

    Args:
        work: What is done with the services.
        as_json: Print the sentence as JSON.
        choose: Makes the settings to work with of the command's own.
    """
    if not structlog.is_configured():
        # What is logged is never among what a script reads.
        structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))

    async def session(settings: LoadedSettings) -> T:
        acting.set(Actor(ActorKind.COMMAND))
        async with open_services(settings.settings) as services:
            return await work(services)

    try:
        return asyncio.run(session(choose(load())))
    except SettingsError as error:
        end(error, as_json=as_json)
    except UnknownIdError as unknown:
        # An operator may know every account, so that the sentence names what does not exist.
        sys.exit(fail(f"there is no such {unknown.what}", as_json=as_json))
    except RequestError as refusal:
        sys.exit(fail(refusal.message, as_json=as_json))
    except (SQLAlchemyError, OSError) as error:
        reason = f"the database cannot be used: {type(error).__name__}; is it running, and migrated?"
        sys.exit(fail(reason, as_json=as_json))
