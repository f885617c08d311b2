"""Read the usage of an account for pages, which are shown again and again."""

from datetime import datetime

from app.domain.accounts.owner import Owner
from app.services import Services
from app.store.figures.usage import UsageGroup, UsageRow, usage
from app.usecases.figures.kept_figures import KeptFigures


class ReadUsage:
    """Reads usage for pages; what took long is kept for a while."""

    def __init__(self, services: Services, figures: KeptFigures) -> None:
        """Begin with what is kept."""
        self._services = services
        self._figures = figures

    async def __call__(
        self, owner: Owner, *, since: datetime, until: datetime, by: UsageGroup, provider: str | None = None
    ) -> list[UsageRow]:
        """Add up the runs of an owner that were created from `since` up to `until`, which is now; groups in order.

        With a provider the runs in which it was called alone.

        Raises:
            UnavailableError: The database cannot be reached, or does not answer in time.
        """

        async def read() -> list[UsageRow]:
            async with self._services.read() as connection:
                return await usage(connection, owner, since=since, until=until, by=by, provider=provider)

        return await self._figures(("usage", owner, by, since, provider), read)
