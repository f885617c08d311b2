"""The account call of a provider: what is left there, and whether the key is accepted."""

from datetime import datetime

import msgspec

from app.domain.answer import Failed, Trouble
from app.providers.caller import Caller
from app.providers.entry import Entry
from app.providers.exchange import Lost
from app.providers.reply import look
from app.providers.spec import Verdict
from app.providers.verdict import failed, rule

CHECK_SECONDS = 15.0


class Purse(msgspec.Struct, frozen=True, kw_only=True):
    """What is left at a provider, by the names of its pools and in its own credits; or the trouble of asking."""

    pools: dict[str, float | str] = {}
    trouble: Failed | None = None


async def look_into(caller: Caller, entry: Entry, now: datetime) -> Purse:
    """Make the provider's free account call.

    Args:
        caller: The process's.
        entry: The provider.
        now: The time, for waits given as dates.
    """
    balance = entry.spec.balance
    if entry.unusable or balance is None:
        reason = entry.unusable or "the provider has no account call"
        return Purse(trouble=Failed(trouble=Trouble.BAD_REQUEST, reason=reason))
    reply = await caller.call(entry, balance.request, entry.values, CHECK_SECONDS)
    if isinstance(reply, Lost):
        return Purse(trouble=reply.failed)
    verdict = rule(reply, balance.verdicts)
    if verdict is not Verdict.ANSWER:
        return Purse(trouble=failed(verdict, reply, entry.spec.waits, now))
    found = {name: look(reply, path) for name, path in balance.pools.items()}
    return Purse(pools={n: v for n, v in found.items() if isinstance(v, int | float | str) and not isinstance(v, bool)})
