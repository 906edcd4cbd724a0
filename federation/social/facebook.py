"""Facebook: the Graph API, whose version the operator chooses.

Meta for Developers, "Manually Build a Login Flow" and "Secure Graph API Calls".
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from federation import code_flow
from federation.social.oauth import OAuthRelyingParty
from idp.user_pools.services.upstream import Upstream


class Facebook(OAuthRelyingParty):
    """The fields that the mapping names are asked for by name."""

    scope_separator = ","

    def redeem(self, upstream: Upstream, form: Mapping[str, str]) -> dict[str, Any]:
        address = code_flow.with_query(upstream.details["token_url"], form)
        return code_flow.get(self.kernel.outbound, address)

    def person(self, upstream: Upstream, token: str) -> dict[str, Any]:
        fields = ",".join(sorted({"id", *upstream.mapping.values()}))
        # `appsecret_proof` shows that the call comes from whoever has the secret.
        proof = hmac.new(
            upstream.secrets["client_secret"].encode(), token.encode(), hashlib.sha256
        ).hexdigest()
        address = f"{upstream.details['attributes_url']}{fields}"
        address = code_flow.with_query(address, {"appsecret_proof": proof})
        return code_flow.get(self.kernel.outbound, address, token)
