"""Switch providers off and on while processes run; every process follows within seconds."""

import asyncio
from contextlib import suppress

import structlog

from app.domain.accounts.audit import AuditAction
from app.domain.errors import UnavailableError, UnknownIdError
from app.services import Services
from app.store.waterfall import provider_states
from app.usecases.audit.note import note

LOOK_SECONDS = 2.0

log = structlog.get_logger()


class ProviderSwitches:
    """The switches of this process's registry, as they stand in the database.

    What is under way ends: calls that were begun are waited for and their results are collected. No new call begins.
    """

    def __init__(self, services: Services) -> None:
        """Switch nothing yet; `look` does."""
        self._services = services

    async def look(self) -> None:
        """Let the registry know which providers are switched off now.

        Raises:
            UnavailableError: The database cannot be reached; what was known last holds on.
        """
        async with self._services.read() as connection:
            self._services.registry.switch_off(await provider_states.switched_off(connection))

    async def first_look(self) -> None:
        """Look before any work begins; without a database there is no work either."""
        with suppress(UnavailableError, TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self.look()

    async def follow(self) -> None:
        """Look every two seconds, for as long as the process lives."""
        is_away = False
        while True:
            try:
                await self.look()
            except UnavailableError:
                if not is_away:
                    log.warning("provider_switches.unavailable")
                is_away = True
            else:
                is_away = False
            await asyncio.sleep(LOOK_SECONDS)

    async def switch(self, slug: str, *, on: bool) -> bool:
        """Switch a provider on or off; return whether that changes anything.

        Raises:
            UnknownIdError: There is no such provider.
        """
        if self._services.registry.entry(slug) is None:
            raise UnknownIdError("provider")
        async with self._services.write() as connection:
            if on:
                changed = await provider_states.switch_on(connection, slug)
            else:
                changed = await provider_states.switch_off(connection, slug, self._services.now())
            if changed:
                action = AuditAction.PROVIDER_SWITCHED_ON if on else AuditAction.PROVIDER_SWITCHED_OFF
                await note(connection, self._services, action, None, slug)
        # Here at once, so that the page that follows shows it.
        await self.look()
        return changed
