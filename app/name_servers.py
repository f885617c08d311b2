"""Name servers: make the resolver that asks those of the settings, or the system's."""

from collections.abc import Sequence

import dns.asyncresolver
from dns.nameserver import Do53Nameserver

from app.settings.parsers import name_server


def make_resolver(servers: Sequence[str]) -> dns.asyncresolver.Resolver:
    """Make a resolver.

    Args:
        servers: Addresses, with a port or without; none for the system's.

    Raises:
        dns.resolver.NoResolverConfiguration: The system names no servers.
    """
    if not servers:
        return dns.asyncresolver.Resolver()
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = [Do53Nameserver(address, port) for address, port in map(name_server, servers)]
    return resolver
