"""A message that came through the browser by either binding, and whether its sender signed it
(SAML 2.0 Bindings §3.4, §3.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import Response, request

from federation.saml import document, redirect_binding, signatures
from federation.saml.names import DSIG
from federation.saml.redirect_binding import RELAY_STATE, REQUEST, RESPONSE, RedirectMessage
from idp.oauth.authorization_responses import self_posting_form
from idp.user_pools.services.upstream import UpstreamFailed

RELAYED = "relayed"
PARAMETERS = (REQUEST, RESPONSE)

Element = Any


class Unreadable(Exception):
    """The text is for whoever looks after the application."""


@dataclass(frozen=True)
class Received:
    """What the present request holds. Nothing of it is believed yet."""

    parameter: str
    """`REQUEST` or `RESPONSE`."""
    xml: bytes = field(repr=False)
    relay_state: str | None
    redirected: RedirectMessage | None
    """With its signature, where it came by HTTP-Redirect."""

    def is_signed(self, root: Element) -> bool:
        """Whether it has a signature at all. Of a redirect, one in the message counts for nothing:
        it "MUST be removed" (§3.4.4.1)."""
        if self.redirected is not None:
            return self.redirected.signature is not None
        return root.find(f"{{{DSIG}}}Signature") is not None

    def is_signed_by(self, root: Element, certificates: Iterable[str]) -> bool:
        if self.redirected is not None:
            return self.redirected.is_signed_by(certificates)
        return signatures.is_signed_by(root, certificates)


def relay() -> Response | None:
    """A form that another site posts comes without our cookies (SameSite=Lax): a page of ours
    sends it once more. None where that has been done."""
    if request.method != "POST" or RELAYED in request.form:
        return None
    given = [
        (name, v)
        for name, v in request.form.items(multi=True)
        if name in (*PARAMETERS, RELAY_STATE)
    ]
    return self_posting_form(request.path, [*given, (RELAYED, "1")], leads_on=True)


def read() -> Received:
    """Raises `Unreadable`."""
    try:
        return _posted() if request.method == "POST" else _redirected()
    except UpstreamFailed as error:
        raise Unreadable(error.message) from None


def _redirected() -> Received:
    message = redirect_binding.read(request.query_string.decode("ascii", "replace"))
    return Received(message.parameter, message.xml, message.relay_state, message)


def _posted() -> Received:
    pairs = list(request.form.items(multi=True))
    form = dict(pairs)
    found = [name for name in PARAMETERS if name in form]
    if len(form) != len(pairs) or len(found) != 1:
        raise Unreadable("the form has no SAML message, or several")
    xml = document.decoded(form[found[0]])
    if len(xml) > redirect_binding.MOST_BYTES:
        raise Unreadable("the SAML message is too large")
    return Received(found[0], xml, form.get(RELAY_STATE), None)
