"""The bodies of token responses (RFC 6749 §5.1), made of the same token services as the AWS
operations'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from idp.models import AuthorizationCode, DeviceAuthorization, RefreshFamily, User
from idp.oauth import families
from idp.oauth.clients import OAuthClient
from idp.user_pools.rules import resource_scopes
from idp.user_pools.rules.claims import Subject
from idp.user_pools.services import (
    refresh,
    token_customisation,
    token_exchange,
)
from idp.user_pools.services.circumstances import Circumstances
from idp.user_pools.services.refresh import RefreshRequest
from idp.user_pools.services.restrictions import Restriction
from idp.user_pools.services.token_exchange import ExchangeRequest, Presented
from idp.user_pools.services.token_sets import TokenSet
from idp.user_pools.services.tokens import Tokens
from kernel.runtime import Kernel
from kernel.tokens.confirmation import DPOP_KEY, Confirmation

TokenResponse = dict[str, Any]


def for_code(
    kernel: Kernel,
    client: OAuthClient,
    code: AuthorizationCode,
    here: Circumstances,
    restriction: Restriction,
) -> TokenResponse:
    """What a code buys. Raises `codes.CodeSpent` when another request was faster, and
    `codes.SessionOver` where its user has got another password meanwhile, or may not sign in."""
    family, user, subject = kernel.database.record(
        families.of_code, kernel, client, code, here, kernel.clock.now(), restriction.confirmation
    )
    tokens = _signed(kernel, client, family, user, subject, restriction)
    return _response(tokens, family.scopes, restriction, with_refresh_token=True)


def for_device(
    kernel: Kernel,
    client: OAuthClient,
    device: DeviceAuthorization,
    here: Circumstances,
    restriction: Restriction,
) -> TokenResponse:
    """What a device gets that a person has let in. Raises as `for_code`."""
    family, user, subject = kernel.database.record(
        families.of_device, kernel, client, device, here, restriction.confirmation
    )
    tokens = _signed(kernel, client, family, user, subject, restriction)
    return _response(tokens, family.scopes, restriction, with_refresh_token=True)


def for_refresh_token(
    kernel: Kernel,
    client: OAuthClient,
    token: str,
    scope: str | None,
    here: Circumstances,
    restriction: Restriction,
) -> TokenResponse:
    """New tokens of a family, with fewer scopes where asked; a refresh token where it rotates.

    Raises what `refresh.renew` raises.
    """
    wanted = scope.split() if scope else None
    asked = RefreshRequest(token, scopes=wanted, here=here, restriction=restriction)
    redeemed, tokens = refresh.renew(kernel, client.context, asked)
    rotates = refresh.rotates(client.context)
    scopes = wanted or redeemed.family.scopes
    restriction = replace(restriction, resources=redeemed.resources)
    return _response(tokens, scopes, restriction, with_refresh_token=rotates)


def for_client(
    kernel: Kernel,
    client: OAuthClient,
    scopes: list[str],
    metadata: Mapping[str, str],
    restriction: Restriction,
) -> TokenResponse:
    """An access token of the client itself. Nothing is stored. Raises what the trigger raises."""
    context = client.context
    customisation = token_customisation.of_client(kernel, context, scopes, metadata)
    token, lifetime = kernel.of(Tokens).client_credentials(
        context, scopes, customisation, restriction
    )
    token_type = kind(restriction.confirmation)
    body: TokenResponse = {"access_token": token, "expires_in": lifetime, "token_type": token_type}
    return {**body, **_narrowed(scopes, restriction)}


def for_assertion(
    kernel: Kernel,
    client: OAuthClient,
    user: User,
    scopes: list[str],
    here: Circumstances,
    restriction: Restriction,
) -> TokenResponse:
    """An access token of a user whom somebody trusted has named. It belongs to a sign-in of its
    own, so that it ends with a sign-out everywhere; nothing prolongs it."""

    family, subject = kernel.database.record(
        families.of_assertion, kernel, client, user, scopes, here
    )
    tokens = _signed(kernel, client, family, user, subject, restriction)
    token_type = kind(restriction.confirmation)
    body = {
        "access_token": tokens.access_token,
        "expires_in": tokens.lifetime,
        "token_type": token_type,
    }
    return {**body, "scope": " ".join(scopes), **_narrowed(scopes, restriction)}


def for_exchange(
    kernel: Kernel,
    client: OAuthClient,
    subject: Presented,
    actor: Presented | None,
    asked: ExchangeRequest,
) -> TokenResponse:
    """RFC 8693 §2.2.1. Raises what `token_exchange.exchange` raises."""
    issued = token_exchange.exchange(kernel, client.context, subject, actor, asked)
    issued_type = "id_token" if asked.id_token else "access_token"
    return {
        "access_token": issued.token,
        "issued_token_type": f"urn:ietf:params:oauth:token-type:{issued_type}",
        "token_type": "N_A" if asked.id_token else kind(asked.confirmation),
        "expires_in": issued.lifetime,
        "scope": " ".join(issued.scopes),
    }


def kind(confirmation: Confirmation) -> str:
    """RFC 9449 §5: the token_type of a token that is bound to a DPoP key."""
    return "DPoP" if DPOP_KEY in confirmation else "Bearer"


def _signed(
    kernel: Kernel,
    client: OAuthClient,
    family: RefreshFamily,
    user: User,
    subject: Subject,
    restriction: Restriction,
) -> TokenSet:
    """As the pre token generation function changes them. Raises what it raises."""
    customisation = token_customisation.of_user(
        kernel, client.context, "TokenGeneration_HostedAuth", user, subject, family.scopes, {}
    )
    return kernel.of(Tokens).sign(client.context, family, subject, customisation, restriction)


def _response(
    tokens: TokenSet, scopes: list[Any], restriction: Restriction, *, with_refresh_token: bool
) -> TokenResponse:
    """OIDC Core §3.1.3.3: the ID token belongs to the scope `openid`."""
    body: TokenResponse = {"id_token": tokens.id_token} if "openid" in scopes else {}
    body["access_token"] = tokens.access_token
    if with_refresh_token:
        body["refresh_token"] = tokens.refresh_token
    token_type = kind(restriction.confirmation)
    body |= {"expires_in": tokens.lifetime, "token_type": token_type}
    return {**body, **_narrowed(scopes, restriction)}


def _narrowed(scopes: Sequence[str], restriction: Restriction) -> TokenResponse:
    """RFC 6749 §5.1: scope is "REQUIRED" where it is not "identical to the scope requested"."""
    if not restriction.resources:
        return {}
    return {"scope": " ".join(resource_scopes.of_servers(scopes, restriction.resources))}
