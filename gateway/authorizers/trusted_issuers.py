"""JWT of a REST API: a token of one of the issuers that the authorizer trusts opens a method.

The rules are those of CreateAuthorizer's `jwtConfiguration`: the token's issuer is one of those
named, `aud` holds one of that issuer's audiences, the signature is of an algorithm that was
declared, and every rule about an additional claim holds.
"""

from __future__ import annotations

from typing import Any

from gateway.audience import scopes_of
from gateway.authorizers import possession
from gateway.authorizers.bearer import identified, refused, token_of
from gateway.context import Identified, Reply, Routed, Steps
from gateway.effects import VerifyToken
from gateway.replies import UNAUTHORIZED, access_denied, with_error
from gateway.snapshot import ClaimRule, TrustedIssuer, TrustedIssuersAuthorizer
from kernel.tokens.errors import InvalidToken
from kernel.tokens.parsing import Claims, parse

# Why, for the execution log alone.
NOT_TRUSTED = "the request has no token of an issuer and algorithm that the authorizer trusts"
OTHER_AUDIENCE = "the token is for none of the issuer's audiences"
OTHER_CLAIMS = "the token does not have a claim that the authorizer requires"


def by_trusted_issuer(context: Routed, authorizer: TrustedIssuersAuthorizer) -> Steps:
    """Verify the token with the keys of the issuer that it names, and judge its claims."""
    token, is_dpop = possession.of_scheme(token_of(context, authorizer.identity_source))
    trusted = _issuer_of(token, authorizer)
    if trusted is None:
        return with_error(UNAUTHORIZED, NOT_TRUSTED)
    answer = yield VerifyToken(token, trusted.issuer)
    if isinstance(answer, InvalidToken):
        return refused(answer)
    if is_dpop or "cnf" in answer:
        unproven = yield from possession.prove(context, token, answer, is_dpop)
        if unproven is not None:
            return refused(unproven)
    return _judge(context, trusted, answer)


def _issuer_of(token: str, authorizer: TrustedIssuersAuthorizer) -> TrustedIssuer | None:
    """Whose keys the token asks for; None where it could not be good."""
    try:
        unverified = parse(token, {})
    except InvalidToken:
        return None
    if unverified.header.algorithm not in authorizer.algorithms:
        return None
    named = unverified.claims.get("iss")
    return next((each for each in authorizer.trusted if each.issuer == named), None)


def _judge(context: Routed, trusted: TrustedIssuer, claims: Claims) -> Identified | Reply:
    if not _names_one(claims.get("aud"), trusted.audiences):
        return with_error(UNAUTHORIZED, OTHER_AUDIENCE)
    if not all(_holds(rule, claims) for rule in trusted.claims):
        return with_error(UNAUTHORIZED, OTHER_CLAIMS)
    scopes = context.route.scopes
    if scopes and not scopes & scopes_of(claims):
        return access_denied("User is not authorized to access this resource")
    return identified(context, claims)


def _names_one(audience: Any, wanted: frozenset[str]) -> bool:
    named = audience if isinstance(audience, list) else [audience]
    return any(isinstance(each, str) and each in wanted for each in named)


def _holds(rule: ClaimRule, claims: Claims) -> bool:
    """SINGLE_STRING: "the claim must match it exactly, and the match is case-sensitive"."""
    if rule.name not in claims:
        return not rule.required
    value = claims[rule.name]
    return isinstance(value, str) and (not rule.expected or value in rule.expected)
