"""GET and POST /oauth2/userInfo (OIDC Core §5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, json, request

from idp.errors import AccessTokenLacksScope, IdpError, InvalidAccessToken, TooManyRequests
from idp.oauth import cors, mutual_tls, request_rates
from idp.oauth.errors import to_oauth
from idp.oauth.provider import Provider
from idp.user_pools.rules import attribute_claims, requested_claims
from idp.user_pools.rules.rate_limits import Bucket
from idp.user_pools.services import access
from idp.user_pools.services.access import Person
from idp.user_pools.services.issuers import pool_of_issuer
from kernel.runtime import Kernel
from kernel.tokens import dpop
from kernel.tokens.confirmation import CERTIFICATE, DPOP_KEY, NOTHING, of_certificate
from kernel.tokens.dpop import InvalidProof, Proof

READING = Bucket("UserRead", "UserRead")
"""It counts with GetUser, its twin."""


def user_info(provider: Provider) -> Response:
    if request.method == "OPTIONS":
        return cors.preflight("GET", "POST")
    return cors.allow_any_origin(_answer(provider))


def _answer(provider: Provider) -> Response:
    try:
        request_rates.count(provider.kernel, READING)
    except TooManyRequests as error:
        return provider.server.error_response(to_oauth(error))
    scheme, token = _presented()
    if not token:
        # RFC 6750 §3.1: no error code where the request lacks any authentication information.
        return _refusal(401)
    try:
        proof = _proof(provider, token) if scheme == "dpop" else None
        verified = _verified(provider.kernel, token, proof)
        _check_address(provider, verified["iss"])
        person = provider.kernel.database.look_up(access.load, provider.kernel, verified)
    except AccessTokenLacksScope:
        return _refusal(403, "insufficient_scope", "The access token lacks the scope openid.")
    except InvalidProof as error:
        return _refusal(401, "invalid_dpop_proof", f"{error.reason[0].upper()}{error.reason[1:]}.")
    except IdpError:
        return _refusal(401, "invalid_token", "The access token is invalid, expired or revoked.")
    return _json(_claims(person), 200)


def _proof(provider: Provider, token: str) -> Proof:
    """RFC 9449 §7.1: the proof beside a token of the scheme DPoP. Raises `InvalidProof`."""
    origin = provider.origin_of(request.host, provider.address().pool_id)
    return dpop.read(
        request.headers.get("DPoP", ""),
        request.method,
        f"{origin}{request.path}",
        provider.kernel.clock.time(),
        token,
    )


def _verified(kernel: Kernel, token: str, proof: Proof | None) -> Mapping[str, Any]:
    """The claims of a token; a proof is spent on one that is bound to its key, and is no good with
    any other."""
    proven = {DPOP_KEY: proof.thumbprint} if proof else dict(NOTHING)
    certificate = mutual_tls.certificate_of(request.environ)
    if certificate is not None:
        proven[CERTIFICATE] = of_certificate(certificate.pem)
    verified = access.verify(kernel, token, scope="openid", proven=proven)
    if proof is not None:
        if DPOP_KEY not in verified.get("cnf", {}):
            raise InvalidProof("the token is not bound to a key")
        dpop.spend(kernel.shared_state, proof)
    return verified


def _check_address(provider: Provider, iss: str) -> None:
    """A pool's own host answers for its own people only."""
    addressed = provider.address().pool_id
    if addressed not in {None, pool_of_issuer(provider.kernel.settings, iss)}:
        raise InvalidAccessToken


def _presented() -> tuple[str, str]:
    """The scheme and the access token, from the header or from a form (RFC 6750 §2.1, §2.2); ""
    for none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() in {"bearer", "dpop"}:
        return scheme.lower(), token.strip()
    return "bearer", request.form.get("access_token", "") if request.method == "POST" else ""


def _claims(person: Person) -> dict[str, Any]:
    user, scopes = person.user, person.claims["scope"].split()
    standard = person.context.provider.has_standard_claims
    value_of = attribute_claims.standard_value if standard else attribute_claims.text_value
    readable = person.context.readable
    released = attribute_claims.of_scopes(user.attributes, scopes, readable, value_of)
    wishes = person.family.binding.get("claims", {}).get(requested_claims.USER_INFO, {})
    released |= attribute_claims.wished(user.attributes, wishes, readable, value_of)
    return {"sub": user.id, **released, "username": user.username}


def _refusal(status: int, error: str = "", description: str = "") -> Response:
    challenge = 'Bearer realm="userInfo"'
    body = {"error": error, "error_description": description} if error else {}
    if error:
        challenge += f', error="{error}", error_description="{description}"'
    answer = _json(body, status)
    answer.headers["WWW-Authenticate"] = challenge
    if request.headers.get("Authorization", "")[:5].lower() == "dpop ":
        algorithms = " ".join(dpop.ALGORITHMS)
        answer.headers["WWW-Authenticate"] = f'DPoP{challenge[6:]}, algs="{algorithms}"'
    return answer


def _json(body: Mapping[str, Any], status: int) -> Response:
    return Response(
        json.dumps(body),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
