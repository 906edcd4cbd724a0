"""POST /oauth2/par: a client leaves its authorization request with us first (RFC 9126)."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from authlib.oauth2.rfc6749.errors import InvalidRequestError
from flask import Response, json, request
from sqlalchemy.orm import Session

from idp.oauth import (
    authorization_request,
    cors,
    pushed_requests,
    request_objects,
    request_rates,
    sender_constraint,
)
from idp.oauth.authorization_request import Origin, RequestObjectNotSupported
from idp.oauth.clients import OAuthClient
from idp.oauth.endpoints.answers import answer
from idp.oauth.provider import Provider
from idp.oauth.pushed_requests import Pushed
from idp.oauth.requests import OAuthRequest, Parameters
from idp.oauth.sender_constraint import InvalidDpopProof

# What authenticates a client is no part of its request (§2.1).
CREDENTIALS = frozenset({"client_secret", "client_assertion", "client_assertion_type"})
MOST_CHARACTERS = 32_768
# Anyone can push in the name of a public client: so many a second from one address.
PUBLIC_RATE, PUBLIC_BURST = 5.0, 50


def par(provider: Provider) -> Response:
    if request.method == "OPTIONS":
        return cors.preflight("POST")
    return cors.allow_any_origin(answer(provider, _push))


def _push(provider: Provider) -> Response:
    kernel = provider.kernel
    request_rates.count(kernel)
    asked = provider.request(request.form)
    client = provider.server.authenticate_client(asked)
    request_rates.count_public(provider, client, "par", PUBLIC_RATE, PUBLIC_BURST)
    pushed = _bound(provider, asked, _pushed(provider, asked.form, client))
    origin = Origin(is_pushed=True, is_signed=pushed.is_signed)
    authorization_request.check(Parameters(pushed.parameters.items()).data, client, origin)
    reference = pushed_requests.new_reference(kernel.randomness)
    kernel.database.write(_store, client, reference, pushed, kernel.clock.now())
    body = {
        "request_uri": reference,
        "expires_in": int(pushed_requests.LIFETIME.total_seconds()),
    }
    headers = {"Cache-Control": "no-store"}
    return Response(json.dumps(body), status=201, content_type="application/json", headers=headers)


def _store(
    session: Session, client: OAuthClient, reference: str, pushed: Pushed, now: datetime
) -> None:
    if client.is_public:
        pushed_requests.check_room(session, client.client_id, now)
    expires = now + pushed_requests.LIFETIME
    pushed_requests.store(session, reference, client.client_id, pushed, expires)


def _pushed(provider: Provider, form: Mapping[str, str], client: OAuthClient) -> Pushed:
    if "request_uri" in form:
        # §2.1: "The request_uri authorization request parameter is one exception, and it MUST NOT
        # be provided."
        raise InvalidRequestError("request_uri cannot be pushed.")
    given = {name: value for name, value in form.items() if name not in CREDENTIALS}
    if sum(len(name) + len(value) for name, value in given.items()) > MOST_CHARACTERS:
        raise InvalidRequestError("The request is too large.")
    if "request" not in given:
        return Pushed({**given, "client_id": client.client_id})
    # §3: all parameters of the request "MUST appear as claims of the JWT".
    if not given.keys() <= {"request", "client_id"}:
        raise InvalidRequestError("There are parameters beside the request object.")
    if not request_objects.are_taken_from(client):
        raise RequestObjectNotSupported
    parameters = request_objects.read(provider.kernel, client, given["request"])
    return Pushed(parameters, is_signed=True)


def _bound(provider: Provider, asked: OAuthRequest, pushed: Pushed) -> Pushed:
    """RFC 9449 §10.1: a DPoP proof with the request says what `dpop_jkt` would."""
    proved = sender_constraint.proven_key(provider.kernel, asked)
    if proved is None:
        return pushed
    if pushed.parameters.get("dpop_jkt", proved) != proved:
        raise InvalidDpopProof("dpop_jkt and the DPoP proof name two keys.")
    return replace(pushed, parameters={**pushed.parameters, "dpop_jkt": proved})
