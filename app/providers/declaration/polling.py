"""Tasks of asynchronous vendors, as data: how a result is looked for, and what must be asked first."""

import msgspec

from app.domain.waterfall.provider_limits import Limit
from app.providers.declaration.auth import RequestTemplate
from app.providers.declaration.response import Path
from app.providers.declaration.retry_after import RetryAfterHint
from app.providers.declaration.values import Values
from app.providers.declaration.verdicts import VerdictRule


class SharedList(msgspec.Struct, frozen=True, kw_only=True):
    """A list of the newest look-ups that answers many looks at once; asked where several wait in one process.

    Attributes:
        items: The member of the answer that is the list; each look-up sees the answer with its own entry alone.
        id: The member of an entry that is the ticket's only part.
    """

    request: RequestTemplate
    items: str
    id: str


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """How the result of an asynchronous vendor comes: we look for it, the vendor posts it to us, or both.

    Attributes:
        ticket: Names of the ticket's parts and where the first answer has them; empty where the same request is
            repeated.
        request: May use the ticket's parts; None repeats the first request.
        verdicts: Tables of poll answers; empty means as for the first.
        values: How poll answers are read; None means as the first.
        every: Seconds between looks; None where there is nothing to look at, because the vendor posts the result.
        first: Seconds before each of the first looks, where the vendor allows earlier ones.
        waits: Where a pending answer says when to look again.
        limits: Of the looks alone, shared by all who poll this route.
        many: Where looks of several may be one.
        counted: Looks count in the limits of the provider as well.
        young: Looks after our own first call at which a lost ticket is only one that is not known yet.
        inside: Member of a look's answer that holds the result, as it is posted; while there is none the answer is
            taken as it is.
        callback: Seconds for which the vendor may post the result, once, to ``{callback_url}``, a URL of ours that the
            first request names; 0 where it posts none. What it posts is read as the answer to a look, of status 200.
    """

    ticket: dict[str, Path] = {}
    request: RequestTemplate | None = None
    verdicts: tuple[VerdictRule, ...] = ()
    values: Values | None = None
    every: float | None
    first: tuple[float, ...] = ()
    waits: tuple[RetryAfterHint, ...] = ()
    limits: tuple[Limit, ...] = ()
    many: SharedList | None = None
    counted: bool = False
    young: int = 0
    inside: str | None = None
    callback: float = 0.0


class FirstTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task whose answer gives what the route's own request needs.

    Its ticket, what it gave, and the ticket of the route's own task are stored one after the other, so their names must
    differ: they tell how far a look-up has come.

    Attributes:
        gives: Names of inputs and where the answer has them; those that the contact has are not read, and one that
            neither has is a miss.
    """

    request: RequestTemplate
    verdicts: tuple[VerdictRule, ...]
    poll: Poll
    gives: dict[str, Path]
