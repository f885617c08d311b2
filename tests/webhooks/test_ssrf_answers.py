"""What a receiver answers is followed nowhere and changes little: cases 85 to 90, and what counts as success."""

from datetime import timedelta

import msgspec
import pytest

from app.egress import Vetting
from app.services import Services
from tests.play.clock import SetClock, retry_after
from tests.webhooks.conftest import Box, try_once
from tests.webhooks.receiver import Receiver, Reply, answer, raw
from webhooks.dispatcher import Dispatcher
from webhooks.sender import DeliveryOutcome

MIB = 2**20


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        pytest.param("http://169.254.169.254/latest/meta-data/", id="85-metadata"),
        pytest.param("http://127.0.0.1:{canary}/", id="85-canary"),
        pytest.param("/again", id="86-chain"),
        pytest.param("file:///etc/passwd", id="86-file"),
        pytest.param("//127.0.0.1:{canary}/", id="86-without-scheme"),
    ],
)
async def test_w5_a_redirect_is_a_failure_and_its_location_is_never_requested(
    senders: Services, receiver: Receiver, canary: Receiver, status: int, location: str
) -> None:
    # The chain would end at the receiver itself, which counts.
    receiver.script = [answer(status, Location=location.format(canary=canary.port))]
    result = await try_once(senders, Vetting(senders.settings), receiver.url)
    assert (result.outcome, result.http_status) == (DeliveryOutcome.REDIRECTED, status)
    assert "use the final URL" in (result.error or "")
    assert "169.254" not in (result.error or "")
    assert (receiver.connections, canary.connections) == (1, 0)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
@pytest.mark.parametrize(
    "header",
    [
        pytest.param("Location", id="90-location"),
        pytest.param("Content_Location", id="90-content-location"),
        pytest.param("Link", id="90-link"),
        pytest.param("Alt_Svc", id="90-alt-svc"),
        pytest.param("Refresh", id="90-refresh"),
    ],
)
async def test_s1_no_header_of_an_answer_sends_us_anywhere(
    senders: Services, receiver: Receiver, canary: Receiver, status: int, header: str
) -> None:
    inside = f"127.0.0.1:{canary.port}"
    values = {"Link": f"<http://{inside}/>; rel=preload", "Alt_Svc": f'h2="{inside}"', "Refresh": f"0; url=//{inside}"}
    receiver.default = answer(status, b"", **{header: values.get(header, f"http://{inside}/")})
    vetting = Vetting(senders.settings)
    # The second try would be the one that remembers an alternative service.
    for _ in range(2):
        assert (await try_once(senders, vetting, receiver.url)).outcome is DeliveryOutcome.DELIVERED
    assert (receiver.connections, canary.connections) == (2, 0)


@pytest.mark.parametrize("status", [400, 401, 404, 408, 410, 418, 429, 500, 502, 503, 504, 599])
async def test_w5_only_2xx_is_success(senders: Services, receiver: Receiver, status: int) -> None:
    receiver.default = answer(status)
    result = await try_once(senders, Vetting(senders.settings), receiver.url)
    assert (result.outcome, result.http_status) == (DeliveryOutcome.REJECTED, status)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        pytest.param(
            raw(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 2**17 + b"\r\n"), "proper HTTP", id="88-1-mb-headers"
        ),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nX: " + b"b" * MIB + b"\r\n\r\n"), "proper HTTP", id="88-1-mb-header"),
        pytest.param(
            raw((b"HTTP/1.1 103 Early Hints\r\nLink: " + b"a" * 4096 + b"\r\n\r\n") * 2**9),
            "longer than 256 KiB",
            id="88-1xx-flood",
        ),
        pytest.param(
            raw(b"HTTP/1.1 101 Up\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"), "proper HTTP", id="88-upgrade"
        ),
        pytest.param(raw(b"HTTP/1.1 99999 OK\r\n\r\n"), "proper HTTP", id="status-of-five-digits"),
    ],
)
async def test_s1_88_what_is_not_a_plain_answer_is_a_failed_try(
    senders: Services, receiver: Receiver, reply: Reply, words: str
) -> None:
    receiver.default = reply
    result = await try_once(senders, Vetting(senders.settings), receiver.url)
    assert (result.outcome, result.http_status) == (DeliveryOutcome.BROKEN, None)
    assert words in (result.error or "")
    assert len(result.error or "") < 300


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        pytest.param("120", 120, id="delta"),
        pytest.param("120.6", 120.6, id="fraction"),
        pytest.param(timedelta(minutes=2), 120, id="date"),
        pytest.param("2", 10, id="never-earlier-than-the-schedule"),
        pytest.param(timedelta(days=-2000), 10, id="a-date-gone-by"),
        pytest.param("86400", 3600, id="an-hour-at-most"),
        pytest.param(timedelta(days=20000), 3600, id="a-date-far-away"),
        *(pytest.param(text, 10, id=f"garbage-{text}") for text in ("soon", "-5", "1e9", "NaN", "12 0", "²")),
    ],
)
async def test_w5_retry_after_delays_by_an_hour_at_most_and_changes_nothing_else(
    *,
    services: Services,
    box: Box,
    clock: SetClock,
    receiver: Receiver,
    status: int,
    header: str | timedelta,
    seconds: float,
) -> None:
    services = msgspec.structs.replace(
        services, settings=msgspec.structs.replace(services.settings, webhook_retry_delays=(10.0, 10.0))
    )
    receiver.default = answer(status, Retry_After=retry_after(clock, header))
    [delivery] = await box.owe(receiver.url)
    dispatcher = Dispatcher(services)
    for number in (1, 2, 3):
        await dispatcher.deliver_due()
        await box.tried(delivery, number)
        row = await box.row(delivery)
        if number == 1:
            assert row.due_at - clock.now() == timedelta(seconds=seconds)
        clock.at = row.due_at or clock.at
    assert (row.state, row.due_at, len(await box.tries(delivery))) == ("failed", None, 3)
    await dispatcher.drain(1)
