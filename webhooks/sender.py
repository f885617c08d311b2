"""The sender: makes one attempt of a delivery and returns its result as a value."""

from collections.abc import Sequence
from enum import StrEnum

import httpx
import msgspec

from app.domain.webhooks.delivery import parse_retry_after
from app.domain.webhooks.url_policy import UrlRejected
from app.egress import Vetting
from app.services import Services
from app.store.webhooks.deliveries import LeasedDelivery
from webhooks.answer import NotHttpError
from webhooks.kept_connections import KeptConnections
from webhooks.message import headers
from webhooks.proxy import Proxy, ProxyError
from webhooks.transport import (
    BlockedError,
    ConnectError,
    ConnectTimeoutError,
    ReceivedResponse,
    UnresolvedError,
    post,
)


class DeliveryOutcome(StrEnum):
    """The outcome of an attempt, as metrics count it."""

    DELIVERED = "delivered"
    REDIRECTED = "redirected"
    REJECTED = "rejected"
    BROKEN = "broken"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    BLOCKED = "blocked"


class DeliveryResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of an attempt.

    Attributes:
        http_status: None when there was no response.
        error: A sentence; None after a 2xx.
        retry_after: Seconds that the receiver asks us to wait.
        answer_excerpt: The beginning of the response's body; None when it is empty.
    """

    outcome: DeliveryOutcome
    http_status: int | None = None
    error: str | None = None
    retry_after: float | None = None
    latency_ms: int = 0
    answer_excerpt: str | None = None


class Sender:
    """Sends attempts; between them it keeps connections for a moment, and nothing else."""

    def __init__(self, services: Services, vetting: Vetting) -> None:
        """Load the certificate authorities once (SSL_CERT_FILE or SSL_CERT_DIR where set, else certifi's)."""
        self._services = services
        self._vetting = vetting
        self._tls = httpx.create_ssl_context()
        proxy = services.settings.webhook_proxy
        self._proxy = Proxy.read(proxy) if proxy else None
        self._kept = KeptConnections()

    def close(self) -> None:
        """Close the connections that are kept."""
        self._kept.close()

    async def send(
        self, delivery: LeasedDelivery, keys: Sequence[bytes], custom: Sequence[tuple[str, str]] = ()
    ) -> DeliveryResult:
        """Send a delivery once, within `webhook_timeout_seconds`; `custom` are headers of its endpoint."""
        clock = self._services.clock
        started = clock.monotonic()
        result = await self._send(delivery, keys, custom)
        return msgspec.structs.replace(result, latency_ms=max(0, round((clock.monotonic() - started) * 1000)))

    async def _send(
        self, delivery: LeasedDelivery, keys: Sequence[bytes], custom: Sequence[tuple[str, str]]
    ) -> DeliveryResult:
        target = self._vetting.check_url(delivery.url, delivery.mode)
        if isinstance(target, UrlRejected):
            return DeliveryResult(outcome=DeliveryOutcome.BLOCKED, error=target.reason)
        at = self._services.now()
        try:
            answer = await post(
                target,
                headers(delivery, keys, at, custom),
                delivery.body,
                vetting=self._vetting,
                tls=self._tls,
                budget=self._services.settings.webhook_timeout_seconds,
                proxy=self._proxy,
                kept=self._kept,
                account_id=delivery.account_id,
            )
        except BlockedError as error:
            return DeliveryResult(outcome=DeliveryOutcome.BLOCKED, error=str(error))
        except UnresolvedError as error:
            return DeliveryResult(outcome=DeliveryOutcome.UNREACHABLE, error=str(error))
        except ProxyError as error:
            return DeliveryResult(
                outcome=DeliveryOutcome.BLOCKED if error.refused else DeliveryOutcome.UNREACHABLE, error=str(error)
            )
        except (OSError, ConnectError, NotHttpError) as error:
            return self._explain(error)
        return self._result_of(answer)

    def _explain(self, error: Exception) -> DeliveryResult:
        match error:
            case ConnectTimeoutError():
                outcome, reason = DeliveryOutcome.TIMEOUT, "the receiver did not take the connection in time"
            case TimeoutError():
                budget = self._services.settings.webhook_timeout_seconds
                outcome, reason = DeliveryOutcome.TIMEOUT, f"the receiver did not answer within {budget:g} seconds"
            case ConnectError():
                outcome, reason = DeliveryOutcome.UNREACHABLE, str(error)
            case NotHttpError():
                outcome, reason = DeliveryOutcome.BROKEN, f"the answer is not proper HTTP: {error}"
            case _:  # ssl.SSLError among them, which is an OSError
                outcome, reason = DeliveryOutcome.BROKEN, "the receiver broke the connection off"
        return DeliveryResult(outcome=outcome, error=reason)

    def _result_of(self, answer: ReceivedResponse) -> DeliveryResult:
        kind, error = _read_status(answer.status)
        wait = parse_retry_after(answer.retry_after, self._services.now()) if answer.retry_after else None
        # PostgreSQL's text cannot hold NUL.
        excerpt = answer.excerpt.decode("utf-8", "replace").replace("\0", "�")
        return DeliveryResult(
            outcome=kind,
            http_status=answer.status,
            error=error,
            retry_after=wait,
            answer_excerpt=excerpt or None,
        )


def _read_status(status: int) -> tuple[DeliveryOutcome, str | None]:
    match status // 100:
        case 2:
            return DeliveryOutcome.DELIVERED, None
        case 3:
            return (
                DeliveryOutcome.REDIRECTED,
                f"the receiver answered {status}; redirects are not followed, use the final URL",
            )
        case _:
            return DeliveryOutcome.REJECTED, f"the receiver answered {status}"
