"""Login with Amazon: OAuth 2.0 and a profile.

Login with Amazon, "Authorization Code Grant" and "Obtain Customer Profile Information".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from federation import code_flow
from federation.social.oauth import OAuthRelyingParty
from idp.user_pools.services.upstream import Upstream


class Amazon(OAuthRelyingParty):
    """`user_id`, `email`, `name` and `postal_code`."""

    def redeem(self, upstream: Upstream, form: Mapping[str, str]) -> dict[str, Any]:
        return code_flow.post(self.kernel.outbound, upstream.details["token_url"], form)

    def person(self, upstream: Upstream, token: str) -> dict[str, Any]:
        return code_flow.get(self.kernel.outbound, upstream.details["attributes_url"], token)
