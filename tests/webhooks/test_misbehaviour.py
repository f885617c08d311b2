"""Receivers that redirect, hang, drip, flood or speak something else: each try ends in time and says what happened."""

import asyncio

import pytest

from app.services import Services
from tests.webhooks.conftest import Box
from tests.webhooks.receiver import Receiver, Reply, answer, flood, hang, raw, reset
from webhooks.dispatcher import Dispatcher


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_failures_and_never_followed(
    services: Services, box: Box, receiver: Receiver, canary: Receiver, status: int
) -> None:
    receiver.default = answer(
        status, Location=f"http://127.0.0.1:{canary.port}/", Refresh=f"0; url=http://127.0.0.1:{canary.port}/"
    )
    [delivery] = await box.owe(receiver.url)
    await Dispatcher(services).deliver_due()
    [tried] = await box.tried(delivery, 1)
    assert (tried.http_status, (await box.row(delivery)).state) == (status, "pending")
    assert "redirects are not followed" in tried.error
    assert canary.connections == 0


_DRIP = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("reply", "status", "error"),
    [
        pytest.param(hang, None, "did not answer within 1 seconds", id="hangs"),
        pytest.param(
            flood(b"HTTP/1.1 2", b"0", pause=0.2), None, "not answer within|not proper HTTP", id="drips-its-head"
        ),
        pytest.param(reset, None, "broke the connection off|not proper HTTP", id="resets"),
        pytest.param(raw(b"SSH-2.0-OpenSSH_9.2\r\n"), None, "not proper HTTP", id="speaks-ssh"),
        pytest.param(
            flood(b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"b" * 9000 + b"\r\n"), None, "not proper", id="header-flood"
        ),
        pytest.param(
            flood(b"", b"HTTP/1.1 100 Continue\r\nX: " + b"a" * 4096 + b"\r\n\r\n"),
            None,
            "longer than 256",
            id="1xx-flood",
        ),
        pytest.param(
            raw(b"HTTP/1.1 101 Up\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), None, "not proper", id="101"
        ),
        pytest.param(flood(_DRIP, b"1\r\na\r\n", pause=0.1), 200, None, id="drips-its-body"),
        pytest.param(flood(_DRIP, b"2000\r\n" + b"a" * 8192 + b"\r\n"), 200, None, id="endless-body"),
        pytest.param(answer(200, b"\x1f\x8b\x08\x00bomb", Content_Encoding="gzip"), 200, None, id="gzip-stays-packed"),
        pytest.param(answer(200, b"nul \x00 and \xff"), 200, None, id="bytes-that-are-no-text"),
    ],
)
async def test_misbehaving_receivers_are_cut_and_recorded(
    *, services: Services, box: Box, receiver: Receiver, reply: Reply, status: int | None, error: str | None
) -> None:
    receiver.default = reply
    [delivery] = await box.owe(receiver.url)
    dispatcher = Dispatcher(services)
    async with asyncio.timeout(60):
        await dispatcher.deliver_due()
        [tried] = await box.tried(delivery, 1)
    assert tried.http_status == status
    assert len((tried.answer or "").encode()) <= 3 * 1024
    if error is None:
        assert tried.error is None
    else:
        assert any(words in tried.error for words in error.split("|")), tried.error
    await dispatcher.drain(0)
