"""Sign in with Apple: the client's secret is a token that it signs, and the answer is posted.

Apple, "Generate and validate tokens", "Request an authorization to the Sign in with Apple server".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from federation import code_flow
from federation.oidc.endpoints import Endpoints
from federation.oidc.relying_party import Document, OidcRelyingParty
from idp.user_pools.services.upstream import Upstream, UpstreamFailed

SECRET_SECONDS = 300
"""Apple takes up to six months; a secret that is made for one request needs no more."""
LONGEST_NAME = 200


class Apple(OidcRelyingParty):
    """The claims of the ID token, and the person's name, which Apple tells once."""

    def further_parameters(self) -> Mapping[str, str]:
        # "If you request any scopes, the value must be form_post."
        return {"response_mode": "form_post"}

    def redeem(self, upstream: Upstream, address: str, form: Mapping[str, str]) -> dict[str, Any]:
        credentials = {
            "client_id": upstream.details["client_id"],
            "client_secret": self._secret(upstream),
        }
        return code_flow.post(self.kernel.outbound, address, {**form, **credentials})

    def user_info(
        self,
        upstream: Upstream,  # noqa: ARG002 - as its base
        endpoints: Endpoints,  # noqa: ARG002
        tokens: Document,  # noqa: ARG002
        claims: Document,  # noqa: ARG002
        answer: Mapping[str, str],
    ) -> Document:
        """The name of the posted `user`. Nobody signed it: its e-mail address is not believed."""
        try:
            name = orjson.loads(answer.get("user", "{}"))["name"]
            parts = {key: name[key] for key in ("firstName", "lastName") if key in name}
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return {}
        found = {k: v for k, v in parts.items() if isinstance(v, str) and len(v) <= LONGEST_NAME}
        return {**found, "name": " ".join(found.values())} if found else {}

    def _secret(self, upstream: Upstream) -> str:
        now = int(self.kernel.clock.time())
        details = upstream.details
        try:
            key = ECKey.import_key(_pem(upstream.secrets["private_key"]))
            return jwt.encode(
                {"alg": "ES256", "kid": details["key_id"]},
                {
                    "iss": details["team_id"],
                    "iat": now,
                    "exp": now + SECRET_SECONDS,
                    "aud": details["oidc_issuer"],
                    "sub": details["client_id"],
                },
                key,
            )
        except (JoseError, ValueError):
            raise UpstreamFailed("The private key for the identity provider is unusable.") from None


def _pem(text: str) -> str:
    """The key as Apple's file has it, or as Cognito's console takes it: without its frame."""
    if "-----" in text:
        return text
    return f"-----BEGIN PRIVATE KEY-----\n{text.strip()}\n-----END PRIVATE KEY-----\n"
