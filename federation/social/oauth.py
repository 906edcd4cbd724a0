"""Providers that tell who a person is by OAuth 2.0 and an address of their own.

There is no ID token, and so no nonce: what binds an answer to the browser is `state` alone, and
what binds the access token to us is that our code and secret bought it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from federation import code_flow
from idp.user_pools.services.upstream import Departure, Errand, Upstream, UpstreamIdentity
from kernel.runtime import Kernel


class OAuthRelyingParty(ABC):
    """The code flow; a provider says how a code is redeemed, and who the person is."""

    scope_separator = " "

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    def begin(self, upstream: Upstream, errand: Errand) -> Departure:
        asked = {
            "client_id": upstream.details["client_id"],
            "response_type": "code",
            "scope": self.scope_separator.join(code_flow.scopes_of(upstream)),
            "redirect_uri": errand.answer_address,
            "state": errand.state,
        }
        return Departure(code_flow.with_query(upstream.details["authorize_url"], asked))

    def finish(
        self,
        upstream: Upstream,
        memory: Mapping[str, str],  # noqa: ARG002 - nothing but the state is remembered
        answer: Mapping[str, str],
        here: str,
    ) -> UpstreamIdentity:
        form = {
            "grant_type": "authorization_code",
            "code": code_flow.code_of(answer),
            "redirect_uri": here,
            "client_id": upstream.details["client_id"],
            "client_secret": upstream.secrets["client_secret"],
        }
        tokens = self.redeem(upstream, form)
        person = self.person(upstream, code_flow.access_token_of(tokens))
        everything = {**tokens, **person}
        subject = everything.get(upstream.mapping["username"])
        evidence = {"tokenResponse": tokens, "userInfo": person}
        return UpstreamIdentity(str(subject or ""), everything, evidence)

    @abstractmethod
    def redeem(self, upstream: Upstream, form: Mapping[str, str]) -> dict[str, Any]:
        """The token endpoint's answer. Raises `UpstreamFailed`."""

    @abstractmethod
    def person(self, upstream: Upstream, token: str) -> dict[str, Any]:
        """Who the access token speaks of. Raises `UpstreamFailed`."""
