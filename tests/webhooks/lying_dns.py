"""A name server on loopback that answers what the test wants, and something else the next time."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from app.egress import DnsResolver

DATAGRAM = 1232  # what name servers send at most, https://dnsflagday.net/2020

Records = list[tuple[str, str]]
Told = Records | dns.rcode.Rcode | None
Lie = Callable[[int], Told]


def always(*records: tuple[str, str]) -> Lie:
    """Answer with these (type, value) records each time."""
    return lambda _: list(records)


def first_then(first: Records, then: Records) -> Lie:
    """Answer the first look-up with one truth and all others with another: rebinding."""
    return lambda nth: first if nth == 0 else then


@dataclass
class LyingDns(asyncio.DatagramProtocol):
    """Answers each name by its lie, which gets how often the name was asked for before.

    A look-up asks for A and AAAA; both count as one. A lie of None is silence. What does not fit into a datagram is
    asked for again over TCP, at the same port.

    Attributes:
        otherwise: The lie about all other names; without one they do not exist.
    """

    lies: dict[str, Lie] = field(default_factory=dict)
    otherwise: Lie | None = None
    asked: dict[tuple[str, str], int] = field(default_factory=dict)
    port: int = 0
    transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        response = self._respond(data)
        if response is None:
            return
        try:
            wire = response.to_wire(max_size=DATAGRAM)
        except dns.exception.TooBig:
            response.answer = []
            response.flags |= dns.flags.TC
            wire = response.to_wire()
        assert self.transport
        self.transport.sendto(wire, addr)

    async def serve_stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one question over TCP (RFC 1035, section 4.2.2: two bytes say how long it is)."""
        length = int.from_bytes(await reader.readexactly(2))
        response = self._respond(await reader.readexactly(length))
        if response:
            wire = response.to_wire(max_size=65535)
            writer.write(len(wire).to_bytes(2) + wire)
            await writer.drain()
        writer.close()

    def _respond(self, data: bytes) -> dns.message.Message | None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        nth = self.asked.get((name, kind), 0)
        self.asked[name, kind] = nth + 1
        lie = self.lies.get(name, self.otherwise)
        told = lie(nth) if lie else dns.rcode.NXDOMAIN
        if told is None:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if isinstance(told, dns.rcode.Rcode):
            response.set_rcode(told)
        else:
            response.answer = _answer(question.name, kind, told)
        return response

    def resolver(self) -> DnsResolver:
        """Make the product's resolver ask this server."""
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = self.port
        return DnsResolver(resolver)


def _answer(name: dns.name.Name, kind: str, told: Records) -> list[dns.rrset.RRset]:
    """Follow CNAMEs as a recursive server does; every record lives for no time at all."""
    sections, owner = [], name
    for _, alias in (record for record in told if record[0] == "CNAME"):
        sections.append(dns.rrset.from_text(owner, 0, "IN", "CNAME", f"{alias}."))
        owner = dns.name.from_text(alias)
    values = [value for type_, value in told if type_ == kind]
    if values:
        sections.append(dns.rrset.from_text(owner, 0, "IN", kind, *values))
    return sections


@asynccontextmanager
async def lying_dns() -> AsyncIterator[LyingDns]:
    """Start the server on a free port."""
    server = LyingDns()
    # TCP first: its ports are the scarcer ones.
    async with await asyncio.start_server(server.serve_stream, "127.0.0.1", 0) as streams:
        server.port = streams.sockets[0].getsockname()[1]
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: server, local_addr=("127.0.0.1", server.port)
        )
        yield server
        transport.close()
