"""One request on its way through the API: its id, who asks, and what the limiter said."""

import re
from collections.abc import Callable
from typing import Any, cast

from litestar import Request
from litestar.datastructures import Headers, MultiDict
from litestar.types import Receive, Scope, Send

from app.api.http.rate_limit_headers import RateLimitState
from app.dialects.forms.pairs import MAX_PARAMETERS, read_pairs
from app.usecases.accounts.authenticate import Principal

SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)


class AnyRequest(Request[Any, Any, Any]):
    """A request; its query is bounded and remembered by nobody, and its headers are read once.

    Each look at Litestar's headers costs more than the header.
    """

    __slots__ = ("headers",)

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the headers."""
        super().__init__(scope, receive, send)
        self.headers = Headers.from_scope(scope)  # type: ignore[misc] # a slot hides the property

    @property
    def query_params(self) -> MultiDict[Any]:
        """The parameters of the query in their order.

        Raises:
            InvalidInputError: There are more than 2 000.
        """
        return MultiDict(read_pairs(self.scope["query_string"], most=MAX_PARAMETERS, what="the query"))


class RequestContext:
    """The request context: facts about a request that its headers and its log line need."""

    __slots__ = ("at_end", "gone", "holds_place", "principal", "quotas", "reads_body", "request_id", "status")

    def __init__(self, request_id: str) -> None:
        """Begin with nothing but the id."""
        self.request_id = request_id
        self.status = 0  # of the answer, once it has begun
        self.gone = False  # whether the client has closed the connection
        self.reads_body = False  # whether its body is being read, so that nothing is accepted yet
        self.principal: Principal | None = None
        self.quotas: RateLimitState | None = None
        self.holds_place = False  # whether its place among the submissions is never given back
        # Called when the request is over, however it ends.
        self.at_end: list[Callable[[], None]] = []

    def end(self) -> None:
        """Give back what the request holds."""
        for give_back in self.at_end:
            give_back()


def context_of(scope: Scope) -> RequestContext:
    """Return the context that `app.api.app` put into the scope."""
    return cast("RequestContext", scope["state"]["context"])


def is_sane(request_id: str) -> bool:
    """Return whether a client's request id may stand in our logs and headers."""
    return SANE_ID.fullmatch(request_id) is not None
