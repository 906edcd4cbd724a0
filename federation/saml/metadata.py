"""The metadata of configured SAML providers: given as a file, or fetched and kept."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace

import structlog
from lxml import etree

from federation.saml import document, signatures
from federation.saml.names import DSIG, ENTITY_DESCRIPTOR
from idp.errors import IdpError, InvalidParameter
from idp.user_pools.rules import saml_metadata
from idp.user_pools.rules.saml_metadata import Metadata
from idp.user_pools.rules.saml_pins import SamlPins
from idp.user_pools.services import fetched_metadata
from idp.user_pools.services.fetched_metadata import Fetched
from idp.user_pools.services.upstream import Upstream, UpstreamFailed
from kernel.clock import Clock
from kernel.database import Database
from kernel.outbound import Outbound
from kernel.outbound.errors import OutboundError
from kernel.threads import compute

TIMEOUT = 1.5
FRESH_SECONDS = 21_600.0
"""Six hours, as Amazon Cognito refreshes it; sooner where the metadata says so."""
LEAST_FRESH_SECONDS = 300.0
PAUSE_SECONDS = 60.0
"""The least time between two attempts at an address that fails."""
LONGEST_AWAY_SECONDS = 7 * 86_400.0
"""For how long metadata is used whose address is away, or says what is refused."""
MOST_KEPT = 512

log = structlog.get_logger("poolgate.federation")


@dataclass(frozen=True)
class _Kept:
    """When to ask again, and what was last understood: until when it is used."""

    again: float
    metadata: Metadata | None = None
    ends: float = 0.0


class MetadataStore:
    """What is known of each provider. A refresh that fails changes nothing, for a while."""

    def __init__(self, outbound: Outbound, clock: Clock, database: Database) -> None:
        self._outbound = outbound
        self._clock = clock
        self._database = database
        self._kept: dict[tuple[str, SamlPins], _Kept] = {}
        """By address, and by what it was checked against."""

    def of(self, upstream: Upstream) -> Metadata:
        """What holds now. Raises `UpstreamFailed`."""
        if "MetadataFile" in upstream.details:
            return self._of_file(upstream)
        key, now = (upstream.details["MetadataURL"], upstream.pins), self._clock.time()
        kept = self._kept.get(key, _Kept(float("-inf")))
        if now >= kept.again:
            if kept.metadata is not None:
                # One asks, the others go on.
                self._keep(key, replace(kept, again=now + PAUSE_SECONDS))
            kept = self._refreshed(upstream, kept, now)
            self._keep(key, kept)
        if kept.metadata is None or now >= kept.ends:
            raise UpstreamFailed("The identity provider's metadata cannot be read.")
        return kept.metadata

    def is_known(self, upstream: Upstream) -> bool:
        """Whether `of` answers without asking anybody."""
        if "MetadataFile" in upstream.details:
            return True
        kept = self._kept.get((upstream.details["MetadataURL"], upstream.pins))
        return kept is not None and self._clock.time() < kept.again

    def _of_file(self, upstream: Upstream) -> Metadata:
        try:
            metadata = understood(upstream.details["MetadataFile"].encode(), upstream.pins)
            _check_time(metadata, self._clock.time())
        except IdpError as error:
            raise UpstreamFailed(
                "The identity provider's metadata cannot be used.", why=error.message
            ) from None
        return metadata

    def _refreshed(self, upstream: Upstream, kept: _Kept, now: float) -> _Kept:
        """With what the address says now; with what it said last where that cannot be used."""
        address = upstream.details["MetadataURL"]
        try:
            fetched = Fetched(address, self._fetched(address), now)
            metadata = understood(fetched.octets, upstream.pins)
            _check_time(metadata, now)
        except (OutboundError, IdpError) as error:
            if kept.metadata is None:
                kept = self._stored(upstream)
            log.warning(
                "saml_metadata_refused",
                pool=upstream.pool_id,
                provider=upstream.name,
                reason=str(error),
                last_is_used=kept.metadata is not None and now < kept.ends,
            )
            return replace(kept, again=now + PAUSE_SECONDS)
        whose = upstream.pool_id, upstream.name
        self._database.write(fetched_metadata.keep, *whose, fetched, self._clock.now())
        return _kept(metadata, now)

    def _stored(self, upstream: Upstream) -> _Kept:
        """What any process understood last, if it would still be believed."""
        whose = upstream.pool_id, upstream.name
        found = self._database.read(fetched_metadata.last, *whose)
        if found is None or found.address != upstream.details["MetadataURL"]:
            return _Kept(float("-inf"))
        try:
            return _kept(understood(found.octets, upstream.pins), found.at)
        except IdpError:
            return _Kept(float("-inf"))

    def _keep(self, key: tuple[str, SamlPins], kept: _Kept) -> None:
        if len(self._kept) >= MOST_KEPT and key not in self._kept:
            self._kept.clear()
        self._kept[key] = kept

    def _fetched(self, address: str) -> bytes:
        reply = self._outbound.request(
            "GET", address, timeout=TIMEOUT, max_bytes=saml_metadata.LONGEST
        )
        if reply.status != 200:
            raise UpstreamFailed(f"The metadata's address answered with status {reply.status}.")
        return reply.body


def _kept(metadata: Metadata, at: float) -> _Kept:
    """What was fetched at that moment."""
    wished = FRESH_SECONDS if metadata.cache_seconds is None else metadata.cache_seconds
    again = at + min(max(wished, LEAST_FRESH_SECONDS), FRESH_SECONDS)
    ends = at + LONGEST_AWAY_SECONDS
    if metadata.valid_until is not None:
        again, ends = min(again, metadata.valid_until), min(ends, metadata.valid_until)
    return _Kept(again, metadata, ends)


def understood(octets: bytes, pins: SamlPins) -> Metadata:
    """The metadata, if it is what the operator pinned. Raises `InvalidParameter`,
    `UpstreamFailed`."""
    if pins.metadata_certificates:
        octets = compute(_signed, octets, pins)
    try:
        metadata = saml_metadata.parse(octets.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidParameter("The SAML metadata document is not in UTF-8.") from None
    if not pins.allow(map(_fingerprint, metadata.certificates)):
        raise UpstreamFailed("The metadata names a signing certificate that is not pinned.")
    return metadata


def _signed(octets: bytes, pins: SamlPins) -> bytes:
    """The octets that were signed, as the one who is pinned did it. Raises `UpstreamFailed`."""
    root = document.parse(octets, ENTITY_DESCRIPTOR)
    names = "/".join(f"{{{DSIG}}}{name}" for name in ("Signature", "KeyInfo", "X509Data"))
    brought = [each.text or "" for each in root.findall(f"{names}/{{{DSIG}}}X509Certificate")]
    pinned = [each for each in brought if _fingerprint(each) in pins.metadata_certificates]
    if not signatures.is_signed_by(root, pinned):
        raise UpstreamFailed("The metadata is not signed with a key that is pinned.")
    canonical: bytes = etree.tostring(root, method="c14n", exclusive=True, with_comments=False)
    return canonical


def _fingerprint(certificate: str) -> str:
    """Of a certificate in base64; "" where it is none."""
    try:
        return hashlib.sha256(base64.b64decode("".join(certificate.split()))).hexdigest()
    except ValueError:
        return ""


def _check_time(metadata: Metadata, now: float) -> None:
    if metadata.valid_until is not None and now >= metadata.valid_until:
        raise UpstreamFailed("The metadata has expired (validUntil).")
