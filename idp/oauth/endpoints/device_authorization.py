"""POST /oauth2/device_authorization (RFC 8628 §3.1, §3.2): a device asks to be let in."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from urllib.parse import urlencode

from authlib.oauth2.rfc6749.errors import InvalidScopeError, UnauthorizedClientError
from flask import Response, json, request

from idp.oauth import cors, device_authorizations, request_rates, resources
from idp.oauth.clients import OAuthClient
from idp.oauth.endpoints.answers import answer
from idp.oauth.provider import Provider
from idp.user_pools.rules import user_codes
from idp.user_pools.rules.grant_types import DEVICE_CODE
from idp.user_pools.services import pool_addresses
from kernel.settings import Settings
from kernel.statements import Rows

PAGE = "/device"
# Anyone can ask in the name of a public client: so many a second from one address.
PUBLIC_RATE, PUBLIC_BURST = 0.5, 30


def device_authorization(provider: Provider) -> Response:
    if request.method == "OPTIONS":
        return cors.preflight("POST")
    return cors.allow_any_origin(answer(provider, _start))


def _start(provider: Provider) -> Response:
    kernel = provider.kernel
    request_rates.count(kernel)
    asked = provider.request(request.form)
    client = provider.server.authenticate_client(asked)
    request_rates.count_public(provider, client, "device", PUBLIC_RATE, PUBLIC_BURST)
    if not client.check_grant_type(DEVICE_CODE):
        raise UnauthorizedClientError("The client is not enabled for the device grant.")
    scopes = _scopes(asked.form.get("scope"), client)
    page = kernel.database.look_up(_page, kernel.settings, client)
    if page is None:
        raise UnauthorizedClientError("The user pool has no domain for its pages.")
    started = kernel.database.write(
        device_authorizations.start,
        client,
        scopes,
        resources.requested(asked.form, scopes),
        asked.here,
        kernel.randomness,
        kernel.clock.now(),
    )
    shown = user_codes.shown(started.user_code)
    body = {
        "device_code": started.device_code,
        "user_code": shown,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?{urlencode({'user_code': shown})}",
        "expires_in": int(device_authorizations.LIFETIME.total_seconds()),
        "interval": device_authorizations.INTERVAL,
    }
    headers = {"Cache-Control": "no-store"}
    return Response(json.dumps(body), content_type="application/json", headers=headers)


def _scopes(given: str | None, client: OAuthClient) -> tuple[str, ...]:
    """As at the authorization endpoint: without a scope the client gets what it is set up for."""
    scopes = tuple(dict.fromkeys(given.split())) if given else client.user_scopes
    if not scopes or not set(scopes) <= set(client.user_scopes):
        raise InvalidScopeError
    return scopes


def _page(rows: Rows, settings: Settings, client: OAuthClient) -> str | None:
    """The address to show on the device: short at the pool's own host, and with the pool's id at
    the root, which is every pool's."""
    pool = client.context.pool
    base = pool_addresses.base_url(rows, settings, pool.id, pool.region)
    if base is None:
        return None
    return f"{base}{PAGE}/{pool.id}" if base == settings.origin else f"{base}{PAGE}"
