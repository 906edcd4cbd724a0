"""The authorization server's routes, but for the token endpoint, which is in front of Flask."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response

from idp.oauth import paths
from idp.oauth.endpoints import logout, upstream_logout
from idp.oauth.endpoints.authorize import authorize
from idp.oauth.endpoints.device_authorization import device_authorization
from idp.oauth.endpoints.discovery import jwks, openid_configuration
from idp.oauth.endpoints.introspect import introspect
from idp.oauth.endpoints.par import par
from idp.oauth.endpoints.register import manage, register, register_at_root
from idp.oauth.endpoints.revoke import revoke
from idp.oauth.endpoints.user_info import user_info
from idp.oauth.provider import Provider
from idp.oauth.replies import GUARDS, NOT_KEPT

GET, POST, OPTIONS = "GET", "POST", "OPTIONS"

ROUTES: tuple[tuple[str, Callable[..., Response], tuple[str, ...]], ...] = (
    (paths.AUTHORIZE, authorize, (GET, POST)),
    (paths.PUSH, par, (POST, OPTIONS)),
    (paths.DEVICE_AUTHORIZATION, device_authorization, (POST, OPTIONS)),
    (paths.REGISTER, register, (POST, OPTIONS)),
    (f"/<pool_id>{paths.REGISTER}", register_at_root, (POST, OPTIONS)),
    (f"{paths.REGISTER}/<client_id>", manage, (GET, "PUT", "DELETE", OPTIONS)),
    (paths.USER_INFO, user_info, (GET, POST, OPTIONS)),
    (paths.REVOKE, revoke, (POST, OPTIONS)),
    (paths.INTROSPECT, introspect, (POST,)),
    (f"{upstream_logout.PATH}/<path:name>", upstream_logout.serve, (POST,)),
    (f"/<pool_id>{upstream_logout.PATH}/<path:name>", upstream_logout.serve_at_root, (POST,)),
    ("/<pool_id>/.well-known/openid-configuration", openid_configuration, (GET, OPTIONS)),
    ("/<pool_id>/.well-known/oauth-authorization-server", openid_configuration, (GET, OPTIONS)),
    ("/.well-known/oauth-authorization-server/<pool_id>", openid_configuration, (GET, OPTIONS)),
    ("/<pool_id>/.well-known/jwks.json", jwks, (GET, OPTIONS)),
)


def create_blueprint(provider: Provider, sign_out_pages: logout.SignOutPages) -> Blueprint:
    """Every endpoint of every pool."""
    blueprint = Blueprint("oauth", __name__)
    views = {endpoint: partial(endpoint, provider) for _, endpoint, _ in ROUTES}
    for path, endpoint, methods in ROUTES:
        blueprint.add_url_rule(
            path,
            endpoint.__name__,
            views[endpoint],
            methods=methods,
            provide_automatic_options=False,
        )
    sign_out = partial(logout.logout, provider, sign_out_pages)
    blueprint.add_url_rule(paths.LOGOUT, "logout", sign_out, methods=(GET, POST))
    # Where detours lead back to, for a sign-out that leads nowhere else.
    done = partial(sign_out_pages.done, logout.Farewell())
    blueprint.add_url_rule(logout.DONE, "signed_out", done, methods=(GET,))
    blueprint.after_request(_guard)
    return blueprint


def _guard(response: Response) -> Response:
    response.headers.setdefault(*NOT_KEPT)
    response.headers.extend(GUARDS)
    return response
