"""The HTTP-Redirect binding: a message in an address, with its signature beside it (SAML 2.0
Bindings §3.4)."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote_plus, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from federation.saml.names import RSA_SHA256
from idp.user_pools.rules import saml_keys
from idp.user_pools.services.upstream import UpstreamFailed

REQUEST, RESPONSE = "SAMLRequest", "SAMLResponse"
RELAY_STATE = "RelayState"
LONGEST_QUERY = 32_768
MOST_BYTES = 65_536
"""Of a message once it is inflated: a request, or an answer without an assertion."""

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
_RAW = -15
"""RFC 1951 without a header (§3.4.4.1)."""


@dataclass(frozen=True)
class RedirectMessage:
    """What an address held. Nothing of it is verified yet."""

    parameter: str
    """`REQUEST` or `RESPONSE`."""
    xml: bytes = field(repr=False)
    relay_state: str | None
    algorithm: str
    signature: bytes | None = field(repr=False)
    signed: bytes = field(repr=False)
    """The octets that a signature is over: as they were sent, in the order of §3.4.4.1."""

    def is_signed_by(self, certificates: Iterable[str]) -> bool:
        """Whether with the key of one of the certificates, base64 of DER."""
        kind, _, bits = self.algorithm.removeprefix(_MORE).partition("-sha")
        if self.signature is None or self.algorithm != f"{_MORE}{kind}-sha{bits}":
            return False
        if bits not in _HASHES:
            return False
        return any(self._verifies(each, kind, _HASHES[bits]) for each in certificates)

    def _verifies(self, certificate: str, kind: str, digest: hashes.HashAlgorithm) -> bool:
        key = saml_keys.public_key(certificate)
        try:
            if kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
                key.verify(self.signature or b"", self.signed, padding.PKCS1v15(), digest)
                return True
            if kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(self.signature or b"", self.signed, ec.ECDSA(digest))
                return True
        except InvalidSignature:
            pass
        return False


def location(
    address: str, parameter: str, xml: bytes, relay_state: str | None, private_key: str | None
) -> str:
    """The address that takes a message along (§3.4.4.1), signed where there is a key in PEM."""
    packer = zlib.compressobj(9, zlib.DEFLATED, _RAW)
    packed = packer.compress(xml) + packer.flush()
    parameters = {parameter: base64.b64encode(packed).decode()}
    if relay_state is not None:
        parameters[RELAY_STATE] = relay_state
    if private_key is not None:
        parameters["SigAlg"] = RSA_SHA256
    query = urlencode(parameters)
    if private_key is not None:
        query += "&" + urlencode({"Signature": _signature(private_key, query)})
    return f"{address}{'&' if '?' in address else '?'}{query}"


def read(query: str) -> RedirectMessage:
    """The message of a query as it was sent, still encoded. Raises `UpstreamFailed`."""
    if len(query) > LONGEST_QUERY:
        raise UpstreamFailed("The SAML message is too large.")
    parts = [part.partition("=") for part in query.split("&")]
    names = [name for name, _, _ in parts]
    found = {name: value for name, _, value in parts}
    if len(set(names)) != len(names) or (REQUEST in found) == (RESPONSE in found):
        raise UpstreamFailed("The address has no SAML message, or several.")
    if unquote_plus(found.get("SAMLEncoding", "")) not in ("", _DEFLATE):
        raise UpstreamFailed("The SAML message is encoded in a way that is not known.")
    parameter = REQUEST if REQUEST in found else RESPONSE
    order = (parameter, RELAY_STATE, "SigAlg")
    signed = "&".join(f"{name}={found[name]}" for name in order if name in found)
    return RedirectMessage(
        parameter,
        _inflated(_octets(found[parameter])),
        unquote_plus(found[RELAY_STATE]) if RELAY_STATE in found else None,
        unquote_plus(found.get("SigAlg", "")),
        _octets(found["Signature"]) if "Signature" in found else None,
        signed.encode(),
    )


_DEFLATE = "urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE"


def _octets(value: str) -> bytes:
    try:
        # §3.4.4.1 forbids line breaks; some encoders make them all the same.
        return base64.b64decode("".join(unquote_plus(value).split()), validate=True)
    except (binascii.Error, ValueError):
        raise UpstreamFailed("The SAML message is not base64.") from None


def _inflated(packed: bytes) -> bytes:
    """No more than `MOST_BYTES` is ever unpacked."""
    unpacker = zlib.decompressobj(_RAW)
    try:
        xml = unpacker.decompress(packed, MOST_BYTES)
    except zlib.error:
        raise UpstreamFailed("The SAML message cannot be inflated.") from None
    if not unpacker.eof or unpacker.unused_data:
        raise UpstreamFailed("The SAML message is too large, or not whole.")
    return xml


def _signature(private_key: str, query: str) -> str:
    """Over the query as it is sent, as §3.4.4.1 says."""
    key = serialization.load_pem_private_key(private_key.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - `saml_certificates` makes no other
    made = key.sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(made).decode()
