"""An OpenID provider as a pool's identity provider: code with PKCE and nonce (OIDC Core §3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from federation import code_flow
from federation.oidc import id_token, logout_token
from federation.oidc.endpoints import Discovery, Endpoints
from federation.oidc.statements import Signer
from idp.oauth import pkce
from idp.user_pools.rules import acr
from idp.user_pools.services.upstream import (
    Departure,
    Errand,
    SignedOut,
    Upstream,
    UpstreamFailed,
    UpstreamIdentity,
)
from idp.user_pools.services.upstream_sessions import SharedSession
from kernel.runtime import Kernel
from kernel.tokens import encoding
from kernel.tokens.key_sets import RemoteKeySets

SECRET_BYTES = 32

Document = Mapping[str, Any]


class OidcRelyingParty:
    """Providers of type OIDC. Other types override what they do otherwise."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self._discovery = Discovery(kernel.outbound, kernel.clock)

    def begin(self, upstream: Upstream, errand: Errand) -> Departure:
        endpoints = self._discovery.endpoints(upstream.details)
        verifier, nonce = self._random(), self._random()
        asked = {
            "client_id": upstream.details["client_id"],
            "response_type": "code",
            "scope": " ".join(code_flow.scopes_of(upstream)),
            "redirect_uri": errand.answer_address,
            "state": errand.state,
            "nonce": nonce,
            "code_challenge": pkce.challenge(verifier),
            "code_challenge_method": pkce.S256,
            "login_hint": errand.login_hint,
            "prompt": errand.prompt,
            "max_age": errand.max_age,
            "acr_values": acr.wanted_of_upstream(upstream.acr_mapping, errand.levels),
            **self.further_parameters(),
        }
        location = code_flow.with_query(endpoints.authorization, asked)
        return Departure(location, {"verifier": verifier, "nonce": nonce})

    def finish(
        self, upstream: Upstream, memory: Mapping[str, str], answer: Mapping[str, str], here: str
    ) -> UpstreamIdentity:
        endpoints = self._discovery.endpoints(upstream.details)
        _check_issuer(endpoints, answer)
        form = {
            "grant_type": "authorization_code",
            "code": code_flow.code_of(answer),
            "redirect_uri": here,
            "code_verifier": memory["verifier"],
        }
        tokens = self.redeem(upstream, endpoints.token, form)
        now = self.kernel.clock.time()
        signer = Signer(endpoints.issuer, endpoints.jwks, upstream.details["client_id"])
        keys = self.kernel.of(RemoteKeySets)
        claims = id_token.verify(keys, tokens.get("id_token"), signer, memory["nonce"], now)
        info = self.user_info(upstream, endpoints, tokens, claims, answer)
        # Claims of userInfo win; tokens can be mapped by their names, as in Cognito.
        everything = {**tokens, **claims, **info}
        subject = everything.get(upstream.mapping.get("username", "sub"))
        evidence = {"tokenResponse": tokens, "idToken": claims, "userInfo": info}
        shared = _shared(upstream, claims, id_token.proven(claims, now))
        factors = acr.of_upstream(upstream.acr_mapping, claims.get("acr"), claims.get("amr"))
        return UpstreamIdentity(str(subject or ""), everything, evidence, shared, factors)

    def signed_out(self, upstream: Upstream, token: str) -> SignedOut:
        """Back-Channel Logout 1.0."""
        endpoints = self._discovery.endpoints(upstream.details)
        signer = Signer(endpoints.issuer, endpoints.jwks, upstream.details["client_id"])
        return logout_token.verify(self.kernel, token, signer)

    def further_parameters(self) -> Mapping[str, str]:
        """What the authorization request says beside."""
        return {}

    def redeem(self, upstream: Upstream, address: str, form: Mapping[str, str]) -> dict[str, Any]:
        """The tokens that a code buys. Raises `UpstreamFailed`.

        The secret is posted: "Amazon Cognito doesn't support client_secret_basic" (developer guide,
        "Using OIDC identity providers with a user pool"), so that is what providers expect.
        """
        given = {**form, "client_id": upstream.details["client_id"]}
        if "client_secret" in upstream.secrets:
            given["client_secret"] = upstream.secrets["client_secret"]
        return code_flow.post(self.kernel.outbound, address, given)

    def user_info(
        self,
        upstream: Upstream,
        endpoints: Endpoints,
        tokens: Document,
        claims: Document,
        answer: Mapping[str, str],  # noqa: ARG002 - Apple's has something of it
    ) -> Document:
        """What is said of the person beside the ID token (OIDC Core §5.3). Raises
        `UpstreamFailed`."""
        if not endpoints.attributes or "access_token" not in tokens:
            return {}
        info = code_flow.get(
            self.kernel.outbound,
            endpoints.attributes,
            code_flow.access_token_of(tokens),
            upstream.details["attributes_request_method"],
        )
        # §5.3.2: if the subjects differ, "the UserInfo Response values MUST NOT be used".
        if info.get("sub") != claims.get("sub"):
            raise UpstreamFailed("The identity provider's userInfo is about somebody else.")
        return info

    def _random(self) -> str:
        return encoding.encode(self.kernel.randomness.bytes(SECRET_BYTES))


def _check_issuer(endpoints: Endpoints, answer: Mapping[str, str]) -> None:
    """RFC 9207 §2.4: an answer that names its issuer must name the one that was asked, and clients
    "MUST reject authorization responses without the iss parameter" of one that says it does."""
    if answer.get("iss", endpoints.issuer) != endpoints.issuer:
        raise UpstreamFailed("Another identity provider answered.")
    if endpoints.names_itself and "iss" not in answer:
        raise UpstreamFailed("The identity provider's answer does not say whose it is.")


def _shared(upstream: Upstream, claims: Document, proven: float | None) -> SharedSession | None:
    """The provider's session, by the names that its logout tokens use. What those cannot name is
    not remembered."""
    subject, session_id = claims.get("sub"), claims.get("sid")
    if not logout_token.is_id(subject):
        return None
    named = session_id if logout_token.is_id(session_id) else None
    return SharedSession(upstream.name, subject, named, proven=proven)
