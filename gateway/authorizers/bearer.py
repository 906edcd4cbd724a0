"""Tokens that open methods of REST APIs: where they stand, and what refuses them."""

from __future__ import annotations

from gateway.authorizers.identity_sources import value_of
from gateway.context import Caller, Identified, Reply, Routed, grown
from gateway.events.claims import as_text
from gateway.replies import UNAUTHORIZED, message
from kernel.tokens.errors import Expired, InvalidToken
from kernel.tokens.parsing import Claims

EXPIRED = message(401, "The incoming token has expired", kind="UNAUTHORIZED")


def token_of(context: Routed, source: str) -> str:
    """The token at an identity source, with or without `Bearer` before it; empty without any."""
    value = value_of(context, source).strip()
    scheme, space, rest = value.partition(" ")
    return rest.strip() if space and scheme.lower() == "bearer" else value


def refused(why: InvalidToken) -> Reply:
    """What refuses a token that was not verified; one that has run out is told so."""
    return EXPIRED if isinstance(why, Expired) else UNAUTHORIZED


def identified(context: Routed, claims: Claims) -> Identified:
    """The request of a caller whose verified claims are these."""
    caller = Caller(str(claims.get("sub", "")), {"claims": as_text(claims)})
    return grown(Identified, context, claims=claims, caller=caller)
