"""A played name server on loopback: it knows the names that a test gives it, and can fall silent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset


@dataclass
class NameServer:
    """What it answers.

    Attributes:
        zones: Records by name, such as ``{"acme.example": {"MX": ["10 mx.acme.example."]}}``; other names do not exist.
        fails: Answer SERVFAIL to everything.
        asked: Every question, as name and type.
        address: Where it listens, as the settings write it.
    """

    zones: dict[str, dict[str, list[str]]]
    fails: bool = False
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def answer(self, wire: bytes) -> bytes:
        query = dns.message.from_wire(wire)
        [question] = query.question
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if self.fails:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.zones:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif found := self.zones[name].get(kind):
            response.answer.append(dns.rrset.from_text(question.name, 60, dns.rdataclass.IN, kind, *found))
        return response.to_wire()


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transport.sendto(self._server.answer(data), addr)


@asynccontextmanager
async def name_server(zones: dict[str, dict[str, list[str]]]) -> AsyncIterator[NameServer]:
    """Serve on a free port."""
    server = NameServer(zones)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Protocol(server), local_addr=("127.0.0.1", 0))
    server.address = f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    try:
        yield server
    finally:
        transport.close()
