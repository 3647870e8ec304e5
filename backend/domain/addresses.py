"""Who called, by address: through the proxies we trust, and no finer than one caller can be told from another."""

import ipaddress
from collections.abc import Collection

LONGEST = 100


def caller(peer: str, forwarded: str, trusted: Collection[str]) -> str:
    """The address that called: the connection's, or what a proxy of ours saw (`forwarded` is X-Forwarded-For)."""
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    while peer in trusted and hops:
        peer = hops.pop()
    try:
        return network(peer)
    except ValueError:
        return peer[:LONGEST]


def network(address: str) -> str:
    """An address as one caller has it: an IPv4 address, the first 64 bits of an IPv6 address. Else `ValueError`."""
    parsed = ipaddress.ip_address(address.strip())
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
