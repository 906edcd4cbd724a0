"""A SAML message on its way through the browser, by either binding: read, verified and sent (SAML
2.0 Bindings §3.4, §3.5). Keys are used off the hub.

Requests and logout messages come and go here, whichever side of them a pool is; answers to sign-ins
are `response`'s and `saml_idp.answers`'.
"""

# lxml is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from federation.saml import document, redirect_binding, signatures, signing
from federation.saml.logout_messages import LogoutRequest, LogoutResponse
from federation.saml.names import AUTHN_REQUEST, DSIG, LOGOUT_REQUEST, LOGOUT_RESPONSE, SAML
from federation.saml.redirect_binding import RELAY_STATE, REQUEST, RESPONSE, RedirectMessage
from idp.user_pools.services.saml_certificates import Certified
from idp.user_pools.services.upstream import Departure, UpstreamFailed
from kernel.threads import compute

SIGN_ON: Mapping[str, str] = {REQUEST: AUTHN_REQUEST}
LOGOUT: Mapping[str, str] = {REQUEST: LOGOUT_REQUEST, RESPONSE: LOGOUT_RESPONSE}
"""What each parameter may hold."""

Element = Any


@dataclass(frozen=True)
class Received:
    """The checked tree. Nothing says who sent it before `is_signed_by` has."""

    parameter: str
    """`REQUEST` or `RESPONSE`."""
    root: Element
    relay_state: str | None
    redirected: RedirectMessage | None
    """What it came in by HTTP-Redirect; None by HTTP-POST."""

    @property
    def issuer(self) -> str:
        return (self.root.findtext(f"{{{SAML}}}Issuer") or "").strip()

    @property
    def is_signed(self) -> bool:
        """Whether it has a signature at all."""
        if self.redirected is not None:
            return self.redirected.signature is not None
        return _has_signature(self.root)

    @property
    def said(self) -> Element:
        """The message with nothing around it: where it was signed, what was signed."""
        return document.canonical(self.root)

    def is_signed_by(self, certificates: Sequence[str]) -> bool:
        """By HTTP-POST the message itself, by HTTP-Redirect the address that it came in."""
        if self.redirected is not None:
            return compute(self.redirected.is_signed_by, certificates)
        return compute(signatures.is_signed_by, self.root, certificates)


def read(query: str | None, form: Mapping[str, str], kinds: Mapping[str, str]) -> Received:
    """A message of one of those kinds: of the `query` as it was sent, or, without one, of a form's
    parameters, each of which was given once. Raises `UpstreamFailed`."""
    return _posted(form, kinds) if query is None else _redirected(query, kinds)


def _redirected(query: str, kinds: Mapping[str, str]) -> Received:
    message = redirect_binding.read(query)
    root = document.parse(message.xml, _kind(kinds, message.parameter))
    # §3.4.4.1: a signature of the message itself "MUST be removed", and says nothing here.
    if _has_signature(root):
        raise UpstreamFailed("The SAML message has a signature that the binding has no place for.")
    return Received(message.parameter, root, message.relay_state, message)


def _posted(form: Mapping[str, str], kinds: Mapping[str, str]) -> Received:
    found = [name for name in (REQUEST, RESPONSE) if name in form]
    if len(found) != 1:
        raise UpstreamFailed("The form has no SAML message, or several.")
    xml = document.decoded(form[found[0]])
    if len(xml) > redirect_binding.MOST_BYTES:
        raise UpstreamFailed("The SAML message is too large.")
    root = document.parse(xml, _kind(kinds, found[0]))
    return Received(found[0], root, form.get(RELAY_STATE), None)


def _kind(kinds: Mapping[str, str], parameter: str) -> str:
    if parameter not in kinds:
        raise UpstreamFailed("The SAML message is of another kind.")
    return kinds[parameter]


def _has_signature(root: Element) -> bool:
    return root.find(f"{{{DSIG}}}Signature") is not None


def sent(
    message: LogoutRequest | LogoutResponse,
    relay_state: str | None,
    key: Certified,
    *,
    is_posted: bool,
) -> Departure:
    """Where the browser goes with it. Every logout message is signed (Profiles §4.4.4)."""
    address = message.destination
    parameter = REQUEST if isinstance(message, LogoutRequest) else RESPONSE
    if not is_posted:
        given = address, parameter, message.xml(), relay_state, key.private_key
        return Departure(compute(redirect_binding.location, *given))
    xml = compute(_signed, message, key)
    form = {parameter: base64.b64encode(xml).decode()}
    if relay_state is not None:
        form[RELAY_STATE] = relay_state
    return Departure(address, form=form)


def _signed(message: LogoutRequest | LogoutResponse, key: Certified) -> bytes:
    root = message.element()
    signing.sign(root, key)
    octets: bytes = etree.tostring(root)
    return octets
