"""The way of a person who has signed out past the other applications of the session (SAML 2.0
Profiles §4.4.3, front channel): to each of them once, with a LogoutRequest, and then on.

The session here has ended before. Where the person is on his way waits, sealed, in a cookie of his
browser; the sessions at the applications are rows, each of which is taken away as it is told, so
that nobody goes round in circles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

import structlog
from flask import Response
from sqlalchemy.orm import Session

from federation.saml import identifiers, logout_messages, transport
from federation.saml.logout_messages import LogoutRequest, LogoutResponse
from federation.saml.names import SUCCESS
from federation.saml.times import LEEWAY
from federation.saml_idp import applications, description, keys, sessions
from federation.saml_idp.applications import Application
from idp.hosted_ui.federated import sign_out
from idp.models import SamlApplicationSession
from idp.oauth import detours
from idp.oauth.cookies import PoolCookie
from idp.oauth.provider import Provider
from idp.oauth.sessions import Ended
from idp.user_pools.rules.saml_metadata import LogoutService
from idp.user_pools.services.saml_certificates import Certified
from kernel.runtime import Kernel
from kernel.sealing import Unsealable

COOKIE, PURPOSE = "saml-logout", "saml-logout"
LIFETIME = timedelta(minutes=10)
MOST_TOLD = 10
"""Applications of one session: nobody waits for more pages than that."""

log = structlog.get_logger("poolgate.saml_applications")


@dataclass(frozen=True)
class Journey:
    """What is still to do. It ends with an answer to the application that began it, or at
    `target`."""

    pool_id: str
    rest: tuple[str, ...]
    """SessionIndexes of those that are not told yet."""
    target: str = ""
    application: str = ""
    request_id: str = ""
    relay_state: str | None = None
    session_id: str = ""
    """Of the browser session that has ended, while others may still be told of it."""
    is_partial: bool = False
    """Whether somebody could not be told, or did not sign the person out."""
    asked: str = ""
    """The application that was asked last."""
    asked_id: str = ""
    """The ID of that request."""


def begin(provider: Provider, journey: Journey) -> Response:
    """Tell the first application that can be told; the end of the way where there is none."""
    told, untold = journey.rest[:MOST_TOLD], journey.rest[MOST_TOLD:]
    if untold:
        provider.kernel.database.write(sessions.forget, untold)
        journey = replace(journey, rest=told, is_partial=True)
    return go_on(provider, journey)


def go_on(provider: Provider, journey: Journey) -> Response:
    kernel = provider.kernel
    while journey.rest:
        index, journey = journey.rest[0], replace(journey, rest=journey.rest[1:])
        row, application = kernel.database.write(_taken, journey.pool_id, index)
        if row is None:
            continue
        service = None if application is None else _told_at(application)
        if service is None:
            journey = replace(journey, is_partial=True)
            continue
        return _tell(provider, journey, row, service)
    return _end(provider, journey)


def present(provider: Provider, pool_id: str) -> Journey | None:
    """The one that the browser is on."""
    value = _cookie(provider, pool_id).value or ""
    try:
        opened: Mapping[str, Any] = provider.kernel.sealer.open_token(value, PURPOSE)
    except Unsealable:
        return None
    journey = Journey(**{**opened, "rest": tuple(opened["rest"])})
    return journey if journey.pool_id == pool_id else None


def answered(journey: Journey, response: LogoutResponse, *, is_believed: bool) -> Journey:
    """After the answer of the application that was asked last."""
    did = is_believed and response.status == SUCCESS and not response.detail
    return journey if did else replace(journey, is_partial=True)


def _taken(
    session: Session, pool_id: str, index: str
) -> tuple[SamlApplicationSession | None, Application | None]:
    """The session at an application, which is forgotten as it is about to be told."""
    row = session.get(SamlApplicationSession, index)
    if row is None or row.pool_id != pool_id:
        return None, None
    session.expunge(row)
    sessions.forget(session, [index])
    return row, applications.find(session, pool_id, row.application)


def _told_at(application: Application) -> LogoutService | None:
    """None where it cannot be told: its answers must be signed (Profiles §4.4.4.2)."""
    return application.metadata.logout if application.metadata.signing else None


def _tell(
    provider: Provider, journey: Journey, row: SamlApplicationSession, service: LogoutService
) -> Response:
    kernel = provider.kernel
    now = kernel.clock.now()
    request = LogoutRequest(
        identifiers.new(kernel.randomness),
        now,
        service.location,
        description.entity_id(kernel.settings, journey.pool_id),
        sessions.name_of(row),
        (row.id,),
        now + timedelta(seconds=LEEWAY),
    )
    key = keys.of(kernel, journey.pool_id).signing
    response = _sent(service, request, None, key)
    _remember(provider, replace(journey, asked=row.application, asked_id=request.id), response)
    return response


def _sent(
    service: LogoutService,
    message: LogoutRequest | LogoutResponse,
    relay_state: str | None,
    key: Certified,
) -> Response:
    return sign_out.depart(transport.sent(message, relay_state, key, is_posted=service.is_posted))


def _remember(provider: Provider, journey: Journey, response: Response) -> None:
    seconds = LIFETIME.total_seconds()
    token = provider.kernel.sealer.seal_token(asdict(journey), PURPOSE, seconds)
    _cookie(provider, journey.pool_id).set(response, token, LIFETIME)


def _past_others(provider: Provider, journey: Journey) -> Response | None:
    """To where the person came from, if he is to be signed out there; it leads back here."""
    onwards = description.path(journey.pool_id, description.SIGNED_OUT)
    ended = Ended(journey.session_id, ())
    led = detours.lead(provider.kernel, journey.pool_id, ended, onwards)
    if led == onwards:
        return None
    response = Response(status=303, headers={"Location": led})
    _remember(provider, replace(journey, session_id=""), response)
    return response


def _end(provider: Provider, journey: Journey) -> Response:
    kernel = provider.kernel
    if journey.session_id and (led := _past_others(provider, journey)) is not None:
        return led
    log.info("saml_logout_told", pool=journey.pool_id, is_partial=journey.is_partial)
    if journey.application:
        response = _reply(kernel, journey)
    else:
        response = Response(status=303, headers={"Location": journey.target})
    _cookie(provider, journey.pool_id).clear(response)
    return response


def _reply(kernel: Kernel, journey: Journey) -> Response:
    """To the application that began it (Core §3.7.3.2)."""
    found = kernel.database.read(applications.find, journey.pool_id, journey.application)
    service = None if found is None else found.metadata.logout
    if service is None:
        return Response(status=303, headers={"Location": description.SIGNED_OUT_PAGE})
    reply = LogoutResponse(
        identifiers.new(kernel.randomness),
        kernel.clock.now(),
        service.answers,
        description.entity_id(kernel.settings, journey.pool_id),
        journey.request_id,
        detail=logout_messages.PARTIAL_LOGOUT if journey.is_partial else "",
    )
    key = keys.of(kernel, journey.pool_id).signing
    return _sent(service, reply, journey.relay_state, key)


def _cookie(provider: Provider, pool_id: str) -> PoolCookie:
    return provider.cookie(COOKIE, pool_id)


def indexes(rows: Sequence[SamlApplicationSession]) -> tuple[str, ...]:
    return tuple(row.id for row in rows)
