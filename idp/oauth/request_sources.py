"""Where the parameters of an authorization request come from: its own address, a request that the
client has pushed (RFC 9126 §4), or an object that it signed (RFC 9101)."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Mapping

from authlib.oauth2.rfc6749.errors import InvalidRequestError

from idp.oauth import pushed_requests, request_objects
from idp.oauth.errors import InvalidRequestUri
from idp.oauth.pushed_requests import Pushed
from idp.oauth.requests import OAuthRequest, Parameters
from idp.oauth.server import OAuthServer


def resolve(server: OAuthServer, request: OAuthRequest) -> None:
    """Put the parameters in place that the client means. Raises `OAuth2Error`.

    What stands beside a reference or an object is not looked at, but for `client_id`: "The
    authorization server MUST only use the parameters in the Request Object, even if the same
    parameter is provided in the query parameter" (RFC 9101 §6.3). A request that is neither, or
    whose client has no keys, stays as it is.
    """
    given = request.payload.data
    if given.get("request_uri", "").startswith(pushed_requests.PREFIX):
        _open(server, request, given)
    elif "request" in given and "request_uri" not in given:
        _read(server, request, given)


def _open(server: OAuthServer, request: OAuthRequest, given: Mapping[str, str]) -> None:
    if "request" in given:
        # RFC 9101 §5: a client "MUST NOT" send both.
        raise InvalidRequestError("request and request_uri exclude each other.")
    reference, client_id = given["request_uri"], given.get("client_id", "")
    pushed = pushed_requests.open_request(server.kernel, reference, client_id)
    if pushed is None:
        raise InvalidRequestUri("request_uri has expired, was used, or is another client's.")
    _put(request, given, reference, pushed)
    request.is_pushed = True


def _read(server: OAuthServer, request: OAuthRequest, given: Mapping[str, str]) -> None:
    """An object is good once, so the screens carry a reference to what it says."""
    client = server.find_client(given.get("client_id"), request.pool_id)
    if client is None or not request_objects.are_taken_from(client):
        return
    kernel = server.kernel
    pushed = Pushed(request_objects.read(kernel, client, given["request"]), is_signed=True)
    reference = pushed_requests.new_reference(kernel.randomness)
    expires = kernel.clock.now() + pushed_requests.OPEN_FOR
    _put(request, given, reference, pushed)
    kernel.database.write(
        pushed_requests.store, reference, client.client_id, pushed, expires, is_open=True
    )


def _put(request: OAuthRequest, given: Mapping[str, str], reference: str, pushed: Pushed) -> None:
    # Which language the pages speak is a choice of the person at them.
    language = {"lang": given["lang"]} if "lang" in given else {}
    request.payload = Parameters({**pushed.parameters, **language}.items())
    request.carried = {
        "client_id": given["client_id"],
        "request_uri": reference,
        **language,
    }
    request.reference, request.is_signed = reference, pushed.is_signed
