"""Sends to every case of the SSRF catalogue inside a network of its own, in which each address is a canary's.

Run in a fresh network namespace: all of IPv4 and IPv6 is routed to loopback there, so that whatever address a socket
is opened to, one listener hears it, and the kernel counts every packet. Prints what happened, as JSON.
"""

import asyncio
import ssl
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path

import msgspec

from app.domain.webhooks.url_policy import WebhookTarget
from app.egress import UrlRejected, Vetting
from app.settings.settings import Settings
from tests.webhooks.lying_dns import LyingDns, always, lying_dns
from tests.webhooks.receiver import Receiver, listening
from tests.webhooks.ssrf_cases import ADDRESSES, URLS
from webhooks.transport import BlockedError, post

ROUTES = (
    "link set lo up",
    "route add local 0.0.0.0/0 dev lo src 127.0.0.1",
    "-6 route add local ::/0 dev lo src ::1",
)
PUBLIC = ("8.8.8.8", "2606:4700::1111")


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What one case did.

    Attributes:
        refused: Whether it was refused when submitted.
        words: What the try said.
        opened: TCP connections that were begun, as the kernel counts them.
        packets: Packets of any kind; None where DNS had to be asked.
    """

    refused: bool = False
    words: str = ""
    opened: int = 0
    packets: int | None = None


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything.

    Attributes:
        silent: Addresses at which not even a plain socket reaches the canary.
    """

    silent: list[str]
    tried: dict[str, Tried]


class World:
    """The canary, the lying name server, and the strictest settings."""

    def __init__(self, canary: Receiver, dns_server: LyingDns) -> None:
        """Judge as an operator does who allows nothing."""
        self.canary = canary
        self.dns = dns_server
        self.vetting = Vetting(Settings(), resolver=dns_server.resolver())
        self.tls = ssl.create_default_context()

    async def hears(self, address: str) -> bool:
        """Return whether a plain socket to the address reaches the canary."""
        try:
            _, writer = await asyncio.open_connection(address, self.canary.port)
        except OSError:
            return False
        writer.close()
        return True

    async def send(self, target: WebhookTarget) -> str:
        """Send without any check but the one at the connect."""
        try:
            answer = await post(target, [], b"{}", vetting=self.vetting, tls=self.tls, budget=5.0)
        except BlockedError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - a case that fails in another way is reported, not fatal
            return repr(error)
        return f"answered {answer.status}"

    async def literal(self, address: str) -> Tried:
        """Use an address as it is."""
        opened, packets = _opened(), _packets()
        url = f"http://[{address}]:{self.canary.port}/" if ":" in address else f"http://{address}:{self.canary.port}/"
        refused = isinstance(await self.vetting.vet_url(url), UrlRejected)
        words = await self.send(
            WebhookTarget(scheme="http", host=address, port=self.canary.port, path="/", address=address)
        )
        return Tried(refused=refused, words=words, opened=_opened() - opened, packets=_packets() - packets)

    async def named(self, address: str) -> Tried:
        """Use a name that leads to the address."""
        host = f"x{int(ip_address(address)):x}.example"
        self.dns.lies[host] = always(("AAAA" if ":" in address else "A", address))
        opened = _opened()
        refused = isinstance(await self.vetting.vet_url(f"http://{host}:{self.canary.port}/"), UrlRejected)
        words = await self.send(WebhookTarget(scheme="http", host=host, port=self.canary.port, path="/"))
        return Tried(refused=refused, words=words, opened=_opened() - opened)

    async def written(self, url: str) -> Tried:
        """Use a URL as it is written; every name leads to loopback."""
        opened, packets = _opened(), _packets()
        refused = isinstance(await self.vetting.vet_url(url), UrlRejected)
        return Tried(refused=refused, opened=_opened() - opened, packets=_packets() - packets)


def _opened() -> int:
    names, values = (
        line.split() for line in Path("/proc/net/snmp").read_text("ascii").splitlines() if line.startswith("Tcp:")
    )
    return int(values[names.index("ActiveOpens")])


def _packets() -> int:
    [line] = [line for line in Path("/proc/net/dev").read_text("ascii").splitlines() if line.strip().startswith("lo:")]
    return int(line.split()[10])


async def _quiet() -> None:
    """Wait until the plain sockets have said their goodbyes."""
    seen = -1
    while seen != (seen := _packets()):  # noqa: ASYNC110 - the kernel counts
        await asyncio.sleep(0.05)


async def try_everything() -> Findings:
    """Try each case in each way."""
    tried: dict[str, Tried] = {}
    async with listening(everywhere=True) as canary, lying_dns() as dns_server:
        dns_server.otherwise = always(("A", "127.0.0.1"))
        world = World(canary, dns_server)
        addresses = [(str(case.id), str(case.values[0])) for case in ADDRESSES]
        silent = [address for _, address in addresses if not await world.hears(address)]
        await _quiet()
        for number, case in enumerate(URLS):
            tried[f"{case.id} {number} url"] = await world.written(str(case.values[0]))
        for name, address in addresses:
            tried[f"{name} literal"] = await world.literal(address)
        for name, address in addresses:
            tried[f"{name} named"] = await world.named(address)
        for address in PUBLIC:
            tried[f"public {address} literal"] = await world.literal(address)
            tried[f"public {address} named"] = await world.named(address)
    return Findings(silent=silent, tried=tried)


if __name__ == "__main__":
    for route in ROUTES:
        subprocess.run(["ip", *route.split()], check=True)
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(try_everything())))
