"""An answer made, signed, encrypted, and sent to the application by HTTP-POST (SAML 2.0 Bindings
§3.5)."""

# lxml is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import base64

from flask import Response
from lxml import etree

from federation.saml import signing
from federation.saml.redirect_binding import RELAY_STATE, RESPONSE
from federation.saml_idp import encryption, response
from federation.saml_idp.application_settings import ApplicationSettings
from federation.saml_idp.response import Envelope, Statement
from federation.saml_idp.statuses import Status
from idp.oauth.authorization_responses import self_posting_form
from idp.user_pools.services.saml_certificates import Certified


def success(
    envelope: Envelope,
    statement: Statement,
    settings: ApplicationSettings,
    certificate: str | None,
    key: Certified,
) -> bytes:
    """Takes some milliseconds, so this is for `compute`. `certificate` is what is encrypted to."""
    root = response.success(envelope)
    assertion = response.assertion(envelope, statement)
    if settings.sign in ("assertion", "both"):
        signing.sign(assertion, key)
    if settings.encrypt_assertion and certificate is not None:
        assertion = encryption.encrypted(assertion, certificate)
    root.append(assertion)
    if settings.sign in ("response", "both"):
        signing.sign(root, key)
    octets: bytes = etree.tostring(root)
    return octets


def refusal(envelope: Envelope, status: Status, key: Certified) -> bytes:
    """Signed whatever the settings say: there is no assertion that could be."""
    root = response.refusal(envelope, status)
    signing.sign(root, key)
    octets: bytes = etree.tostring(root)
    return octets


def posted(address: str, xml: bytes, relay_state: str | None, *, leads_on: bool) -> Response:
    """A page that sends it, and may send nothing else, nor elsewhere, unless it `leads_on`."""
    members = [(RESPONSE, base64.b64encode(xml).decode())]
    if relay_state is not None:
        members.append((RELAY_STATE, relay_state))
    return self_posting_form(address, members, leads_on=leads_on)
