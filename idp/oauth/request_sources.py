"""Where the parameters of an authorization request come from: its own address, or a request that
the client has pushed (RFC 9126 §4)."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from idp.oauth import pushed_requests
from idp.oauth.errors import InvalidRequestUri
from idp.oauth.requests import OAuthRequest, Parameters
from kernel.runtime import Kernel


def resolve(kernel: Kernel, request: OAuthRequest) -> None:
    """Put the parameters in place that the client means. Raises `OAuth2Error`.

    What stands beside a reference is not looked at, but for `client_id`: "The authorization server
    MUST only use the parameters in the Request Object, even if the same parameter is provided in
    the query parameter" (RFC 9101 §6.3).
    """
    given = request.payload.data
    reference = given.get("request_uri", "")
    if not reference.startswith(pushed_requests.PREFIX):
        return
    client_id = given.get("client_id", "")
    pushed = pushed_requests.open_request(kernel, reference, client_id)
    if pushed is None:
        raise InvalidRequestUri("request_uri has expired, was used, or is another client's.")
    request.payload = Parameters(pushed.parameters.items())
    request.carried = {"client_id": client_id, "request_uri": reference}
    request.reference = reference
    request.is_signed = pushed.is_signed
