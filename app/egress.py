"""Egress vetting of webhooks: resolve a host within a budget and check every address, at submit and at each connect."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, ip_address
from typing import Protocol

import dns.asyncresolver
import dns.exception
import dns.resolver
import msgspec

from app.domain.vocabulary import Mode
from app.domain.webhooks.ip_policy import Address, may_connect, parse_networks
from app.domain.webhooks.url_policy import ASK_OPERATOR, UrlRejected, WebhookTarget, check_url
from app.name_servers import make_resolver
from app.settings.own_servers import own_servers
from app.settings.parsers import ALL_NETWORKS
from app.settings.settings import Settings

__all__ = ["Resolver", "SystemResolver", "Unresolved", "UrlRejected", "Vetted", "Vetting"]

SUBMIT_BUDGET = 1.0
CONNECT_BUDGET = 5.0
MAX_ANSWERS = 64
CACHE_SECONDS = 30.0
CACHE_SIZE = 1024

_OURSELVES = "the URL leads to this service itself; use the URL of your receiver"


class Unresolved(msgspec.Struct, frozen=True, kw_only=True):
    """The name has no address now, or DNS did not answer in time; nothing is known about its addresses."""

    reason: str


class Vetted(msgspec.Struct, frozen=True, kw_only=True):
    """Every address of the target may be connected to.

    Attributes:
        addresses: In the order to try them; the caller connects to no other address.
    """

    target: WebhookTarget
    addresses: tuple[str, ...]


class Resolver(Protocol):
    """A resolver of names to addresses."""

    async def resolve(self, host: str, budget: float) -> Sequence[str]:
        """Return every IPv4 and IPv6 address of a name; empty when it has none.

        Args:
            host: A lower-case ASCII name.
            budget: Seconds.

        Raises:
            OSError: When the name cannot be resolved; its subclass TimeoutError when the budget is used up.
        """
        ...


class DnsResolver:
    """A resolver that queries name servers itself: cancellable and without a thread, so that none delays another."""

    def __init__(self, resolver: dns.asyncresolver.Resolver) -> None:
        """Use this configuration, without a cache, because an answer is valid for one connection only."""
        self._resolver = resolver

    async def resolve(self, host: str, budget: float) -> Sequence[str]:
        """Query both address families at once."""
        both = await asyncio.gather(
            self._ask(host, "A", budget), self._ask(host, "AAAA", budget), return_exceptions=True
        )
        found: list[str] = []
        for answer in both:
            if isinstance(answer, list):
                found += answer
        failures = [answer for answer in both if isinstance(answer, BaseException)]
        if failures and not found:
            raise failures[0]
        return found

    async def _ask(self, host: str, kind: str, budget: float) -> list[str]:
        try:
            answer = await self._resolver.resolve(
                f"{host}.", kind, lifetime=budget, raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            return []
        except dns.exception.Timeout as error:
            raise TimeoutError("DNS did not answer in time") from error
        except dns.exception.DNSException as error:
            raise OSError("DNS has no usable answer") from error
        return [record.address for record in answer.rrset or ()]


class SystemResolver:
    """A resolver that uses the system for local names (hosts file, containers' DNS) and name servers for the others."""

    def __init__(self, servers: Sequence[str] = ()) -> None:
        """Use these name servers, or those of the system; without any, the system resolves all names."""
        try:
            self._dns: DnsResolver | None = DnsResolver(make_resolver(servers))
        except dns.exception.DNSException:
            self._dns = None

    async def resolve(self, host: str, budget: float) -> Sequence[str]:
        """Resolve a name."""
        if self._dns and "." in host and not host.endswith((".localhost", ".local", ".internal")):
            return await self._dns.resolve(host, budget)
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(budget):
            try:
                infos = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            except UnicodeError as error:
                raise OSError("not a host name") from error
        return list(dict.fromkeys(str(info[4][0]) for info in infos))


class Vetting:
    """The vetting of one process."""

    def __init__(
        self,
        settings: Settings,
        *,
        resolver: Resolver | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the operator's policy.

        Args:
            settings: Those of webhooks, and the addresses of the service's own servers.
            resolver: The resolver; the system's by default.
            monotonic: Returns seconds, for the age of cached answers.
        """
        live = parse_networks(settings.webhook_allow_private)
        self._allowed = {Mode.LIVE: live, Mode.TEST: live + parse_networks(settings.webhook_allow_private_test)}
        self._denied = parse_networks(settings.webhook_deny)
        self._https_only = settings.webhook_https_only
        self._resolver = resolver or SystemResolver(settings.dns_servers)
        self._monotonic = monotonic
        self._own = check_url(settings.public_url or "", parse_networks(ALL_NETWORKS))
        self._servers = own_servers(settings)
        self._checked = lru_cache(CACHE_SIZE)(self._check_url)
        self._cache: dict[tuple[str, int, bool, Mode], tuple[float, asyncio.Task[_Answer]]] = {}

    def check_url(self, url: str, mode: Mode = Mode.LIVE) -> WebhookTarget | UrlRejected:
        """Check all that needs no DNS: the form of the URL, literal addresses, our own address."""
        return self._checked(url, mode)

    def _check_url(self, url: str, mode: Mode) -> WebhookTarget | UrlRejected:
        allowed = self._allowed[mode]
        target = check_url(url, allowed, self._denied)
        if isinstance(target, UrlRejected):
            return target
        if self._https_only and target.scheme != "https":
            return UrlRejected(reason="the URL must begin with https://")
        if isinstance(self._own, WebhookTarget) and target.host == self._own.host:
            # Another port of our own host needs a network that the operator allows.
            if target.port == self._own.port or not allowed:
                return UrlRejected(reason=_OURSELVES)
            target = msgspec.structs.replace(target, local_only=True)
        if self._is_server(target.host, target.port):
            return UrlRejected(reason=_OURSELVES)
        return msgspec.structs.replace(target, mode=mode)

    def _is_server(self, host: str, port: int) -> bool:
        """Return whether an API, a database or the like of this service listens there; `host` is a name or address."""
        if any(port == own_port and host == own_host for own_host, own_port in self._servers):
            return True
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(port == own for _, own in self._servers) and (address.is_loopback or is_own(address))

    async def vet_url(self, url: str, mode: Mode = Mode.LIVE) -> Vetted | UrlRejected | Unresolved:
        """Vet a submitted URL within a second; answers are cached by host for 30 seconds."""
        target = self.check_url(url, mode)
        if isinstance(target, UrlRejected):
            return target
        key = (target.host, target.port, target.local_only, mode)
        expires, task = self._cache.get(key, (0.0, None))
        if task is None or self._monotonic() >= expires:
            task = asyncio.create_task(self._addresses(target, SUBMIT_BUDGET))
            while len(self._cache) >= CACHE_SIZE:
                self._cache.pop(next(iter(self._cache)))
            self._cache[key] = (self._monotonic() + CACHE_SECONDS, task)
        # Several submissions wait for the same query, so a cancelled one must not cancel it.
        answer = await asyncio.shield(task)
        return Vetted(target=target, addresses=answer) if isinstance(answer, tuple) else answer

    async def vet_connect(self, target: WebhookTarget) -> Vetted | UrlRejected | Unresolved:
        """Vet a target right before connecting, without the cache."""
        answer = await self._addresses(target, CONNECT_BUDGET)
        return Vetted(target=target, addresses=answer) if isinstance(answer, tuple) else answer

    async def _addresses(self, target: WebhookTarget, budget: float) -> "_Answer":
        texts = (target.address,) if target.address else await self._resolve(target.host, budget)
        if isinstance(texts, Unresolved):
            return texts
        if len(texts) > MAX_ANSWERS:
            return UrlRejected(reason=f"{target.host} has more than {MAX_ANSWERS} addresses; use a host with fewer")
        addresses = [ip_address(text) for text in texts]
        if any(self._is_server(text, target.port) for text in texts):
            return UrlRejected(reason=_OURSELVES)
        if not all(self._may_connect(address, target.mode, local_only=target.local_only) for address in addresses):
            return UrlRejected(
                reason=f"{target.host} leads to an address that is not public, or closed; {ASK_OPERATOR}"
            )
        if any(is_own(a) for a in addresses if not self._may_connect(a, target.mode, local_only=True)):
            return UrlRejected(reason=f"{target.host} leads back to this machine; {ASK_OPERATOR}")
        return tuple(map(str, sorted(addresses, key=lambda a: a.version)))

    def _may_connect(self, address: Address, mode: Mode, *, local_only: bool) -> bool:
        return may_connect(address, self._allowed[mode], self._denied, local_only=local_only)

    async def _resolve(self, host: str, budget: float) -> Sequence[str] | Unresolved:
        try:
            async with asyncio.timeout(budget):
                found = await self._resolver.resolve(host, budget)
        except TimeoutError:
            return Unresolved(reason=f"DNS did not return the address of {host} within {budget:g} seconds")
        except OSError:
            return Unresolved(reason=f"{host} cannot be resolved")
        return found or Unresolved(reason=f"{host} has no address")


_Answer = tuple[str, ...] | UrlRejected | Unresolved


def is_own(address: Address) -> bool:
    """Return whether an address belongs to this machine: then the kernel chooses it as the source address as well.

    Connecting a datagram socket chooses a source and sends nothing.
    """
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(address), 9))
            return ip_address(str(probe.getsockname()[0]).partition("%")[0]) == address
        except OSError:
            return False
