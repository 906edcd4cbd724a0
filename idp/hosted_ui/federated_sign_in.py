"""Signing in at another provider: there, and back at /oauth2/idpresponse or /saml2/idpresponse.

The answer comes with the `state` that the person left with. Whatever else must be known waits,
sealed, in a cookie of the browser that left: an answer that another browser brings, or that nobody
asked for, signs nobody in (RFC 9700 §4.7, login CSRF).

A SAML provider whose details say `IDPInit` may begin itself: then RelayState is an authorization
request, and nothing binds the answer to the browser.
"""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import structlog
from flask import Response, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from idp.errors import IdpError
from idp.hosted_ui import paths, purposes
from idp.hosted_ui.csrf import CsrfGuard
from idp.hosted_ui.flow import FlowCookie
from idp.hosted_ui.headers import protect
from idp.hosted_ui.visit import Visit
from idp.oauth.authorization_responses import self_posting_form
from idp.oauth.clients import LOCAL_USERS
from idp.oauth.cookies import PoolCookie
from idp.oauth.endpoints.authorize import Refused
from idp.oauth.errors import AccessDenied, PageError, to_oauth
from idp.oauth.grants.authorization_code import AuthorizationCodeGrant
from idp.oauth.provider import Provider
from idp.oauth.sessions import SignedIn
from idp.texts import N_
from idp.user_pools.rules.second_factors import FEDERATION
from idp.user_pools.services import (
    documents,
    federated_users,
    identity_providers,
    triggers,
    upstream,
)
from idp.user_pools.services.tokens import Opening
from idp.user_pools.services.upstream import (
    Departure,
    Errand,
    Upstream,
    UpstreamFailed,
    UpstreamProviders,
)
from kernel.sealing import Unsealable
from kernel.tokens import encoding

LIFETIME = timedelta(minutes=15)
STATE_BYTES = 32
LONGEST_REQUEST = 2000
"""Characters: sealed, it must fit into a cookie (RFC 6265 §6.1)."""
PURPOSE, COOKIE, RELAYED = "upstream-sign-in", "upstream", "relayed"
OAUTH_ANSWER_PATH, SAML_ANSWER_PATH = "/oauth2/idpresponse", "/saml2/idpresponse"
PROVIDER = "provider"

log = structlog.get_logger("poolgate.federation")


@dataclass(frozen=True)
class Away:
    """A person who left, as the state and the cookie remember it."""

    client_id: str
    pool_id: str
    provider_name: str
    request: str
    """The authorization request's query."""
    memory: Mapping[str, str]


def only_choice(visit: Visit) -> str | None:
    """The provider that the request or the client leaves no choice but; None lets the page ask."""
    asked = visit.grant.authorization_request.identity_provider
    identifier = visit.parameter("idp_identifier")
    if asked or not identifier:
        upstreams = visit.client.upstreams
        alone = len(upstreams) == 1 and not visit.client.signs_in_local_users
        return (asked if asked != LOCAL_USERS else None) or (upstreams[0] if alone else None)
    try:
        found = visit.kernel.database.read(
            identity_providers.by_identifier, visit.context.pool, identifier
        )
    except IdpError:
        raise _nowhere("idp_identifier names no identity provider of the user pool") from None
    return found.key


def choices(visit: Visit) -> list[tuple[str, str]]:
    """The names of the other providers, and the links that lead there."""
    carried = visit.grant.request.carried
    return [
        (name, f"{paths.ELSEWHERE}?{urlencode({**carried, PROVIDER: name})}")
        for name in _supported(visit)
    ]


def _supported(visit: Visit) -> list[str]:
    """The client's providers of types that this server can talk to."""
    if not visit.client.upstreams:
        return []
    kinds, pool_id = visit.kernel.of(UpstreamProviders), visit.client.pool_id

    def load(session: Session) -> list[str]:
        rows = [
            documents.find(session, pool_id, identity_providers.KIND, name)
            for name in visit.client.upstreams
        ]
        return [row.key for row in rows if row and kinds.supports(row.document["ProviderType"])]

    return visit.kernel.database.read(load)


def leave(visit: Visit, _form: Mapping[str, str] | None = None) -> Response:
    """Where the links of `choices` lead."""
    return begin(visit, request.args.get(PROVIDER, ""))


def begin(visit: Visit, name: str) -> Response:
    """Send the person away."""
    found = _upstream(visit, name)
    state = encoding.encode(visit.kernel.randomness.bytes(STATE_BYTES))
    oldest = visit.grant.authorization_request.max_age
    errand = Errand(
        state,
        _answer_address(visit, found),
        visit.parameter("login_hint"),
        visit.parameter("prompt"),
        "" if oldest is None else str(oldest),
    )
    if len(urlencode(visit.grant.request.carried)) > LONGEST_REQUEST:
        raise _nowhere("the authorization request is too long to be taken along: push it")
    try:
        departure = visit.kernel.of(UpstreamProviders).of(found).begin(found, errand)
    except UpstreamFailed as error:
        return _failed(visit, found.name, error)
    response = Response(status=303, headers={"Location": departure.location})
    _remember(visit, response, name, state, departure)
    return protect(response)


def answer(provider: Provider) -> Response:
    """What the other provider's answer leads to."""
    given = _given()
    if request.method == "POST" and RELAYED not in given:
        # Posted from the other site it comes without our cookies (SameSite=Lax); from a page of
        # ours it comes with them. Flask bounds the body.
        return self_posting_form(request.path, [*given.items(), (RELAYED, "1")], leads_on=True)
    visit, found, memory = _arrived(provider, given)
    try:
        here = _answer_address(visit, found)
        kind = visit.kernel.of(UpstreamProviders).of(found)
        identity = kind.finish(found, memory, given, here)
        user = federated_users.admit(visit.kernel, visit.context, found, identity)
        triggers.post_authentication(visit.kernel, visit.context, user, {})
    except IdpError as error:
        return _failed(visit, found.name, error)
    now = visit.kernel.clock.now()
    here_is = visit.asked.circumstances
    opening = Opening((FEDERATION,), None, None, here_is.address, here_is.user_agent)
    response = visit.finish(SignedIn(user.id, now, opening, identity.shared))
    _cookie(provider, found.pool_id).clear(response)
    return response


def _arrived(
    provider: Provider, given: Mapping[str, str]
) -> tuple[Visit, Upstream, Mapping[str, str]]:
    """The authorization request that an answer belongs to, and what was remembered for it."""
    relay_state = given.get("RelayState", "")
    if request.path == SAML_ANSWER_PATH and "client_id=" in relay_state:
        visit = _visit(provider, relay_state)
        return visit, _may_begin(visit), {}
    away = _away(provider, given.get("state") or relay_state)
    visit = _visit(provider, away.request)
    if (visit.client.client_id, visit.client.pool_id) != (away.client_id, away.pool_id):
        raise _nowhere("the answer belongs to another client")
    return visit, _upstream(visit, away.provider_name), away.memory


def _may_begin(visit: Visit) -> Upstream:
    """The provider that the request names, where it may sign people in without being asked.
    Nobody is led to let a device in that way."""
    if not isinstance(visit.grant, AuthorizationCodeGrant):
        raise _nowhere("a provider begins sign-ins to clients alone")
    found = _upstream(visit, only_choice(visit) or "")
    if found.type != "SAML" or found.details.get("IDPInit") != "true":
        raise _nowhere("the identity provider may not begin a sign-in")
    return found


def _upstream(visit: Visit, name: str) -> Upstream:
    if name not in visit.client.upstreams:
        raise _nowhere("the identity provider is not enabled for this client")

    def load(session: Session) -> Upstream:
        pool = visit.context.pool
        row = identity_providers.require(session, pool, name)
        return upstream.load(session, visit.kernel.sealer, row)

    try:
        return visit.kernel.database.read(load)
    except IdpError:
        raise _nowhere("there is no such identity provider") from None


def _answer_address(visit: Visit, found: Upstream) -> str:
    return visit.address(SAML_ANSWER_PATH if found.type == "SAML" else OAUTH_ANSWER_PATH)


def _remember(
    visit: Visit, response: Response, name: str, state: str, departure: Departure
) -> None:
    client = visit.client
    query = urlencode(visit.grant.request.carried)
    away = Away(client.client_id, client.pool_id, name, query, departure.memory)
    token = visit.kernel.sealer.seal_token(
        [_digest(state), asdict(away)], PURPOSE, LIFETIME.total_seconds()
    )
    _cookie(visit.provider, client.pool_id).set(response, token, LIFETIME)


def _away(provider: Provider, state: str) -> Away:
    """Raises `PageError` where this browser did not leave with that state.

    An answer may come to the root of all pools, so that only the cookie says whose it is.
    """
    for name, value in request.cookies.items():
        if COOKIE in name:
            try:
                digest, away = provider.kernel.sealer.open_token(value, PURPOSE)
            except Unsealable:
                continue
            if hmac.compare_digest(digest, _digest(state)):
                return Away(**away)
    raise _nowhere("the answer belongs to no sign-in of this browser")


def _visit(provider: Provider, query: str) -> Visit:
    """The authorization request, checked as when it came. Raises `PageError`."""
    if len(query) > LONGEST_REQUEST:
        raise _nowhere("the authorization request is too long")
    try:
        grant = purposes.read(provider, MultiDict(parse_qsl(query)))
    except Refused as refused:
        raise _nowhere("the authorization request is not good any more") from refused
    client = grant.authorization_request.client
    return Visit(provider, grant, CsrfGuard(provider, client.pool_id), FlowCookie(provider, client))


def _given() -> dict[str, str]:
    """The answer's parameters, from one place and each given once (RFC 6749 §3.1)."""
    values = request.form if request.method == "POST" else request.args
    pairs = list(values.items(multi=True))
    if len(dict(pairs)) != len(pairs):
        raise _nowhere("a parameter is included more than once")
    return dict(pairs)


def _failed(visit: Visit, name: str, error: IdpError) -> Response:
    """Back to the client, as Amazon Cognito does; a device has no address to go back to."""
    log.info("federated_sign_in_failed", provider=name, reason=type(error).__name__)
    if not isinstance(visit.grant, AuthorizationCodeGrant):
        raise _nowhere("the identity provider refused the sign-in")
    wanted = visit.grant.authorization_request
    refusal = AccessDenied(to_oauth(error).description)
    return visit.provider.server.refuse(refusal, wanted.return_address)


def _cookie(provider: Provider, pool_id: str) -> PoolCookie:
    return provider.cookie(COOKIE, pool_id)


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def _nowhere(detail: str) -> PageError:
    return PageError(
        N_("This sign-in cannot go on"),
        N_(
            "It took too long, or was begun in another window. Go back to the application and "
            "try again."
        ),
        detail=detail,
    )
