"""The account call of a provider: what is left there, and whether the key is accepted."""

from datetime import datetime

import msgspec

from app.domain.waterfall.answer import Failed, Trouble
from app.providers.client.caller import Caller
from app.providers.client.http_exchange import NoResponse
from app.providers.client.interpret import failed, rule
from app.providers.declaration.response import look
from app.providers.declaration.spec import Verdict
from app.providers.setup.configured_provider import ConfiguredProvider

CHECK_SECONDS = 15.0
LONGEST_AMOUNT = 40
# What a vendor says of keys, credits and throttling it says at every call alike.
_TROUBLES = frozenset({Verdict.AUTH_ERROR, Verdict.OUT_OF_CREDITS, Verdict.RATE_LIMITED, Verdict.SERVER_ERROR})


class ProviderBalance(msgspec.Struct, frozen=True, kw_only=True):
    """What is left at a provider, by the names of its pools and in its own credits; or the trouble of asking."""

    pools: dict[str, float | str] = {}
    trouble: Failed | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is left in any pool, as far as they are told in numbers."""
        return bool(self.pools) and all(_amount(left) == 0 for left in self.pools.values())


async def read_balance(caller: Caller, entry: ConfiguredProvider, now: datetime) -> ProviderBalance:
    """Make the provider's free account call; an answer that tells nothing of what is left proves nothing.

    Args:
        caller: The process's.
        entry: The provider.
        now: The time, for waits given as dates.
    """
    balance = entry.spec.balance
    if entry.unusable or balance is None:
        reason = entry.unusable or "the provider has no account call"
        return ProviderBalance(trouble=Failed(trouble=Trouble.BAD_REQUEST, reason=reason))
    reply = await caller.call(entry, balance.request, entry.values, CHECK_SECONDS)
    if isinstance(reply, NoResponse):
        return ProviderBalance(trouble=reply.failed)
    common = [line for line in entry.spec.routes[0].verdicts if line.then in _TROUBLES]
    verdict = rule(reply, (*common, *balance.verdicts))
    pools = {name: left for name, path in balance.pools.items() if (left := _left(look(reply, path))) is not None}
    if verdict is Verdict.ANSWER and pools:
        return ProviderBalance(pools=pools)
    verdict = Verdict.MALFORMED if verdict is Verdict.ANSWER else verdict
    return ProviderBalance(trouble=failed(verdict, reply, entry.spec.waits, now))


def _left(value: object) -> float | str | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not (value.strip() and len(value) <= LONGEST_AMOUNT and value.isprintable()):
        return None
    return value


def _amount(left: float | str) -> float | None:
    try:
        return float(left)
    except (ValueError, OverflowError):
        return None
