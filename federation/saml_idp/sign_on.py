"""The single sign-on service: an application's AuthnRequest, and sign-ins that begin here (SAML 2.0
Profiles §4.1).

Until it is known that the application is registered, that a signature is its own, and that the
assertion consumer service is one of its metadata, the person sees an error and is led nowhere.
Afterwards the application hears what is wrong.
"""

from __future__ import annotations

from flask import Response, request

from federation.saml import times, transport
from federation.saml.transport import Received
from federation.saml_idp import (
    applications,
    authn_request,
    contexts,
    description,
    entry,
    places,
    released,
    statuses,
)
from federation.saml_idp.application_settings import is_relay_state
from federation.saml_idp.applications import Application
from federation.saml_idp.authn_request import AuthnRequest, UnreadableRequest
from federation.saml_idp.entry import SamlEntry, Wanted
from federation.saml_idp.statuses import Refused
from idp.hosted_ui import paths, plain_pages, relay
from idp.hosted_ui.headers import protect
from idp.hosted_ui.visit import Visit
from idp.oauth import codes, interactions
from idp.oauth.provider import Provider
from idp.user_pools.services.upstream import UpstreamFailed

APPLICATION = "application"


def serve(provider: Provider, pool_id: str) -> Response:
    places.check(provider, pool_id)
    given = relay.given(plain_pages.cannot_be_done)
    if relay.is_needed(given):
        return protect(relay.page(given))
    try:
        message = transport.read(relay.query(), given, transport.SIGN_ON)
        asked = authn_request.read(message.said)
    except UpstreamFailed as error:
        raise plain_pages.cannot_be_done(error.message) from None
    except UnreadableRequest as error:
        raise plain_pages.cannot_be_done(str(error)) from None
    application = _application(provider, pool_id, asked.issuer)
    _check_sender(provider, pool_id, application, message, asked)
    wanted = _wanted(application, asked, message.relay_state)
    going_on = entry.make(provider, application, wanted)
    try:
        _check_wishes(application, asked)
    except Refused as refused:
        return protect(going_on.tell(provider.kernel, refused.status))
    return _go_on(provider, going_on, is_passive=asked.is_passive)


def start(provider: Provider, pool_id: str) -> Response:
    """A sign-in that begins here (Profiles §4.1.5), where the application takes such ones."""
    places.check(provider, pool_id)
    application = _application(provider, pool_id, request.args.get(APPLICATION, ""))
    if not application.settings.idp_initiated:
        detail = "the application begins its sign-ins itself: idp_initiated is not set"
        raise plain_pages.cannot_be_done(detail)
    index = application.metadata.default_service.index
    relay_state = application.settings.default_relay_state or None
    wanted = Wanted(pool_id, application.entity_id, None, index, relay_state)
    return _go_on(provider, entry.make(provider, application, wanted), is_passive=False)


def _go_on(provider: Provider, going_on: SamlEntry, *, is_passive: bool) -> Response:
    """The present session answers, or the person signs in."""
    wanted, kernel = going_on.authorization_request, provider.kernel
    signed_in = provider.signed_in(going_on.wanted.pool_id)
    need = interactions.needed(signed_in, wanted, kernel.clock)
    if signed_in and need is None and going_on.proves_enough(signed_in):
        try:
            return protect(going_on.answer(provider, signed_in))
        except codes.SessionOver:
            pass
    if is_passive:
        return protect(going_on.tell(kernel, statuses.NO_PASSIVE))
    location = Visit.of(provider, going_on).link(paths.SIGN_IN)
    return protect(Response(status=303, headers={"Location": location}))


def _application(provider: Provider, pool_id: str, entity_id: str) -> Application:
    kernel = provider.kernel
    found = kernel.database.read(applications.find, pool_id, entity_id)
    if found is None or not found.is_valid(kernel.clock.now()):
        raise plain_pages.cannot_be_done("the application is not registered")
    return found


def _check_sender(
    provider: Provider,
    pool_id: str,
    application: Application,
    message: Received,
    asked: AuthnRequest,
) -> None:
    """That the application says so, here and now, and for the first time. Who asks by an unsigned
    request is not known: it leads to the application's own addresses all the same."""
    is_signed = message.is_signed
    if application.needs_signed_requests and not is_signed:
        raise plain_pages.cannot_be_done("the application's requests must be signed")
    if is_signed and not message.is_signed_by(application.metadata.signing):
        raise plain_pages.cannot_be_done("the request's signature is not the application's")
    here = places.address(provider, pool_id, description.SIGN_ON)
    # Bindings §3.4.5.2, §3.5.5.2: a signed message must say where it is sent to.
    if asked.destination != here and (is_signed or asked.destination is not None):
        raise plain_pages.cannot_be_done(f"the request is not for {here}")
    if not times.is_recent(asked.issued, provider.kernel.clock.time()):
        raise plain_pages.cannot_be_done("the request was not issued just now")
    # What is not signed anybody can write anew.
    if is_signed and not application.is_new(provider.kernel, asked.id):
        raise plain_pages.cannot_be_done("the request was used before")


def _wanted(application: Application, asked: AuthnRequest, relay_state: str | None) -> Wanted:
    """Where the answer goes is known from here on: to an address of the metadata alone."""
    service = application.metadata.service(asked.answer_address, asked.answer_index)
    if service is None:
        raise plain_pages.cannot_be_done(
            "the assertion consumer service is not in the application's metadata"
        )
    most = application.settings.relay_state_bytes
    if relay_state is not None and not is_relay_state(relay_state, most):
        raise plain_pages.cannot_be_done(f"RelayState is longer than {most} bytes")
    return Wanted(
        application.pool_id,
        application.entity_id,
        asked.id,
        service.index,
        relay_state,
        asked.is_forced,
        contexts.known(asked.contexts),
        asked.comparison,
    )


def _check_wishes(application: Application, asked: AuthnRequest) -> None:
    """What can be said without asking the person. Raises `Refused`.

    AllowCreate (Core §3.4.1.1) makes no difference: names follow from who the person is, and none
    has to be established.
    """
    if not authn_request.is_by_post(asked):
        raise Refused(statuses.UNSUPPORTED_BINDING)
    if asked.has_other_wishes:
        raise Refused(statuses.REQUEST_UNSUPPORTED)
    if not released.is_format_possible(application, asked.name_id_format, asked.name_qualifier):
        raise Refused(statuses.INVALID_NAME_ID_POLICY)
    if not contexts.can_be_met(asked.contexts, asked.comparison):
        raise Refused(statuses.NO_AUTHN_CONTEXT)
