"""To whom the tokens of a token request are bound: what the request proves to have (RFC 7800).

A DPoP proof (RFC 9449) binds whatever tokens come of its request. With the nonces of §8 a proof
cannot be made beforehand: its `iat` is the client's word, a nonce is ours.
"""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidGrantError

from idp.oauth.clients import OAuthClient
from idp.oauth.requests import OAuthRequest
from kernel.runtime import Kernel
from kernel.sealing import Unsealable
from kernel.tokens import dpop
from kernel.tokens.confirmation import (
    CERTIFICATE,
    DPOP_KEY,
    NOTHING,
    Confirmation,
    of_certificate,
)
from kernel.tokens.dpop import InvalidProof, Proof

NONCE = "dpop-nonce"
NONCE_SECONDS = 300.0
NONCE_HEADER = "DPoP-Nonce"


class InvalidDpopProof(OAuth2Error):
    """§5: the proof is missing where it must be there, or is not good."""

    error = "invalid_dpop_proof"


class UseDpopNonce(OAuth2Error):
    """§8: the proof lacks a nonce that this server gave."""

    error = "use_dpop_nonce"

    def __init__(self, nonce: str) -> None:
        super().__init__("The DPoP proof must have a nonce of this server.")
        self._nonce = nonce

    def get_headers(self) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = super().get_headers()
        return [*headers, (NONCE_HEADER, self._nonce)]


def confirmation(kernel: Kernel, client: OAuthClient, request: OAuthRequest) -> Confirmation:
    """`cnf` of the tokens that an authenticated client gets; it spends the proof.

    Raises `InvalidDpopProof`, `UseDpopNonce`.
    """
    thumbprint = proven_key(kernel, request)
    if thumbprint is None and client.metadata.dpop_bound_access_tokens:
        raise InvalidDpopProof("The client's tokens are bound to a key: a DPoP proof is missing.")
    proven = dict(NOTHING) if thumbprint is None else {DPOP_KEY: thumbprint}
    if client.metadata.tls_client_certificate_bound_access_tokens:
        if request.certificate is None:
            raise InvalidGrantError("The client's tokens are bound to a certificate.")
        proven[CERTIFICATE] = of_certificate(request.certificate.pem)
    return proven


def proven_key(kernel: Kernel, request: OAuthRequest) -> str | None:
    """The thumbprint of the key whose proof came along, and is spent; None without a proof.

    Raises `InvalidDpopProof`, `UseDpopNonce`.
    """
    if request.dpop is None:
        return None
    proof = _checked(kernel, request, request.dpop)
    try:
        dpop.spend(kernel.shared_state, proof)
    except InvalidProof as error:
        raise _refusal(error) from None
    return proof.thumbprint


def new_nonce(kernel: Kernel) -> str:
    """It says nothing but that it is ours, and until when."""
    return kernel.sealer.seal_token(0, NONCE, NONCE_SECONDS)


def _checked(kernel: Kernel, request: OAuthRequest, text: str) -> Proof:
    try:
        proof = dpop.read(text, request.method, request.url, kernel.clock.time())
    except InvalidProof as error:
        raise _refusal(error) from None
    try:
        kernel.sealer.open_token(proof.nonce or "", NONCE)
    except Unsealable:
        raise UseDpopNonce(new_nonce(kernel)) from None
    return proof


def _refusal(error: InvalidProof) -> InvalidDpopProof:
    reason = error.reason
    return InvalidDpopProof(f"{reason[0].upper()}{reason[1:]}.")
