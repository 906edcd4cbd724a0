"""The single logout service: an application's LogoutRequest, and the answers to ours (SAML 2.0
Profiles §4.4); and the sign-out at the pool's own pages, as far as applications hear of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask import Response, request
from sqlalchemy.orm import Session

from federation.saml import logout_messages, transport
from federation.saml.logout_messages import LogoutRequest, LogoutResponse
from federation.saml.redirect_binding import REQUEST
from federation.saml.transport import Received
from federation.saml_idp import (
    applications,
    description,
    logout_journey,
    places,
    sessions,
)
from federation.saml_idp.application_settings import is_relay_state
from federation.saml_idp.applications import Application
from federation.saml_idp.logout_journey import Journey
from idp.hosted_ui import relay
from idp.hosted_ui.headers import protect
from idp.models import SamlApplicationSession
from idp.oauth import logout_request, session_management
from idp.oauth.endpoints import logout
from idp.oauth.provider import Provider
from idp.oauth.sessions import Ended
from idp.user_pools.services import revocation
from idp.user_pools.services.upstream import UpstreamFailed
from kernel.runtime import Kernel
from kernel.sealing import Unsealable

STATE, PURPOSE = "state", "saml-signed-out"
LIFETIME = 600.0
LONGEST_TARGET = 1500
"""Characters: sealed, it must fit into a cookie. A sign-out that leads further ends at our page."""


@dataclass(frozen=True)
class TellApplications:
    """A `SignOutDetour`: the applications of a browser session that somebody signed out of."""

    kernel: Kernel

    def __call__(self, pool_id: str, ended: Ended, target: str) -> str:
        rows = self.kernel.database.read(sessions.of_browser, ended.session_id)
        if not rows:
            return target
        last = target if len(target) <= LONGEST_TARGET else logout.DONE
        value = [pool_id, ended.session_id, last]
        state = self.kernel.sealer.seal_token(value, PURPOSE, LIFETIME)
        return f"{description.path(pool_id, description.SIGNED_OUT)}?{STATE}={state}"


def signed_out(provider: Provider, pool_id: str) -> Response:
    """Where the detour begins, the session being over already; and where another one leads back
    to that an application's LogoutRequest has taken."""
    places.check(provider, pool_id)
    if STATE not in request.args:
        present = logout_journey.present(provider, pool_id)
        if present is None:
            raise logout_request.refusal("there is no sign-out of this browser")
        return protect(logout_journey.go_on(provider, present))
    try:
        opened = provider.kernel.sealer.open_token(request.args.get(STATE, ""), PURPOSE)
    except Unsealable:
        raise logout_request.refusal("state is not of a sign-out") from None
    of_pool, session_id, target = opened
    if of_pool != pool_id:
        raise logout_request.refusal("state is of another pool")
    rows = provider.kernel.database.read(sessions.of_browser, session_id)
    journey = Journey(pool_id, logout_journey.indexes(rows), target)
    return protect(logout_journey.begin(provider, journey))


def serve(provider: Provider, pool_id: str) -> Response:
    places.check(provider, pool_id)
    given = relay.given(logout_request.refusal)
    if relay.is_needed(given):
        return protect(relay.page(given))
    try:
        message = transport.read(relay.query(), given, transport.LOGOUT)
        act = _asked if message.parameter == REQUEST else _answered
        return protect(act(provider, pool_id, message))
    except UpstreamFailed as error:
        raise logout_request.refusal(error.message) from None


def _asked(provider: Provider, pool_id: str, message: Received) -> Response:
    """Raises `UpstreamFailed` for what cannot be read."""
    kernel, asked = provider.kernel, logout_messages.read_request(message.said)
    application = _sender(provider, pool_id, message, asked)
    if application is None:
        raise logout_request.refusal("the request is not of an application of this pool, or not "
                                     "signed by it, or old, or for another address")  # fmt: skip
    most = application.settings.relay_state_bytes
    if message.relay_state is not None and not is_relay_state(message.relay_state, most):
        raise logout_request.refusal(f"RelayState is longer than {most} bytes")
    if not application.is_new(kernel, asked.id):
        raise logout_request.refusal("the request was used before")
    signed_in = provider.signed_in(pool_id)
    here = signed_in.opening.browser_session_id if signed_in else None
    ended = kernel.database.write(_end, pool_id, application.entity_id, asked, kernel.clock.now())
    if ended.sessions:
        revocation.announce(kernel)
    journey = Journey(
        pool_id,
        ended.others,
        application=application.entity_id,
        request_id=asked.id,
        relay_state=message.relay_state,
        session_id=here if here in ended.sessions else "",
    )
    response = logout_journey.begin(provider, journey)
    if here in ended.sessions:
        provider.session_cookie(pool_id).clear(response)
        session_management.forget(provider, pool_id, response)
    return response


def _answered(provider: Provider, pool_id: str, message: Received) -> Response:
    """The answer to the request that the browser was sent away with last. One that cannot be
    believed does not count, and holds nobody up."""
    journey = logout_journey.present(provider, pool_id)
    answer = logout_messages.read_response(message.said)
    if journey is None or answer.in_response_to != journey.asked_id:
        raise logout_request.refusal("the answer belongs to no sign-out of this browser")
    sender = _sender(provider, pool_id, message, answer)
    is_his = sender is not None and sender.entity_id == journey.asked
    further = logout_journey.answered(journey, answer, is_believed=is_his)
    return logout_journey.go_on(provider, further)


def _sender(
    provider: Provider,
    pool_id: str,
    message: Received,
    said: LogoutRequest | LogoutResponse,
) -> Application | None:
    """The application that says so: every logout message must be signed (Profiles §4.4.4), by who
    sent it, just now, and for here (Bindings §3.4.5.2)."""
    found = provider.kernel.database.read(applications.find, pool_id, said.issuer)
    here = places.address(provider, pool_id, description.LOGOUT)
    if found is None or said.destination != here:
        return None
    try:
        logout_messages.check_times(said, provider.kernel.clock.time())
    except UpstreamFailed:
        return None
    return found if message.is_signed_by(found.metadata.signing) else None


@dataclass(frozen=True)
class _Ended:
    sessions: frozenset[str]
    """Browser sessions."""
    others: tuple[str, ...]
    """SessionIndexes of other applications that have to be told."""


def _end(
    session: Session, pool_id: str, application: str, asked: LogoutRequest, now: datetime
) -> _Ended:
    """End the browser sessions that the named sessions at the application came through, with the
    tokens that clients have from them; their clients get their notices."""
    name_id, indexes = asked.name_id, asked.session_indexes
    rows = sessions.named(session, pool_id, application, name_id, indexes)
    pairs = sorted({(row.user_id, row.browser_session_id) for row in rows})
    for user_id, browser_session_id in pairs:
        revocation.end_with_sign_ins(session, user_id, browser_session_id, now)
    others = [
        row
        for _, browser_session_id in pairs
        for row in sessions.of_browser(session, browser_session_id)
        if row.application != application
    ]
    sessions.forget(session, _ids(rows))
    return _Ended(frozenset(each for _, each in pairs), logout_journey.indexes(others))


def _ids(rows: Iterable[SamlApplicationSession]) -> list[str]:
    return [row.id for row in rows]
