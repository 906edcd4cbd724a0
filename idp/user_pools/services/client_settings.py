"""What an app client's settings may be (CreateUserPoolClient, UpdateUserPoolClient)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import InvalidOAuthFlow, InvalidParameter, ScopeDoesNotExist
from idp.models import ResourceServer, UserPool
from idp.user_pools.rules import auth_flows, redirect_uris, schema, tiers, validity
from idp.user_pools.rules.scopes import STANDARD_SCOPES
from idp.user_pools.services import documents, user_directories

NOT_STORED = ("UserPoolId", "ClientId", "ClientName", "GenerateSecret", "ClientSecret")

DEFAULT_FLOWS = ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]


def make(
    session: Session,
    pool: UserPool,
    request: Mapping[str, Any],
    has_secret: bool,
    doing: str,
) -> dict[str, Any]:
    """The settings document. What the request leaves out gets its default, on update too."""
    tiers.check_client(pool.settings, request)
    given = {name: value for name, value in request.items() if name not in NOT_STORED}
    settings = {
        "ExplicitAuthFlows": DEFAULT_FLOWS,
        "AllowedOAuthFlowsUserPoolClient": False,
        "PreventUserExistenceErrors": "LEGACY",
        "EnableTokenRevocation": True,
        "EnablePropagateAdditionalUserContextData": False,
        **given,
    }
    settings.update(validity.token_validity(given))
    settings["ExplicitAuthFlows"] = _flows(session, settings["ExplicitAuthFlows"], pool)
    _check_attributes(settings, pool, doing)
    _check_oauth(session, settings, pool, has_secret)
    _check_rotation(settings)
    _check_client_token(settings, has_secret)
    _check_providers(session, settings, pool)
    _refuse_unsupported(settings, has_secret)
    return settings


def _flows(session: Session, flows: Sequence[str], pool: UserPool) -> list[str]:
    legacy = auth_flows.LEGACY.intersection(flows)
    if legacy and len(legacy) != len(set(flows)):
        raise InvalidParameter("Cannot mix legacy and ALLOW_ explicit auth flows.")
    by_verifier = auth_flows.needing_verifier(flows)
    if pool.password_storage == "argon2id" and by_verifier:
        raise InvalidParameter(
            f"{min(by_verifier)} allows USER_SRP_AUTH, which needs an SRP verifier, and this user "
            "pool stores argon2id hashes."
        )
    directory = user_directories.find(session, pool.id) if by_verifier else None
    if directory is not None and directory.settings.is_source:
        raise InvalidParameter(
            f"{min(by_verifier)} allows USER_SRP_AUTH, and this user pool's directory needs the "
            "password itself."
        )
    return sorted(set(flows))


def _check_attributes(settings: Mapping[str, Any], pool: UserPool, doing: str) -> None:
    schema.check_client_attributes(
        pool.schema, settings.get("ReadAttributes"), settings.get("WriteAttributes"), doing=doing
    )


def _check_oauth(
    session: Session, settings: Mapping[str, Any], pool: UserPool, has_secret: bool
) -> None:
    flows = set(settings.get("AllowedOAuthFlows", []))
    if "client_credentials" in flows and len(flows) > 1:
        raise InvalidOAuthFlow
    if "client_credentials" in flows and not has_secret:
        raise InvalidOAuthFlow(
            "client_credentials flow can not be selected if client does not have a client secret."
        )
    if settings["AllowedOAuthFlowsUserPoolClient"] and not (
        flows and settings.get("AllowedOAuthScopes")
    ):
        raise InvalidOAuthFlow(
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed "
            "to use OAuth flows."
        )
    if flows & {"code", "implicit"} and not settings.get("CallbackURLs"):
        raise InvalidParameter("CallbackURLs are required for the code and implicit flows.")
    for url in (*settings.get("CallbackURLs", []), *settings.get("LogoutURLs", [])):
        redirect_uris.check(url)
    default = settings.get("DefaultRedirectURI")
    if default and default not in settings.get("CallbackURLs", []):
        raise InvalidParameter("DefaultRedirectURI must be one of the CallbackURLs.")
    _check_scopes(session, settings.get("AllowedOAuthScopes", []), pool)


def _check_scopes(session: Session, scopes: Sequence[str], pool: UserPool) -> None:
    custom = set(scopes) - STANDARD_SCOPES
    servers = session.scalars(select(ResourceServer).where(ResourceServer.pool_id == pool.id))
    known = {
        f"{server.identifier}/{scope['ScopeName']}" for server in servers for scope in server.scopes
    }
    if custom - known:
        raise ScopeDoesNotExist(f"Invalid scope requested: {', '.join(sorted(custom - known))}")


def _check_providers(session: Session, settings: Mapping[str, Any], pool: UserPool) -> None:
    names = set(settings.get("SupportedIdentityProviders", [])) - {"COGNITO"}
    if not names:
        return
    missing = names.difference(
        session.scalars(documents.keys(pool.id, documents.IDENTITY_PROVIDER))
    )
    if missing:
        raise InvalidParameter(
            f"The provider {min(missing)} does not exist for User Pool {pool.id}."
        )


def _check_rotation(settings: Mapping[str, Any]) -> None:
    """REFRESH_TOKEN_AUTH hands out no new refresh token, so it and rotation exclude each other."""
    rotation = settings.get("RefreshTokenRotation", {})
    if rotation.get("Feature") == "ENABLED" and (
        "ALLOW_REFRESH_TOKEN_AUTH" in settings["ExplicitAuthFlows"]
    ):
        raise InvalidParameter(
            "Refresh token rotation cannot be enabled with ALLOW_REFRESH_TOKEN_AUTH."
        )


def _check_client_token(settings: Mapping[str, Any], has_secret: bool) -> None:
    """GetClientToken: the flow "is mutually exclusive with user authentication flows. It must be
    the only authentication flow that you configure for the app client"."""
    flows = set(settings["ExplicitAuthFlows"])
    if "ALLOW_CLIENT_TOKEN_AUTH" not in flows:
        return
    if len(flows) > 1 or {"code", "implicit"}.intersection(settings.get("AllowedOAuthFlows", [])):
        raise InvalidParameter(
            "ALLOW_CLIENT_TOKEN_AUTH cannot be enabled with flows that authenticate users."
        )
    if not has_secret:
        raise InvalidParameter("ALLOW_CLIENT_TOKEN_AUTH needs a client with a secret.")


def _refuse_unsupported(settings: Mapping[str, Any], has_secret: bool) -> None:
    if "AnalyticsConfiguration" in settings:
        raise InvalidParameter(
            "AnalyticsConfiguration is not supported: there is no Pinpoint here."
        )
    if settings["EnablePropagateAdditionalUserContextData"] and not has_secret:
        raise InvalidParameter(
            "EnablePropagateAdditionalUserContextData needs a client with a secret."
        )
