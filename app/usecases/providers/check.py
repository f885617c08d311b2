"""Check a provider by its free account call, keep what it shows, and open the gates of one that works."""

import msgspec
import structlog

from app.domain.errors import UnavailableError, UnknownIdError
from app.providers.client.client import ProviderClient
from app.redis.provider_gate import ProviderGate
from app.services import Services
from app.store.waterfall import provider_states
from app.store.waterfall.provider_states import LastCheck

NO_FREE_CALL = "the vendor has no free call that proves a key"
NOTHING_LEFT = "the key is accepted, but nothing is left; its gates stay as they are"

log = structlog.get_logger()


class ProviderCheck(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The result of a provider's free account call; `works` is null where there is no such call."""

    name: str
    works: bool | None
    balance: dict[str, float | str]
    reason: str | None


class CheckProvider:
    """Checks providers."""

    def __init__(self, services: Services) -> None:
        """Use the process's client and Redis."""
        self._services = services
        self._client = ProviderClient(http=services.http, clock=services.clock)
        self._gate = ProviderGate(services.redis)

    async def __call__(self, slug: str) -> ProviderCheck:
        """Make the call; one that is switched off by an operator may be checked as well.

        Raises:
            UnknownIdError: There is no such provider.
        """
        entry = self._services.registry.entry(slug)
        if entry is None:
            raise UnknownIdError("provider")
        if entry.unusable:
            return ProviderCheck(name=slug, works=False, balance={}, reason=entry.unusable)
        if entry.spec.balance is None:
            return ProviderCheck(name=slug, works=None, balance={}, reason=NO_FREE_CALL)
        balance = await self._client.check(entry)
        works = balance.trouble is None
        if works and not balance.empty:
            await self._gate.reopen(slug)
        reason = balance.reason or (NOTHING_LEFT if balance.empty else None)
        await self._keep(slug, works=works, balance=balance.pools, reason=reason)
        return ProviderCheck(name=slug, works=works, balance=balance.pools, reason=reason)

    async def _keep(self, slug: str, *, works: bool, balance: dict[str, float | str], reason: str | None) -> None:
        check = LastCheck(checked_at=self._services.now(), works=works, balance=balance, reason=reason)
        try:
            async with self._services.write() as connection:
                await provider_states.keep_check(connection, slug, check)
        except UnavailableError:
            # The answer is the point; the page of the provider then shows the check before.
            log.warning("provider_check.not_kept", provider=slug)
