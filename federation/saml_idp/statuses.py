"""What an application hears where it gets no assertion (SAML 2.0 Core §3.2.2.2)."""

from __future__ import annotations

from dataclasses import dataclass

_STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
REQUESTER, RESPONDER = f"{_STATUS}Requester", f"{_STATUS}Responder"


@dataclass(frozen=True)
class Status:
    """A status of two levels."""

    code: str
    detail: str


NO_PASSIVE = Status(RESPONDER, f"{_STATUS}NoPassive")
NO_AUTHN_CONTEXT = Status(RESPONDER, f"{_STATUS}NoAuthnContext")
INVALID_NAME_ID_POLICY = Status(REQUESTER, f"{_STATUS}InvalidNameIDPolicy")
REQUEST_UNSUPPORTED = Status(REQUESTER, f"{_STATUS}RequestUnsupported")
UNSUPPORTED_BINDING = Status(REQUESTER, f"{_STATUS}UnsupportedBinding")
AUTHN_FAILED = Status(RESPONDER, f"{_STATUS}AuthnFailed")
UNKNOWN_PRINCIPAL = Status(RESPONDER, f"{_STATUS}UnknownPrincipal")


class Refused(Exception):
    """The application is answered with a status."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.detail)
        self.status = status
