"""The metadata of configured SAML providers: given as a file, or fetched and kept."""

from __future__ import annotations

from collections.abc import Mapping

from idp.errors import InvalidParameter
from idp.user_pools.rules import saml_metadata
from idp.user_pools.rules.saml_metadata import Metadata
from idp.user_pools.services.upstream import UpstreamFailed
from kernel.clock import Clock
from kernel.outbound import Outbound
from kernel.outbound.errors import OutboundError

TIMEOUT = 1.5
FRESH_SECONDS = 21_600.0
"""Six hours, as Amazon Cognito refreshes it."""
PAUSE_SECONDS = 60.0
"""The least time between two attempts at an address that fails."""
MOST_KEPT = 512


class MetadataStore:
    """What is known of each provider. A refresh that fails changes nothing."""

    def __init__(self, outbound: Outbound, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock
        self._kept: dict[str, tuple[float, Metadata | None]] = {}
        """By address: when to ask again, and what was last understood."""

    def of(self, details: Mapping[str, str]) -> Metadata:
        """Raises `UpstreamFailed`."""
        if "MetadataFile" in details:
            return saml_metadata.parse(details["MetadataFile"])
        address = details["MetadataURL"]
        again, metadata = self._kept.get(address, (float("-inf"), None))
        if self._clock.time() >= again:
            if metadata is not None:
                self._keep(address, PAUSE_SECONDS, metadata)  # one asks, the others go on
            fetched = self._fetched(address)
            metadata = fetched or metadata
            self._keep(address, FRESH_SECONDS if fetched else PAUSE_SECONDS, metadata)
        if metadata is None:
            raise UpstreamFailed("The identity provider's metadata cannot be read.")
        return metadata

    def _keep(self, address: str, seconds: float, metadata: Metadata | None) -> None:
        if len(self._kept) >= MOST_KEPT and address not in self._kept:
            self._kept.clear()
        self._kept[address] = (self._clock.time() + seconds, metadata)

    def _fetched(self, address: str) -> Metadata | None:
        """None where it cannot be had, or is no metadata."""
        try:
            reply = self._outbound.request(
                "GET", address, timeout=TIMEOUT, max_bytes=saml_metadata.LONGEST
            )
            text = reply.body.decode("utf-8-sig")
            return saml_metadata.parse(text) if reply.status == 200 else None
        except (OutboundError, UnicodeDecodeError, InvalidParameter):
            return None
