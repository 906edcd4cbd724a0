"""The one guarded HTTP client for everything that Poolgate fetches or calls."""

from kernel.outbound.client import Opened, Outbound, Reply
from kernel.outbound.errors import (
    OutboundError,
    OutboundFailed,
    OutboundRefused,
    OutboundTimedOut,
)
from kernel.outbound.guard import AddressGuard, PinnedAddress, allowed_networks

__all__ = [
    "AddressGuard",
    "Opened",
    "Outbound",
    "OutboundError",
    "OutboundFailed",
    "OutboundRefused",
    "OutboundTimedOut",
    "PinnedAddress",
    "Reply",
    "allowed_networks",
]
