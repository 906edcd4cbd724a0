"""Google: OpenID Connect, with the People API in place of userInfo.

Google Identity, "OpenID Connect"; People API, "people.get": `personFields` says what is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping

from federation import code_flow
from federation.oidc.endpoints import Endpoints
from federation.oidc.relying_party import Document, OidcRelyingParty
from idp.user_pools.services.upstream import Upstream

PERSON_FIELDS = frozenset(
    {
        "addresses", "ageRanges", "biographies", "birthdays", "calendarUrls", "coverPhotos",
        "emailAddresses", "events", "externalIds", "genders", "imClients", "interests", "locales",
        "locations", "memberships", "metadata", "miscKeywords", "names", "nicknames",
        "occupations", "organizations", "phoneNumbers", "photos", "relations", "sipAddresses",
        "skills", "urls", "userDefined",
    }
)  # fmt: skip


class Google(OidcRelyingParty):
    """The claims of the ID token, and the person's fields that the mapping names."""

    def user_info(
        self,
        upstream: Upstream,
        endpoints: Endpoints,
        tokens: Document,
        claims: Document,  # noqa: ARG002 - as its base
        answer: Mapping[str, str],  # noqa: ARG002
    ) -> Document:
        fields = sorted(PERSON_FIELDS & set(upstream.mapping.values()))
        if not fields:
            return {}
        address = f"{endpoints.attributes}{','.join(fields)}"
        token = code_flow.access_token_of(tokens)
        person = code_flow.get(self.kernel.outbound, address, token)
        return {name: person[name] for name in fields if name in person}
