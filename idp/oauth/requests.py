"""The present request in the form that Authlib reads."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidRequestError

from idp.user_pools.services.circumstances import Circumstances
from kernel.setting_values import CONTROL_CHARACTER
from kernel.tls.connection import ClientCertificate


class Parameters(OAuth2Payload):
    """OAuth parameters, each given once.

    "Parameters sent without a value MUST be treated as if they were omitted from the request.
    [...] Request and response parameters MUST NOT be included more than once." (RFC 6749 §3.1)
    """

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        pairs = _joined(values)
        given = dict(pairs)
        if len(given) != len(pairs):
            raise InvalidRequestError("A parameter is included more than once.")
        # RFC 6749 Appendix A: no parameter has control characters.
        if any(map(CONTROL_CHARACTER.search, chain(given, given.values()))):
            raise InvalidRequestError("A parameter has control characters.")
        self._values = {name: value for name, value in given.items() if value}

    @property
    def data(self) -> dict[str, str]:
        return self._values

    @property
    def datalist(self) -> Any:
        return {name: [value] for name, value in self._values.items()}


def _joined(values: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """RFC 8707 §2: "Multiple resource parameters MAY be used": they become one, with spaces, which
    no URI has."""
    pairs = list(values)
    resources = [value for name, value in pairs if name == "resource" and value]
    if len(resources) < 2:
        return pairs
    others = [(name, value) for name, value in pairs if name != "resource"]
    return [*others, ("resource", " ".join(resources))]


class OAuthRequest(OAuth2Request):
    """A request whose parameters come from one place: the query or the form, never both.

    RFC 6749 §2.3.1: credentials "can only be transmitted in the request-body and MUST NOT be
    included in the request URI".
    """

    payload: Parameters  # type: ignore[assignment]  # Authlib fills it in later
    uri = ""
    client: Any = None
    user: Any = None
    authorization_code: Any = None
    refresh_token: Any = None
    credential: Any = None
    auth_method: Any = None

    def __init__(
        self,
        method: str,
        values: Iterable[tuple[str, str]],
        authorization: str | None,
        pool_id: str | None,
        here: Circumstances,
        origin: str = "",
        path: str = "",
        dpop: str | None = None,
        certificate: ClientCertificate | None = None,
    ) -> None:
        # Not Authlib's constructor, which refuses plain http, *.localhost included. Here the
        # settings decide: a public URL that is not loopback must be https.
        self.method = method
        self.authorization = authorization
        """The Authorization header."""
        self.payload = Parameters(values)
        self.pool_id = pool_id
        """The pool that the host addresses; None where the client decides."""
        self.here = here
        """Where it comes from."""
        self.carried: Mapping[str, str] = self.payload.data
        """What stands in the address of a screen for this authorization request."""
        self.reference: str | None = None
        """The `request_uri` under which it is kept while somebody signs in."""
        self.is_pushed = False
        """Whether the client left it with us first (RFC 9126)."""
        self.is_signed = False
        """Whether the client signed the parameters."""
        self.origin = origin
        """Of the endpoints that it was sent to, as the metadata names them: what the Host header
        says counts only where it is one of ours."""
        self.url = f"{origin}{path}"
        """The address that it was sent to, without its query."""
        self.dpop = dpop
        """The DPoP header (RFC 9449)."""
        self.certificate = certificate
        """What the client proved to be by mutual TLS (RFC 8705)."""

    @property
    def args(self) -> dict[str, str]:
        return self.payload.data

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data
