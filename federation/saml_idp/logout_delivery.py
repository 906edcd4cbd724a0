"""Logout messages on their way to an application, by the binding that it takes, always signed
(SAML 2.0 Profiles §4.4.4)."""

# lxml is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from flask import Response

from federation.saml import redirect_binding, signing
from federation.saml.logout_messages import LogoutRequest, LogoutResponse, serialized
from federation.saml.names import POST_BINDING, REDIRECT_BINDING
from federation.saml.redirect_binding import REQUEST, RESPONSE
from federation.saml_idp import answers
from federation.saml_idp.application_metadata import LogoutService
from federation.saml_idp.applications import Application
from idp.user_pools.services.saml_certificates import Certified


def service(application: Application) -> tuple[str, LogoutService]:
    """How and where it is told; the caller has looked that it can be. A redirect needs no page."""
    services = application.metadata.logout_services
    binding = REDIRECT_BINDING if REDIRECT_BINDING in services else POST_BINDING
    return binding, services[binding]


def request(binding: str, message: LogoutRequest, key: Certified) -> Response:
    return _sent(binding, REQUEST, message, None, key)


def response(
    binding: str, message: LogoutResponse, relay_state: str | None, key: Certified
) -> Response:
    return _sent(binding, RESPONSE, message, relay_state, key)


def _sent(
    binding: str,
    parameter: str,
    message: LogoutRequest | LogoutResponse,
    relay_state: str | None,
    key: Certified,
) -> Response:
    address = message.destination
    if binding == REDIRECT_BINDING:
        location = redirect_binding.location(
            address, parameter, message.xml(), relay_state, key.private_key
        )
        return Response(status=303, headers={"Location": location})
    root = message.element()
    signing.sign(root, key)
    # The application leads the person on, to us or to others.
    return answers.posted(address, serialized(root), relay_state, parameter, leads_on=True)
