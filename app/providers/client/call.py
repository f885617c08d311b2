"""One asking under way, and the end of the time that it has."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field
from app.domain.waterfall.provider_limits import GateKey, Limit
from app.providers.client.polling import CallbackSource
from app.providers.declaration.spec import RequestTemplate, Route
from app.providers.setup.configured_provider import ConfiguredProvider


class Call(msgspec.Struct, kw_only=True):
    """One asking under way.

    Attributes:
        values: What templates may use.
        fields: That are bought.
        deadline: A time of the event loop.
        looks: Limits of polling, and the gate they are counted at.
        mailbox: Where the vendor posts, where it does.
        once: Look once and at once, and wait for nothing.
        status: The last one seen.
    """

    entry: ConfiguredProvider
    route: Route
    template: RequestTemplate
    contact: Contact
    values: dict[str, str]
    fields: frozenset[Field]
    deadline: float
    looks: tuple[Limit, ...] = ()
    gate: GateKey
    mailbox: CallbackSource | None = None
    once: bool = False
    status: int | None = None


class PatienceEnded(Exception):  # noqa: N818 - it is no error, it is the time
    """The time that the provider was given is over."""


@asynccontextmanager
async def within(deadline: float) -> AsyncIterator[None]:
    """Bound by a time of the event loop.

    Raises:
        PatienceEnded: When it comes.
    """
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError:
        raise PatienceEnded from None
