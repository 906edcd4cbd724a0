"""Exchanging a token for one that is meant for a particular service (RFC 8693).

Subject and actor tokens are verified like any token, and looked up like the access token of a
user's own operation: what was revoked or disabled buys nothing, in any worker. What is issued
belongs to the subject's sign-in (`origin_jti`), ends with it, and never outlives the token that it
was bought with: exchanging again and again leads nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from idp.errors import (
    ClientNotFound,
    ExchangeTargetRefused,
    InvalidExchangeToken,
    InvalidParameter,
    ResourceServerNotFound,
    UserDisabled,
)
from idp.models import RefreshFamily, User
from idp.user_pools.rules import token_exchange as rules
from idp.user_pools.rules.claims import Customisation, Subject
from idp.user_pools.rules.scopes import STANDARD_SCOPES
from idp.user_pools.services import client_scopes, quick_reads, subjects, token_customisation
from idp.user_pools.services.issuers import issuer
from idp.user_pools.services.subjects import ClientContext
from idp.user_pools.services.tokens import Tokens
from kernel.runtime import Kernel
from kernel.statements import Rows
from kernel.tokens import confirmation
from kernel.tokens.confirmation import NOTHING, Confirmation
from kernel.tokens.errors import Expired, InvalidToken, Revoked
from kernel.tokens.verification import Verifier

TOKEN_USES = {"ACCESS_TOKEN": "access", "ID_TOKEN": "id"}


@dataclass(frozen=True)
class Presented:
    """A subject or actor token. `role` names it in messages."""

    role: str
    token: str
    type: str
    """ACCESS_TOKEN or ID_TOKEN."""


@dataclass(frozen=True)
class ExchangeRequest:
    """What the issued token shall be."""

    scopes: Sequence[str] | None = None
    audience: str | None = None
    resource: str | None = None
    id_token: bool = False
    confirmation: Confirmation = field(default_factory=dict)
    """What the request proves to have. A token that is bound buys nothing without it, and what is
    issued is bound to it."""


@dataclass(frozen=True)
class Issued:
    """The new token. `lifetime` is in seconds."""

    token: str
    lifetime: int
    scopes: Sequence[str]


@dataclass(frozen=True)
class _Granted:
    """What was found and decided in one look at the database."""

    family: RefreshFamily
    user: User
    subject: Subject
    scopes: Sequence[str]
    actor: dict[str, Any] | None


def exchange(
    kernel: Kernel,
    context: ClientContext,
    subject: Presented,
    actor: Presented | None,
    asked: ExchangeRequest,
) -> Issued:
    """Raises `ExchangeTargetRefused`, `InvalidExchangeToken`, `InvalidParameter`,
    `ResourceServerNotFound`, `UserDisabled`, and what the pre token generation function raises."""
    _check_flow(context, "DELEGATION" if actor else "IMPERSONATION")
    claims = _verify(kernel, context, subject, asked.confirmation)
    actor_claims = _verify(kernel, context, actor, asked.confirmation) if actor else None
    granted = kernel.database.look_up(_grant, kernel, context, claims, actor_claims, asked)
    customisation = _customise(kernel, context, granted)
    dropped = customisation.scopes_suppressed
    scopes = tuple(each for each in granted.scopes if each not in dropped)
    derivation = rules.Derivation(
        scopes,
        asked.audience or asked.resource,
        granted.actor,
        expires=int(claims["exp"]),
        is_id_token=asked.id_token,
    )
    token, lifetime = kernel.of(Tokens).derive(
        context, granted.family, granted.subject, derivation, customisation, asked.confirmation
    )
    return Issued(token, lifetime, scopes)


def _customise(kernel: Kernel, context: ClientContext, granted: _Granted) -> Customisation:
    """What the pre token generation function changes. It may take scopes away, but adds none: one
    that gives every token the same scopes would widen again what was asked for narrow."""
    customisation = token_customisation.of_user(
        kernel,
        context,
        "TokenGeneration_TokenExchange",
        granted.user,
        granted.subject,
        granted.scopes,
        {},
    )
    return replace(customisation or Customisation(), scopes_added=())


def _check_flow(context: ClientContext, kind: str) -> None:
    flow = f"ALLOW_TOKEN_EXCHANGE_{kind}"
    if flow not in context.client.settings["ExplicitAuthFlows"]:
        raise InvalidParameter(f"{flow} is not enabled for the client.")


def _verify(
    kernel: Kernel, context: ClientContext, presented: Presented, proven: Confirmation
) -> Mapping[str, Any]:
    """The claims of a token of this pool that is what its type says, in the right hands."""
    role, iss = presented.role, issuer(kernel.settings, context.pool.id)
    try:
        claims = kernel.of(Verifier).verify(presented.token, iss)
    except Expired:
        raise InvalidExchangeToken(f"{role} has expired") from None
    except Revoked:
        raise InvalidExchangeToken(f"{role} has been revoked") from None
    except InvalidToken:
        raise InvalidExchangeToken(f"Invalid {role}") from None
    is_held = confirmation.is_met(claims.get("cnf", NOTHING), proven)
    if not is_held or claims.get("token_use") != TOKEN_USES[presented.type]:
        raise InvalidExchangeToken(f"Invalid {role}")
    return claims


def _grant(
    rows: Rows,
    kernel: Kernel,
    context: ClientContext,
    claims: Mapping[str, Any],
    actor_claims: Mapping[str, Any] | None,
    asked: ExchangeRequest,
) -> _Granted:
    family, user = _signed_in(rows, context, claims, "SubjectToken")
    # An ID token says nothing of the key that its sign-in is bound to.
    if not confirmation.is_met(family.binding.get("cnf", NOTHING), asked.confirmation):
        raise InvalidExchangeToken("Invalid SubjectToken")
    _check_restriction(claims, family, asked)
    actor = _actor(rows, kernel, context, actor_claims) if actor_claims else None
    chain = rules.actor_claim(actor, claims)
    _check_target(rows, context, asked)
    allowed = {
        *STANDARD_SCOPES.intersection(context.client.settings.get("AllowedOAuthScopes", ())),
        *client_scopes.kept_custom(rows, kernel, context),
    }
    scopes = rules.granted_scopes(asked.scopes, _held(claims, family, asked), allowed)
    if not asked.id_token and (chain or asked.audience or asked.resource):
        scopes = rules.for_a_service(scopes)
    return _Granted(family, user, subjects.subject(rows, user), scopes, chain)


def _held(
    claims: Mapping[str, Any], family: RefreshFamily, asked: ExchangeRequest
) -> Sequence[str]:
    if claims["token_use"] == "access":
        return str(claims.get("scope", "")).split()
    return family.scopes if asked.id_token else rules.scopes_of_id_token(family.scopes)


def _signed_in(
    rows: Rows, context: ClientContext, claims: Mapping[str, Any], role: str
) -> tuple[RefreshFamily, User]:
    """The sign-in behind a user's token, as the database has it now."""
    found = quick_reads.family_and_user(rows, str(claims.get("origin_jti", "")))
    if found is None:
        raise InvalidExchangeToken(f"{role} is no user's")
    family, user = found
    if family.pool_id != context.pool.id or family.user_id != claims["sub"]:
        raise InvalidExchangeToken(f"Invalid {role}")
    if family.revoked is not None:
        raise InvalidExchangeToken(f"{role} has been revoked")
    if not user.enabled:
        raise UserDisabled
    return family, user


def _actor(rows: Rows, kernel: Kernel, context: ClientContext, claims: Mapping[str, Any]) -> str:
    """`sub` of the actor: a service with a token of its own, or a user."""
    if "origin_jti" in claims:
        return _signed_in(rows, context, claims, "ActorToken")[1].id
    try:
        service = subjects.load_client(rows, kernel, str(claims.get("client_id", "")))
    except ClientNotFound:
        raise InvalidExchangeToken("Invalid ActorToken") from None
    if service.pool.id != context.pool.id or claims["sub"] != service.client.id:
        raise InvalidExchangeToken("Invalid ActorToken")
    return service.client.id


def _check_restriction(
    claims: Mapping[str, Any], family: RefreshFamily, asked: ExchangeRequest
) -> None:
    """RFC 8707 §2: a token that is meant for some resources, or an ID token that was made for
    another audience, is exchanged for one of them and not for a token of wider use."""
    held = claims.get("aud")
    if claims["token_use"] == "id" and held == family.client_id:
        return
    if held and (asked.audience or asked.resource) not in (
        [held] if isinstance(held, str) else held
    ):
        raise ExchangeTargetRefused("The SubjectToken is not meant for that audience or resource.")


def _check_target(rows: Rows, context: ClientContext, asked: ExchangeRequest) -> None:
    """A client that has `exchange_targets` must name one of them. A resource must be one of the
    pool's. An audience may have any name but another client's: a token for that client is what only
    its own sign-ins may give."""
    targets = context.metadata.exchange_targets
    if targets is not None and (asked.audience or asked.resource) not in targets:
        raise ExchangeTargetRefused
    if asked.resource is not None:
        servers = rows.all(client_scopes.RESOURCE_SERVERS, pool_id=context.pool.id)
        if asked.resource not in {identifier for identifier, _ in servers}:
            raise ResourceServerNotFound
    if asked.audience is not None and asked.audience != context.client.id:
        other = quick_reads.client_and_pool(rows, asked.audience)
        if other is not None and other[1].id == context.pool.id:
            raise ExchangeTargetRefused("An audience must not be another app client.")
