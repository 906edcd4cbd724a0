"""How long an address of the network must wait after what failed from it at the hosted pages.

Accounts have their own lock-out (`rules.lockout`); this one is against guesses that go from account
to account. Many people may share an address, so failures are forgiven as time passes: an office
does not add up, and whoever guesses on ends up with one guess in about half a minute.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from idp.user_pools.rules.lockout import Failures

FREE_ATTEMPTS = 30
FORGIVEN_EVERY = timedelta(seconds=20)
LONGEST = timedelta(minutes=15)
IPV6_CUSTOMER = 64
"""Bits of an IPv6 address that tell customers apart (RFC 6177); the others are theirs to choose."""


def is_delayed(failures: Failures | None, now: datetime) -> bool:
    """Whether the address has to wait still: a second after the free attempts, and twice as long
    after each further one."""
    if failures is None or failures.attempts < FREE_ATTEMPTS:
        return False
    seconds = 2.0 ** min(failures.attempts - FREE_ATTEMPTS, 10)
    return now < failures.last + min(timedelta(seconds=seconds), LONGEST)


def after_failure(failures: Failures, now: datetime) -> Failures:
    """One failure more, less what time has forgiven."""
    forgiven = max(0, int((now - failures.last) / FORGIVEN_EVERY))
    return Failures(max(0, failures.attempts - forgiven) + 1, now)


def network(address: str) -> str:
    """What is counted as one place: an IPv4 address, or a customer's IPv6 network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, IPV6_CUSTOMER), strict=False))
