"""Errors of requests that no handler answers: too slow, too large a head, too many connections, a process that ends."""

from app.domain.errors import OutcomeUnknownError, RequestError, UnavailableError

# In the state of a request: the process ended while it waited for its turn.
ENDED_BEFORE = "ended_before"


class RequestTimeoutError(RequestError):
    """The request came too slowly."""

    code = "request-timeout"
    title = "Request came too slowly"

    def __init__(self) -> None:
        """Set the sentence with the remedy."""
        super().__init__("The request came too slowly, and was dropped; send it again without pauses.")


class UriTooLongError(RequestError):
    """The target of the request is above the limit."""

    code = "uri-too-long"
    title = "URI too long"

    def __init__(self, limit: int) -> None:
        """Keep the limit in bytes."""
        super().__init__(f"The path and query must not exceed {limit} bytes.")


class HeadersTooLargeError(RequestError):
    """The headers are above the limits."""

    code = "headers-too-large"
    title = "Headers too large"

    def __init__(self) -> None:
        """Set the sentence with the limits."""
        super().__init__("A request may have 128 headers of 64 KiB in all; send fewer or shorter ones.")


class TooManyConnectionsError(RequestError):
    """The process, or the client's address, has as many connections as it may have.

    Attributes:
        retry_after: Seconds after which a retry makes sense.
    """

    code = "too-many-connections"
    title = "Too many connections"
    retry_after = 5

    def __init__(self) -> None:
        """Set the sentence with the remedy."""
        super().__init__("Too many connections are open; reuse some of yours, and retry after 5 seconds.")


class ShuttingDownError(RequestError):
    """The process ends before the request was answered.

    Attributes:
        retry_after: Seconds after which a retry makes sense.
    """

    code = "shutting-down"
    title = "Process ends"
    sentence = "The service restarts; nothing was accepted or charged. Retry after 2 seconds."
    retry_after = 2


class CutOffError(OutcomeUnknownError):
    """The process ends while it stores what was submitted."""

    def __init__(self) -> None:
        """Set the sentence with the remedy, which costs nothing even if the request was accepted."""
        sentence = (
            "The service restarts; the request may or may not have been accepted. Repeat it after 2 seconds with the "
            "same Idempotency-Key, or the same contact without forceRefresh: what was accepted is not accepted or "
            "charged again."
        )
        UnavailableError.__init__(self, "service", message=sentence)
