"""One try costs so much time and so much memory, and no more, whatever the receiver does."""

import asyncio
import gzip
import socket
import tracemalloc

import msgspec
import pytest

from app.egress import Vetting
from app.services import Services
from tests.webhooks.conftest import Box, try_once
from tests.webhooks.lying_dns import LyingDns, always
from tests.webhooks.receiver import Receiver, answer, flood, stall
from webhooks.dispatcher import Dispatcher
from webhooks.sender import DeliveryOutcome

MIB = 2**20
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def _patient(senders: Services, seconds: float) -> Services:
    return msgspec.structs.replace(
        senders, settings=msgspec.structs.replace(senders.settings, webhook_timeout_seconds=seconds)
    )


class _Counted:
    """An answer of so many bytes, and how many of them the receiver got rid of."""

    def __init__(self, head: bytes, chunk: bytes) -> None:
        self.sent = 0
        self._head, self._chunk = head, chunk

    async def __call__(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # What waits in the kernel is nobody's memory but the kernel's.
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
        writer.write(self._head)
        while True:
            writer.write(self._chunk)
            await writer.drain()
            self.sent += len(self._chunk)


@pytest.mark.parametrize(
    ("head", "chunk"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n", b"a" * 65536, id="88-ten-gigabytes"),
        pytest.param(_CHUNKED, b"10000\r\n" + b"a" * 65536 + b"\r\n", id="88-without-end"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 65536, id="88-until-the-end-of-the-connection"),
    ],
)
async def test_w4_a_body_of_any_length_is_cut_and_memory_stays_flat(
    senders: Services, receiver: Receiver, head: bytes, chunk: bytes
) -> None:
    receiver.default = counted = _Counted(head, chunk)
    patient = _patient(senders, 15.0)
    vetting, loop = Vetting(patient.settings), asyncio.get_running_loop()
    await try_once(patient, vetting, receiver.url)
    began, counted.sent = loop.time(), 0
    tracemalloc.start()
    try:
        result = await try_once(patient, vetting, receiver.url)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (result.outcome, result.answer_excerpt) == (DeliveryOutcome.DELIVERED, "a" * 1024)
    assert loop.time() - began < 14  # of 15 that it had: it ended by itself
    assert counted.sent < 16 * MIB
    assert peak < 4 * MIB


async def test_w4_no_more_than_64_kib_of_an_answer_are_wanted(senders: Services, receiver: Receiver) -> None:
    # After exactly 64 KiB the receiver falls silent; a reader of another byte waits for 90 s.
    receiver.default = stall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n" + b"a" * 65536)
    patient = _patient(senders, 90.0)
    async with asyncio.timeout(60):
        result = await try_once(patient, Vetting(patient.settings), receiver.url)
    assert result.outcome is DeliveryOutcome.DELIVERED


async def test_w4_a_slow_drip_is_cut_at_the_budget(senders: Services, receiver: Receiver) -> None:
    vetting, loop = Vetting(senders.settings), asyncio.get_running_loop()
    for head, outcome in ((_CHUNKED, DeliveryOutcome.DELIVERED), (b"HTTP/1.1 200 OK\r\nX: ", DeliveryOutcome.TIMEOUT)):
        receiver.default = flood(head, b"1\r\na\r\n" if head is _CHUNKED else b"a", pause=0.25)
        began = loop.time()
        assert (await try_once(senders, vetting, receiver.url)).outcome is outcome
        assert 0.9 < loop.time() - began < 4  # of one that it had; the drip goes on for ever


async def test_w4_a_connection_that_nobody_takes_costs_five_seconds_over_all_addresses(
    senders: Services, dns_server: LyingDns
) -> None:
    patient = _patient(senders, 15.0)
    hosts = [f"127.0.0.{n}" for n in range(11, 15)]
    with socket.create_server(("0.0.0.0", 0), backlog=0) as full:  # noqa: S104 - all of loopback
        port = full.getsockname()[1]
        # A queue that is full takes no connection and says nothing, as a firewall does.
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            dns_server.lies["hole.example"] = always(*(("A", host) for host in hosts))
            vetting, loop = Vetting(patient.settings, resolver=dns_server.resolver()), asyncio.get_running_loop()
            began = loop.time()
            result = await try_once(patient, vetting, f"http://hole.example:{port}/")
    assert 4.5 < loop.time() - began < 9.5  # five for all four addresses, not for each
    assert (result.outcome, result.error) == (
        DeliveryOutcome.TIMEOUT,
        "the receiver did not take the connection in time",
    )


async def test_s1_88_a_compressed_bomb_is_never_inflated(senders: Services, receiver: Receiver) -> None:
    bomb = gzip.compress(bytes(64 * MIB))
    assert len(bomb) < MIB / 10
    vetting = Vetting(senders.settings)
    for coding in ("gzip", "deflate", "br", "zstd"):
        receiver.default = answer(200, bomb, Content_Encoding=coding)
        tracemalloc.start()
        try:
            result = await try_once(senders, vetting, receiver.url)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert receiver.requests[0].headers["accept-encoding"] == "identity"
        assert (result.answer_excerpt or "")[:1] == "\x1f"
        assert peak < 4 * MIB


async def test_w4_at_most_20000_bytes_of_an_answer_are_stored(services: Services, box: Box, receiver: Receiver) -> None:
    # Bytes that are no text become three each.
    receiver.default = answer(500, b"\xff" * 60_000)
    [delivery] = await box.owe(receiver.url)
    dispatcher = Dispatcher(services)
    await dispatcher.deliver_due()
    [tried] = await box.tried(delivery, 1)
    assert 0 < len(tried.answer.encode()) <= 20_000
    await dispatcher.drain(1)
