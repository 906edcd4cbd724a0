"""Tokens that are good in one pair of hands only (RFC 7800): the caller must prove that they are
his, by a DPoP proof (RFC 9449 §7) or the certificate of his connection (RFC 8705 §3).

A token with `cnf` is never taken as a bearer token, and one without it never as a DPoP token.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from gateway.context import Request, Routed
from gateway.effects import Effect, VerifyProof
from kernel.tokens import confirmation
from kernel.tokens.confirmation import CERTIFICATE, DPOP_KEY
from kernel.tokens.dpop import InvalidProof
from kernel.tokens.errors import InvalidToken
from kernel.tokens.parsing import Claims

HEADER = "dpop"
NOT_BOUND = InvalidProof("the token is not bound to a key")
NOT_PROVEN = InvalidProof("the token is bound to something that the request does not prove to have")


def of_scheme(value: str) -> tuple[str, bool]:
    """A token without `DPoP` before it, and whether that stood there (RFC 9449 §7.1)."""
    is_dpop = value[:5].lower() == "dpop "
    return (value[5:].strip(), True) if is_dpop else (value, False)


def prove(
    context: Routed, token: str, claims: Claims, is_dpop: bool
) -> Generator[Effect, Any, InvalidToken | None]:
    """What is wrong with how the caller holds a verified token; None where nothing is."""
    bound = claims.get("cnf", {})
    if is_dpop and (not isinstance(bound, dict) or DPOP_KEY not in bound):
        return NOT_BOUND
    proven = {CERTIFICATE: _thumbprint(context.request)}
    if is_dpop:
        answer = yield VerifyProof(
            proof=context.request.headers.get(HEADER, ""),
            method=context.request.method,
            uri=f"{context.request.scheme}://{context.request.host}{_path(context)}",
            host=context.request.host,
            is_own_host=bool(context.address.domain_path),
            token=token,
            thumbprint=str(bound[DPOP_KEY]),
        )
        if isinstance(answer, InvalidToken):
            return answer
        proven[DPOP_KEY] = answer
    return None if confirmation.is_met(bound, proven) else NOT_PROVEN


def _path(context: Routed) -> str:
    """As it was sent: clients sign the address that they call."""
    raw = context.request.raw_target.partition("?")[0]
    return raw if raw.startswith("/") else context.client_path


def _thumbprint(request: Request) -> str:
    """Of the certificate by which the connection was made; never of one in a header."""
    certificate = request.client_certificate
    return "" if certificate is None else confirmation.of_certificate(certificate.pem)
