"""The TLS contexts with which a pool connects: one for each way to verify and to be known."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from gateway.integrations import any_issuer
from gateway.integrations.endpoint import VERIFIED, Origin
from gateway.integrations.errors import UpstreamUnreachable
from kernel.tls.pairs import BadPair, Pair, load_into

MOST_CONTEXTS = 256

Certificates = Callable[[str], tuple[bytes, bytes] | None]
"""Of an origin's `certificate`: the certificate and its private key, in PEM; None where there is
no such certificate."""


class TlsContexts:
    """Contexts by what origins ask for. `verified` is that of origins without a certificate."""

    def __init__(self, verified: ssl.SSLContext | None = None) -> None:
        self._verified = verified or ssl.create_default_context()
        self._any_issuer = any_issuer.context()
        self._identified: dict[tuple[bool, str], ssl.SSLContext] = {}
        self.certificates: Certificates = lambda _: None

    def of(self, origin: Origin) -> ssl.SSLContext:
        """The context for an origin. Raises `UpstreamUnreachable`."""
        is_verified = origin.verification == VERIFIED
        if not origin.certificate:
            return self._verified if is_verified else self._any_issuer
        known = self._identified.get((is_verified, origin.certificate))
        return known or self._identify(origin.certificate, is_verified=is_verified)

    def _identify(self, certificate: str, *, is_verified: bool) -> ssl.SSLContext:
        pair = self.certificates(certificate)
        if pair is None:
            raise UpstreamUnreachable("the stage's client certificate does not exist")
        made = ssl.create_default_context() if is_verified else any_issuer.context()
        certificate_pem, private_key = pair
        try:
            load_into(made, Pair(certificate_pem.decode(), private_key))
        except BadPair as error:
            raise UpstreamUnreachable(f"the stage's client certificate {error}") from None
        if len(self._identified) >= MOST_CONTEXTS:
            self._identified.clear()
        self._identified[is_verified, certificate] = made
        return made
