"""Which addresses a server may connect to on behalf of others (server-side request forgery)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

from kernel.settings import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Nothing that Poolgate may call lives here, and cloud metadata services do. The last two are
# metadata services outside link-local: AWS over IPv6, and Alibaba Cloud.
NEVER: tuple[Network, ...] = tuple(
    ipaddress.ip_network(block)
    for block in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "fe80::/10",
        "ff00::/8",
        "fd00:ec2::254/128",
        "100.100.100.200/32",
    )
)

# RFC 4291 §2.4: "the Global Unicast address range"; IANA allocates it from 2000::/3 alone.
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")

# Prefixes whose last 32 bits are an IPv4 address that a router or the kernel connects to instead:
# IPv4-compatible and -mapped (RFC 4291 §2.5.5), IPv4-translated (RFC 2765), NAT64 (RFC 6052).
EMBEDDING = tuple(
    ipaddress.IPv6Network(block)
    for block in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96")
)


def refusal(address: Address, allow: Sequence[Network]) -> str | None:
    """Why a connection to `address` is refused, or None where it is permitted.

    Public addresses are permitted. Loopback, private and other special addresses are permitted
    inside the networks of `allow`. Link-local, unspecified, multicast and metadata addresses are
    always refused. An IPv4 address inside an IPv6 one is judged as well.
    """
    destination = _unwrapped(address)
    if _within(address, NEVER) or _within(destination, NEVER):
        return "is never permitted"
    if _within(address, allow) or _within(destination, allow) or _is_public(destination):
        return None
    return "is not public and not in upstream_allow"


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one leads to, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address) or int(address) <= 1:
        return address
    if any(address in prefix for prefix in EMBEDDING):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour or address


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        return address.is_global and address in GLOBAL_UNICAST
    return address.is_global
