"""OpenID Connect Front-Channel Logout 1.0: what the signed-out page loads in frames."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from authlib.common.urls import add_params_to_uri

from idp.oauth.clients import OAuthClient
from idp.oauth.provider import Provider
from idp.oauth.sessions import Ended
from idp.user_pools.rules import web_addresses
from idp.user_pools.services.issuers import issuer

MOST_FRAMES = 20
"""A browser session of more clients than that tells the first of them."""


def frames(provider: Provider, pool_id: str, ended: Ended) -> tuple[str, ...]:
    """The addresses to load, of the clients that had a sign-in in the session."""
    found = []
    for client_id in ended.clients:
        client = provider.server.find_client(client_id, pool_id)
        if client is not None and _is_framed(client):
            found.append(_address(client, issuer(provider.kernel.settings, pool_id), ended))
    return tuple(found[:MOST_FRAMES])


def _is_framed(client: OAuthClient) -> bool:
    """§2: its domain, port and scheme are those of a callback URL, which may have changed since."""
    uri = client.metadata.frontchannel_logout_uri
    hosts = set(map(web_addresses.origin, client.callback_uris))
    return uri is not None and web_addresses.origin(uri) in hosts


def _address(client: OAuthClient, iss: str, ended: Ended) -> str:
    """§3: "if either is included, both MUST be"."""
    uri = client.metadata.frontchannel_logout_uri or ""
    if not client.metadata.frontchannel_logout_session_required:
        return uri
    return str(add_params_to_uri(uri, [("iss", iss), ("sid", ended.session_id)]))
