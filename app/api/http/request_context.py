"""One request on its way through the API: its id, who asks, and what the limiter said."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from litestar.datastructures import MultiDict
from litestar.types import HTTPScope, Receive, Scope, Send

from app.api.http.rate_limit_headers import RateLimitState
from app.dialects.forms.pairs import MAX_PARAMETERS, read_pairs
from app.usecases.accounts.authenticate import Principal

SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)


class RequestHeaders:
    """The headers of a request, by names in lower case.

    Most requests name each header once, so that finding one takes no search.
    """

    __slots__ = ("_all", "_by_name")

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Read what the server has parsed; it writes names in lower case."""
        self._all = list(headers)
        self._by_name = dict(self._all)

    def getall(self, name: str) -> list[str]:
        """Return each value of a header."""
        wanted = name.encode()
        value = self._by_name.get(wanted)
        if value is None:
            return []
        if len(self._by_name) == len(self._all):
            return [value.decode("latin-1")]
        return [one.decode("latin-1") for each, one in self._all if each == wanted]

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of a header."""
        value = self._by_name.get(name.encode())
        if value is None:
            return default
        return value.decode("latin-1") if len(self._by_name) == len(self._all) else self.getall(name)[0]


class AnyRequest:
    """A request; its query is bounded and remembered by nobody.

    Litestar's own, with its caches for what no handler asks for, costs more than reading a head.
    """

    __slots__ = ("headers", "receive", "scope", "send")

    def __init__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """Keep the parts."""
        self.scope, self.receive, self.send = scope, receive, send
        self.headers = context_of(scope).headers

    @property
    def method(self) -> str:
        """The method."""
        return self.scope["method"]

    @property
    def path_params(self) -> dict[str, Any]:
        """The parameters in the path, as texts."""
        return self.scope["path_params"]

    @property
    def query_params(self) -> MultiDict[Any]:
        """The parameters of the query in their order.

        Raises:
            InvalidInputError: There are more than 2 000.
        """
        return MultiDict(read_pairs(self.scope["query_string"], most=MAX_PARAMETERS, what="the query"))


class RequestContext:
    """The request context: facts about a request that its headers and its log line need."""

    __slots__ = (
        "at_end",
        "gone",
        "headers",
        "holds_place",
        "principal",
        "quotas",
        "reads_body",
        "request_id",
        "status",
    )

    def __init__(self, request_id: str, headers: RequestHeaders) -> None:
        """Begin with nothing but the id and the headers."""
        self.request_id = request_id
        self.headers = headers
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
    context: RequestContext = scope["state"]["context"]
    return context


def is_sane(request_id: str) -> bool:
    """Return whether a client's request id may stand in our logs and headers."""
    return SANE_ID.fullmatch(request_id) is not None
