"""Where a request comes from: the address of the client, behind however many of our proxies."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Final

Network = IPv4Network | IPv6Network

UNKNOWN: Final = "unknown"
IPV6_PREFIX: Final = 64
"""Whoever has one address of IPv6 has a whole network of them."""


def networks(text: str) -> tuple[Network, ...]:
    """Read networks that are separated by white space. Raises ValueError."""
    return tuple(ip_network(each) for each in text.split())


def address_of(scope: Any, trusted: Iterable[Network]) -> str:
    """Tell the client's address: of those that forwarded, the last that is no proxy of ours.

    What the client itself claims in ``X-Forwarded-For`` stands before that and counts for nothing.
    """
    client = scope.get("client")
    if not client:
        return UNKNOWN
    ours = tuple(trusted)
    address = str(client[0])
    hops = _forwarded(scope) if ours else []
    while hops and _is_among(address, ours):
        address = hops.pop()
    return _grouped(address)


def _forwarded(scope: Any) -> list[str]:
    values = [
        value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"
    ]
    return [hop.strip() for hop in ",".join(values).split(",") if hop.strip()]


def _is_among(address: str, ours: tuple[Network, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in ours)


def _grouped(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return UNKNOWN
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, IPV6_PREFIX), strict=False))
