"""Client authentication, the same at every endpoint that asks for it (RFC 6749 §2.3)."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from itertools import chain
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError

from idp.oauth import client_assertions, mutual_tls, paths
from idp.oauth.clients import OAuthClient
from idp.oauth.requests import OAuthRequest
from idp.user_pools.rules.client_metadata import AUTH_METHODS, BY_CERTIFICATE
from kernel.runtime import Kernel
from kernel.setting_values import CONTROL_CHARACTER
from kernel.values import value

METHODS = AUTH_METHODS


@value
class Credentials:
    """What a client presented. `spellings` are the ids and secrets that its text may stand for."""

    method: str
    spellings: tuple[tuple[str, str], ...]


class InvalidClient(InvalidClientError):
    """One answer for an unknown client and for a wrong secret."""

    def get_headers(self) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = super(InvalidClientError, self).get_headers()
        if self.status_code == 401:
            headers.append(("WWW-Authenticate", 'Basic realm="oauth2", charset="UTF-8"'))
        return headers


def authenticate(
    kernel: Kernel, request: OAuthRequest, find: Callable[[str], OAuthClient | None]
) -> tuple[OAuthClient, str]:
    """The authenticated client and its method. Raises `InvalidClient` or `InvalidRequestError`."""
    if client_assertions.is_presented(request.form):
        client, method, status = _by_assertion(kernel, request, find)
    elif _is_certificate_alone(request):
        client, method, status = _by_certificate(request, find)
    else:
        client, method, status = _by_secret(request, find)
    if client is None or not _is_registered(client, method):
        raise InvalidClient(status_code=status)
    return client, method


def _by_assertion(
    kernel: Kernel, request: OAuthRequest, find: Callable[[str], OAuthClient | None]
) -> tuple[OAuthClient | None, str, int]:
    # RFC 6749 §2.3: "The client MUST NOT use more than one authentication method".
    if request.authorization is not None or "client_secret" in request.form:
        raise InvalidRequestError("More than one client authentication method.")
    # RFC 9126 §2: the endpoint that was asked is an audience as well.
    endpoints = {f"{request.origin}{paths.TOKEN}", request.url}
    found = client_assertions.authenticate(kernel, request.form, endpoints, find)
    return (*(found or (None, "")), 400)


def _is_certificate_alone(request: OAuthRequest) -> bool:
    has_secret = request.authorization is not None or "client_secret" in request.form
    return request.certificate is not None and not has_secret


def _by_certificate(
    request: OAuthRequest, find: Callable[[str], OAuthClient | None]
) -> tuple[OAuthClient | None, str, int]:
    """RFC 8705 §2.1. A public client may have a certificate, too: its tokens are bound to it."""
    client = find(request.form.get("client_id", ""))
    if client is None or client.is_public:
        return client, "none", 400
    certificate = request.certificate
    is_client = certificate is not None and mutual_tls.is_of(certificate, client.metadata)
    return (client if is_client else None), BY_CERTIFICATE, 400


def _by_secret(
    request: OAuthRequest, find: Callable[[str], OAuthClient | None]
) -> tuple[OAuthClient | None, str, int]:
    credentials = presented(request.authorization, request.form)
    # RFC 6749 §5.2: 401 "if the client attempted to authenticate via the Authorization header".
    status = 401 if credentials.method.endswith("basic") else 400
    for client_id, secret in credentials.spellings:
        client = find(client_id)
        if client is None:
            continue
        is_anyone = credentials.method == "none" and client.is_public
        if is_anyone or client.check_client_secret(secret):
            return client, credentials.method, status
    return None, credentials.method, status


def _is_registered(client: OAuthClient, method: str) -> bool:
    """Once a client has registered a method, no other one stands for it: a secret that it still
    has is no way around its key."""
    registered = client.metadata.token_endpoint_auth_method
    return registered is None or registered == method


def presented(authorization: str | None, form: Mapping[str, str]) -> Credentials:
    """Read the one method in use. Raises `InvalidRequestError` for two at a time."""
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if authorization is None:
        method = "client_secret_post" if secret else "none"
        return Credentials(method, ((client_id, secret),))
    # RFC 6749 §2.3: "The client MUST NOT use more than one authentication method".
    if secret:
        raise InvalidRequestError("More than one client authentication method.")
    spellings = _basic(authorization)
    if client_id and client_id not in {spelling[0] for spelling in spellings}:
        raise InvalidRequestError("client_id differs from the authenticated client.")
    return Credentials("client_secret_basic", spellings)


def _basic(authorization: str) -> tuple[tuple[str, str], ...]:
    """RFC 6749 §2.3.1 form-encodes both parts; many clients do not, and secrets may hold a `+`."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    client_id, colon, secret = text.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise InvalidClient(status_code=401)
    spellings = [(client_id, secret)]
    if "%" in text or "+" in text:
        spellings.append((unquote_plus(client_id), unquote_plus(secret)))
    # RFC 6749 Appendix A.1, A.2: `*VSCHAR`. No database takes a NUL, and no client has one.
    if any(map(CONTROL_CHARACTER.search, chain.from_iterable(spellings))):
        raise InvalidClient(status_code=401)
    return tuple(spellings)
