"""Tasks of asynchronous vendors, as data: how a result is fetched, and which task must end first."""

import msgspec

from app.domain.waterfall.provider_limits import Limit
from app.providers.declaration.messages import Path, RequestTemplate
from app.providers.declaration.retry_after import RetryAfterHint
from app.providers.declaration.verdicts import VerdictRule


class SharedList(msgspec.Struct, frozen=True, kw_only=True):
    """A list of the newest look-ups: one request that polls several of them.

    Attributes:
        items: The member of the answer that is the list; each look-up sees the answer with its own entry alone.
        id: The member of an entry that is the ticket's only part.
    """

    request: RequestTemplate
    items: str
    id: str


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """How the result of an asynchronous vendor comes: by polling, by a callback of the vendor's, or both.

    Attributes:
        ticket: Names of the ticket's parts and their paths in the first answer; empty where the same request is
            repeated.
        request: May use the ticket's parts; None repeats the first request.
        verdicts: The verdict table of poll answers; empty means the first request's.
        every: Seconds between polls; None where there is nothing to poll, because the vendor posts the result.
        first: Seconds before each of the first polls, where the vendor allows earlier ones.
        waits: Where a pending answer says when to poll again.
        limits: Of the polls alone, for all who poll this route.
        shared: A list that polls several look-ups at once.
        counted: Polls count in the limits of the provider as well.
        grace: Polls after our own first call at which an unknown ticket only means that it is not known yet.
        inside: Member of a poll's answer that holds the result, as it is posted; while there is none the answer is
            read as it is.
        callback: Seconds for which the vendor may post the result, once, to ``{callback_url}``, a URL of ours that the
            first request names; 0 where it posts none. The post is read as the answer to a poll, of status 200.
    """

    ticket: dict[str, Path] = {}
    request: RequestTemplate | None = None
    verdicts: tuple[VerdictRule, ...] = ()
    every: float | None
    first: tuple[float, ...] = ()
    waits: tuple[RetryAfterHint, ...] = ()
    limits: tuple[Limit, ...] = ()
    shared: SharedList | None = None
    counted: bool = False
    grace: int = 0
    inside: str | None = None
    callback: float = 0.0


class FirstTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task whose answer gives inputs that the finder's own request needs.

    Its ticket, its inputs, and the ticket of the finder's own task are stored one after the other. Their names must
    differ: they say how far a look-up has come.

    Attributes:
        gives: Names of inputs and their paths in the answer; those that the contact has are not read, and one that
            neither has is a miss.
    """

    request: RequestTemplate
    verdicts: tuple[VerdictRule, ...]
    poll: Poll
    gives: dict[str, Path]
