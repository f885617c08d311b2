"""Connections that deliveries share: which are used again, for how long, and what a receiver can do to them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest

from app.domain.webhooks.url_policy import WebhookTarget
from app.egress import Vetting
from app.services import Services
from app.store.webhooks.deliveries import LeasedDelivery
from tests.webhooks.conftest import leased_to
from tests.webhooks.lying_dns import LyingDns, always, first_then
from tests.webhooks.receiver import Receiver, answer, listening, raw, reset
from tests.webhooks.test_tls import Issue, issue  # noqa: F401 - a fixture
from webhooks.kept_connections import KeptConnections
from webhooks.sender import DeliveryOutcome, DeliveryResult, Sender
from webhooks.transport import BlockedError, post

Post = Callable[[], Awaitable[int]]
OK = b"HTTP/1.1 200 OK\r\n"
KEPT = {
    "a length": OK + b"Content-Length: 6\r\n\r\nthanks",
    "nothing": b"HTTP/1.1 204 No Content\r\n\r\n",
    "nothing, of no length": b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
    "chunks": OK + b"Transfer-Encoding: chunked\r\n\r\n6\r\nthanks\r\n0\r\n\r\n",
    "a trailer": OK + b"Transfer-Encoding: chunked\r\n\r\n6\r\nthanks\r\n0\r\nX: y\r\n\r\n",
    "an interim answer": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n",
    "a refusal": b"HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno",
}
NOT_KEPT = {
    "it says so": OK + b"Connection: close\r\nContent-Length: 0\r\n\r\n",
    "another version": b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    "a length and chunks": OK + b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two codings": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a second answer": OK + b"Content-Length: 0\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n",
    "bytes behind it": OK + b"Content-Length: 0\r\n\r\nthanks",
    "a body of 204": b"HTTP/1.1 204 No\r\nContent-Length: 6\r\n\r\nthanks",
    "a line that is no header": OK + b"no header\r\nContent-Length: 0\r\n\r\n",
    "a folded length": OK + b"X: y\r\n z\r\nContent-Length: 0\r\n\r\n",
    "a body that is long": OK + b"Content-Length: 100000\r\n\r\n" + b"a" * 100_000,
    "chunks that are none": OK + b"Transfer-Encoding: chunked\r\n\r\nthanks",
}


@pytest.fixture
def delivery(senders: Services, receiver: Receiver) -> LeasedDelivery:
    receiver.keeps = True
    return leased_to(senders, receiver.url)


async def _send(sender: Sender, delivery: LeasedDelivery) -> DeliveryResult:
    return await sender.send(delivery, [b"k" * 32])


async def test_deliveries_of_an_account_share_a_connection(
    senders: Services, receiver: Receiver, delivery: LeasedDelivery
) -> None:
    sender = Sender(senders, Vetting(senders.settings))
    for name, reply in KEPT.items():
        receiver.script = [raw(reply)]
        assert (await _send(sender, delivery)).http_status == int(reply.split(b"HTTP/1.1 ")[-1][:3]), name
        assert receiver.connections == 1, name
    another = msgspec.structs.replace(delivery, account_id=senders.new_id())
    assert (await _send(sender, another)).outcome is DeliveryOutcome.DELIVERED
    assert receiver.connections == 2
    assert not [one for one in receiver.requests if "connection" in one.headers]
    sender.close()
    await receiver.wait_closed(2)


@pytest.fixture
async def patient_post(senders: Services, receiver: Receiver) -> AsyncIterator[Post]:
    receiver.keeps = True
    vetting, kept = Vetting(senders.settings), KeptConnections(idle_seconds=600.0, age_seconds=600.0)
    target = vetting.check_url(receiver.url)
    assert isinstance(target, WebhookTarget)

    async def send() -> int:
        tls = ssl.create_default_context()
        return (await post(target, [], b"{}", vetting=vetting, tls=tls, budget=15.0, kept=kept)).status

    yield send
    kept.close()


async def test_an_answer_whose_end_is_in_doubt_ends_the_connection(patient_post: Post, receiver: Receiver) -> None:
    for number, (name, reply) in enumerate(NOT_KEPT.items(), start=1):
        receiver.script = [raw(reply)]
        assert await patient_post() < 300, name
        assert receiver.connections == number, name


async def test_a_receiver_that_speaks_out_of_turn_answers_nothing_by_it(patient_post: Post, receiver: Receiver) -> None:
    now = asyncio.Event()

    async def forge(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(KEPT["nothing"])
        await now.wait()
        writer.write(KEPT["a refusal"])

    receiver.script = [forge]
    assert await patient_post() == 204
    now.set()
    await receiver.wait_closed(1)
    assert await patient_post() == 200
    assert receiver.connections == 2


async def test_a_connection_that_the_receiver_has_ended_costs_no_attempt(
    senders: Services, receiver: Receiver, delivery: LeasedDelivery
) -> None:
    sender = Sender(senders, Vetting(senders.settings))
    receiver.script = [answer(200), reset]
    for _ in range(2):
        assert (await _send(sender, delivery)).outcome is DeliveryOutcome.DELIVERED
    # The request that was broken off was repeated, under the same id.
    assert (receiver.connections, len(receiver.requests)) == (2, 3)
    assert len({one.headers["webhook-id"] for one in receiver.requests}) == 1
    # But not what a new connection broke off, nor what had been answered in part.
    receiver.script = [raw(OK + b"Content-"), reset]
    receiver.keeps = False
    assert (await _send(sender, delivery)).outcome is DeliveryOutcome.BROKEN
    assert (await _send(sender, delivery)).outcome is DeliveryOutcome.BROKEN
    assert len(receiver.requests) == 5


async def test_a_change_of_dns_is_seen_when_a_connection_is_too_old(
    senders: Services, dns_server: LyingDns, receiver: Receiver
) -> None:
    receiver.keeps = True
    vetting, tls = Vetting(senders.settings, resolver=dns_server.resolver()), ssl.create_default_context()
    target = WebhookTarget(scheme="http", host="moves.example", port=receiver.port, path="/")
    here, away = [("A", "127.0.0.1")], [("A", "10.0.0.1")]

    async def send(kept: KeptConnections) -> int:
        return (await post(target, [], b"{}", vetting=vetting, tls=tls, budget=15.0, kept=kept)).status

    young, old = KeptConnections(), KeptConnections(age_seconds=0.0)
    for kept in (young, old):
        dns_server.asked.clear()
        dns_server.lies["moves.example"] = first_then(here, away)
        assert await send(kept) == 200
        if kept is young:
            assert await send(kept) == 200
            assert dns_server.asked["moves.example", "A"] == 1
        else:
            with pytest.raises(BlockedError):
                await send(kept)
    assert receiver.connections == 2
    young.close()


async def test_a_connection_that_nobody_wants_is_closed(senders: Services, receiver: Receiver) -> None:
    receiver.keeps = True
    vetting, kept = Vetting(senders.settings), KeptConnections(idle_seconds=0.01)
    target = vetting.check_url(receiver.url)
    assert isinstance(target, WebhookTarget)
    await post(target, [], b"{}", vetting=vetting, tls=ssl.create_default_context(), budget=15.0, kept=kept)
    await receiver.wait_closed(1)


async def test_tls_is_begun_once_for_deliveries_that_share_a_connection(
    senders: Services,
    dns_server: LyingDns,
    issue: Issue,  # noqa: F811 - the fixture
) -> None:
    dns_server.lies["secure.example"] = always(("A", "127.0.0.1"))
    async with listening(tls=issue("secure.example", 30)) as receiver:
        receiver.keeps = True
        sender = Sender(senders, Vetting(senders.settings, resolver=dns_server.resolver()))
        delivery = leased_to(senders, f"https://secure.example:{receiver.port}/hook")
        for _ in range(2):
            assert (await _send(sender, delivery)).outcome is DeliveryOutcome.DELIVERED
        assert (receiver.connections, len(receiver.requests)) == (1, 2)
        sender.close()
        await receiver.wait_closed(1)
