"""A message of the single logout profile as a browser brought it, by either binding."""

# lxml is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from federation.saml import document, logout_messages, redirect_binding, signatures
from federation.saml.names import DSIG, LOGOUT_REQUEST, SAML
from federation.saml.redirect_binding import RELAY_STATE, REQUEST, RESPONSE, RedirectMessage
from idp.user_pools.services.single_logout import LogoutMessage
from idp.user_pools.services.upstream import UpstreamFailed

Element = Any


@dataclass(frozen=True)
class Received:
    """The checked tree. Nothing says who sent it before `is_signed_by` has."""

    root: Element
    relay_state: str | None
    address: RedirectMessage | None
    """What it came in by HTTP-Redirect; None by HTTP-POST."""

    @property
    def issuer(self) -> str:
        return (self.root.findtext(f"{{{SAML}}}Issuer") or "").strip()

    def is_signed_by(self, certificates: Iterable[str]) -> bool:
        """By HTTP-POST the message itself, by HTTP-Redirect the address that it came in."""
        if self.address is not None:
            return self.address.is_signed_by(certificates)
        return signatures.is_signed_by(self.root, certificates)

    @property
    def said(self) -> Element:
        """What was signed, with nothing around it."""
        return document.canonical(self.root)


def read(message: LogoutMessage) -> Received:
    """Raises `UpstreamFailed`."""
    if message.query is not None:
        return _of_address(redirect_binding.read(message.query))
    found = [name for name in (REQUEST, RESPONSE) if name in message.form]
    if len(found) != 1:
        raise UpstreamFailed("The form has no SAML message, or several.")
    root = logout_messages.tree(document.decoded(message.form[found[0]]))
    return _of_kind(Received(root, message.form.get(RELAY_STATE), None), found[0])


def _of_address(address: RedirectMessage) -> Received:
    root = logout_messages.tree(address.xml)
    # Bindings §3.4.4.1: a signature of the message itself "MUST be removed", and says nothing here.
    if root.find(f"{{{DSIG}}}Signature") is not None:
        raise UpstreamFailed("The SAML message has a signature that the binding has no place for.")
    return _of_kind(Received(root, address.relay_state, address), address.parameter)


def _of_kind(received: Received, parameter: str) -> Received:
    if (received.root.tag == LOGOUT_REQUEST) != (parameter == REQUEST):
        raise UpstreamFailed(f"{parameter} has a SAML message of another kind.")
    return received
