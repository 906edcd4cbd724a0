"""An OpenID provider as a pool's identity provider: code with PKCE and nonce (OIDC Core §3.1)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from federation.oidc import id_token
from federation.oidc.endpoints import Discovery, Endpoints, fetch_json
from federation.oidc.id_token import Keys
from idp.oauth import pkce
from idp.user_pools.services.upstream import (
    Departure,
    Errand,
    Upstream,
    UpstreamFailed,
    UpstreamIdentity,
)
from kernel.runtime import Kernel
from kernel.tokens import encoding

SECRET_BYTES = 32
FORM = "application/x-www-form-urlencoded"


class OidcRelyingParty:
    """Providers of type OIDC."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._discovery = Discovery(kernel.outbound, kernel.clock)
        self._keys = Keys(kernel.outbound, kernel.clock)

    def begin(self, upstream: Upstream, errand: Errand) -> Departure:
        endpoints = self._discovery.endpoints(upstream.details)
        verifier, nonce = self._random(), self._random()
        asked = {
            "client_id": upstream.details["client_id"],
            "response_type": "code",
            "scope": upstream.details["authorize_scopes"].replace(",", " "),
            "redirect_uri": errand.answer_address,
            "state": errand.state,
            "nonce": nonce,
            "code_challenge": pkce.challenge(verifier),
            "code_challenge_method": pkce.S256,
            "login_hint": errand.login_hint,
            "prompt": errand.prompt,
        }
        query = urlencode({name: value for name, value in asked.items() if value})
        separator = "&" if "?" in endpoints.authorization else "?"
        location = f"{endpoints.authorization}{separator}{query}"
        return Departure(location, {"verifier": verifier, "nonce": nonce})

    def finish(
        self, upstream: Upstream, memory: Mapping[str, str], answer: Mapping[str, str], here: str
    ) -> UpstreamIdentity:
        endpoints = self._discovery.endpoints(upstream.details)
        # RFC 9207 §2.4: an answer that names its issuer must name the one that was asked.
        if answer.get("iss", endpoints.issuer) != endpoints.issuer:
            raise UpstreamFailed("Another identity provider answered.")
        if "error" in answer:
            raise UpstreamFailed(_said(answer["error"]))
        if not answer.get("code"):
            raise UpstreamFailed("The identity provider sent no code.")
        tokens = self._redeem(upstream, endpoints, answer["code"], memory["verifier"], here)
        claims = id_token.verify(
            self._keys,
            endpoints.jwks,
            tokens.get("id_token"),
            issuer=endpoints.issuer,
            client_id=upstream.details["client_id"],
            nonce=memory["nonce"],
            now=self._kernel.clock.time(),
        )
        info = self._user_info(upstream, endpoints, tokens, claims)
        return _identity(upstream, tokens, claims, info)

    def _redeem(
        self, upstream: Upstream, endpoints: Endpoints, code: str, verifier: str, here: str
    ) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": here,
            "code_verifier": verifier,
        }
        headers = {"Content-Type": FORM, "Accept": "application/json"}
        client_id, secret = upstream.details["client_id"], upstream.secrets.get("client_secret")
        if secret:
            headers["Authorization"] = _basic(client_id, secret)
        else:
            form["client_id"] = client_id
        return fetch_json(
            self._kernel.outbound,
            endpoints.token,
            method="POST",
            headers=headers,
            body=urlencode(form).encode(),
        )

    def _user_info(
        self,
        upstream: Upstream,
        endpoints: Endpoints,
        tokens: Mapping[str, Any],
        claims: Mapping[str, Any],
    ) -> dict[str, Any]:
        """OIDC Core §5.3; of another subject it "MUST NOT be used" (§5.3.2)."""
        token = tokens.get("access_token")
        if not endpoints.attributes or not isinstance(token, str):
            return {}
        info = fetch_json(
            self._kernel.outbound,
            endpoints.attributes,
            method=upstream.details["attributes_request_method"],
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
        )
        if info.get("sub") != claims.get("sub"):
            raise UpstreamFailed("The identity provider's userInfo is about somebody else.")
        return info

    def _random(self) -> str:
        return encoding.encode(self._kernel.randomness.bytes(SECRET_BYTES))


def _identity(
    upstream: Upstream,
    tokens: Mapping[str, Any],
    claims: Mapping[str, Any],
    info: Mapping[str, Any],
) -> UpstreamIdentity:
    """Claims of userInfo win over those of the ID token; tokens can be mapped by their names."""
    everything = {**tokens, **claims, **info}
    subject = everything.get(upstream.mapping.get("username", "sub"))
    return UpstreamIdentity(
        str(subject or ""),
        everything,
        {"tokenResponse": tokens, "idToken": claims, "userInfo": info},
    )


def _basic(client_id: str, secret: str) -> str:
    """RFC 6749 §2.3.1: both parts are form-encoded."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _said(error: str) -> str:
    """The other side's error code in a sentence, as far as it is one (RFC 6749 §4.1.2.1)."""
    word = error if error.isascii() and error.isprintable() and len(error) <= 100 else "an error"
    return f"The identity provider answered {word}."
