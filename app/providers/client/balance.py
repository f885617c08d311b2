"""The account call of a provider: its balance, and whether the key is accepted."""

from datetime import datetime
from math import isfinite

import msgspec

from app.domain.waterfall.answer import Failed, Trouble
from app.providers.client.http_exchange import Caller, NoResponse
from app.providers.client.interpret import failed, rule
from app.providers.declaration.messages import look
from app.providers.declaration.verdicts import Verdict
from app.providers.setup.configured_provider import ConfiguredProvider

CHECK_SECONDS = 15.0
LONGEST_AMOUNT = 40
# A vendor speaks of keys, credits, throttling and faults alike at every call.
_TROUBLES = frozenset({Verdict.AUTH_ERROR, Verdict.OUT_OF_CREDITS, Verdict.RATE_LIMITED, Verdict.SERVER_ERROR})


class ProviderBalance(msgspec.Struct, frozen=True, kw_only=True):
    """The balance of a provider, by the names of its pools and in its own credits; or why it is not known."""

    pools: dict[str, float | str] = {}
    trouble: Failed | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is left in any pool, as far as the vendor gives numbers."""
        return bool(self.pools) and all(_amount(left) == 0 for left in self.pools.values())

    @property
    def reason(self) -> str | None:
        """Why it is not known, or None."""
        return self.trouble.reason if self.trouble else None


async def read_balance(caller: Caller, entry: ConfiguredProvider, now: datetime) -> ProviderBalance:
    """Make the provider's free account call; an answer without any pool proves nothing.

    Args:
        caller: The process's.
        entry: The provider.
        now: The time, for waits given as dates.

    Returns:
        The balance, or the trouble; where the answer lacks the documented members, its reason names them.
    """
    request, pools = entry.spec.balance, entry.spec.pools
    if entry.unusable or request is None:
        reason = entry.unusable or "the provider has no account call"
        return ProviderBalance(trouble=Failed(trouble=Trouble.BAD_REQUEST, reason=reason))
    reply = await caller.call(entry, request, {}, CHECK_SECONDS)
    if isinstance(reply, NoResponse):
        return ProviderBalance(trouble=reply.failed)
    common = [line for line in entry.routes[0].verdicts if line.then in _TROUBLES]
    verdict = rule(reply, (*common, *entry.spec.balance_verdicts))
    found = {name: left for name, path in pools.items() if (left := _left(look(reply, path))) is not None}
    if verdict is Verdict.ANSWER and found:
        return ProviderBalance(pools=found)
    if verdict is Verdict.ANSWER:
        lacking = ", ".join(path if isinstance(path, str) else f"the balance {name!r}" for name, path in pools.items())
        reason = f"the answer lacks {lacking} (HTTP {reply.status})"
        return ProviderBalance(trouble=Failed(trouble=Trouble.MALFORMED, reason=reason))
    return ProviderBalance(trouble=failed(verdict, reply, entry.spec.waits, now))


def _left(value: object) -> float | str | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not (value.strip() and len(value) <= LONGEST_AMOUNT and value.isprintable()):
        return None
    return value


def _amount(left: float | str) -> float | None:
    try:
        amount = float(left)
    except (ValueError, OverflowError):
        return None
    return amount if isfinite(amount) else None
