"""Coming back from another provider: /oauth2/idpresponse and /saml2/idpresponse.

A SAML provider whose details say `IDPInit` may begin itself: then RelayState is an authorization
request, and nothing binds the answer to the browser.
"""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from flask import Response, request
from werkzeug.datastructures import MultiDict

from idp.errors import IdpError
from idp.hosted_ui import address_limits, paths, plain_pages, purposes, relay
from idp.hosted_ui.client_entry import ClientEntry
from idp.hosted_ui.federated import failure, providers, state_cookie, way_back
from idp.hosted_ui.federated.departure import answer_address, answer_path
from idp.hosted_ui.visit import Visit
from idp.oauth.endpoints.authorize import Refused
from idp.oauth.provider import Provider
from idp.oauth.sessions import SignedIn
from idp.user_pools.rules.second_factors import FEDERATION
from idp.user_pools.services import federated_users, triggers, upstream
from idp.user_pools.services.tokens import Opening
from idp.user_pools.services.upstream import Upstream, UpstreamIdentity, UpstreamProviders


def answer(provider: Provider, **_of_provider: str) -> Response:
    """What the other provider's answer leads to. Raises `PageError`."""
    given = relay.given(plain_pages.cannot_go_on)
    if relay.is_needed(given):
        return relay.page(given)
    visit, found, memory, state = _arrived(provider, given)
    if request.path != answer_path(visit, found):
        raise plain_pages.cannot_go_on("the answer came to the address of another provider")
    counted = address_limits.PAGES if state else address_limits.UNASKED
    address_limits.admit_to(visit.kernel, found.pool_id, counted)
    if state:
        way_back.spend(provider, state)
    try:
        here = answer_address(visit, found)
        kind = visit.kernel.of(UpstreamProviders).of(found)
        identity = kind.finish(found, memory, given, here)
        _check_proof(visit, identity)
        user = federated_users.admit(visit.kernel, visit.context, found, identity)
        triggers.post_authentication(visit.kernel, visit.context, user, {})
    except IdpError as error:
        address_limits.count_failure(visit.kernel, found.pool_id, counted)
        refused = failure.refuse(visit, found, error)
        way_back.forget(provider, found.pool_id, refused)
        return refused
    response = visit.finish(_signed_in(visit, user.id, identity))
    way_back.forget(provider, found.pool_id, response)
    return response


def _check_proof(visit: Visit, identity: UpstreamIdentity) -> None:
    """As recent as the request wants it. `prompt=login` asks the provider for a proof of now; one
    that does not say when it was is believed, as by Amazon Cognito. Raises `UpstreamFailed`."""
    wanted = visit.purpose.authorization_request
    now = visit.kernel.clock.time()
    upstream.check_age(identity, wanted.max_age, now)
    if "login" in wanted.prompts and identity.proven is not None:
        upstream.check_age(identity, int(state_cookie.LIFETIME.total_seconds()), now)


def _signed_in(visit: Visit, user_id: str, identity: UpstreamIdentity) -> SignedIn:
    here = visit.asked.circumstances
    factors = (FEDERATION, *identity.factors)
    opening = Opening(factors, None, None, here.address, here.user_agent)
    proven = None if identity.proven is None else datetime.fromtimestamp(identity.proven, UTC)
    return SignedIn(user_id, visit.kernel.clock.now(), opening, identity.shared, proven)


def _arrived(
    provider: Provider, given: Mapping[str, str]
) -> tuple[Visit, Upstream, Mapping[str, str], str]:
    """The authorization request that an answer belongs to, what was remembered for it, and the
    state that it was remembered under; "" where the provider began."""
    relay_state = given.get("RelayState", "")
    if request.path == paths.SAML_ANSWER and "client_id=" in relay_state:
        visit = _visit(provider, relay_state)
        return visit, _may_begin(visit), {}, ""
    state = given.get("state") or relay_state
    away = way_back.recall(provider, state)
    visit = _visit(provider, away.request)
    if (visit.client.client_id, visit.client.pool_id) != (away.client_id, away.pool_id):
        raise plain_pages.cannot_go_on("the answer belongs to another client")
    return visit, providers.find(visit, away.provider_name), away.memory, state


def _may_begin(visit: Visit) -> Upstream:
    """The provider that the request names, where it may sign people in without being asked.
    Nobody is led to let a device in that way."""
    if not isinstance(visit.purpose, ClientEntry):
        raise plain_pages.cannot_go_on("a provider begins sign-ins to clients alone")
    found = providers.find(visit, providers.only_one(visit) or "")
    if found.type != "SAML" or found.details.get("IDPInit") != "true":
        raise plain_pages.cannot_go_on("the identity provider may not begin a sign-in")
    return found


def _visit(provider: Provider, query: str) -> Visit:
    """The authorization request, checked as when it came. Raises `PageError`."""
    if len(query) > way_back.LONGEST_REQUEST:
        raise plain_pages.cannot_go_on("the authorization request is too long")
    try:
        return Visit.of(provider, purposes.read(provider, MultiDict(parse_qsl(query))))
    except Refused as refused:
        detail = "the authorization request is not good any more"
        raise plain_pages.cannot_go_on(detail) from refused
