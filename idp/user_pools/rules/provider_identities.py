"""How AdminLinkProviderForUser and AdminDisableProviderForUser name an identity at a provider."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from idp.errors import InvalidParameter
from idp.user_pools.rules.attributes import is_storable
from idp.user_pools.rules.provider_details import SOCIAL

LOCAL = "Cognito"
"""The provider name of a pool's own users."""
SUBJECT = "Cognito_Subject"
LONGEST_VALUE = 1024
"""Bytes: what an index of every database takes."""


@dataclass(frozen=True)
class ProviderIdentity:
    """Who it is at the provider: the value of Cognito_Subject, or of a mapped attribute."""

    provider: str
    attribute: str
    value: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.provider, self.attribute, self.value


def parse(given: Mapping[str, str], what: str) -> ProviderIdentity:
    """ProviderUserIdentifierType; `what` is its member's name. Raises `InvalidParameter`."""
    provider = given.get("ProviderName", "")
    attribute = given.get("ProviderAttributeName", "")
    value = given.get("ProviderAttributeValue", "")
    if not provider:
        raise InvalidParameter(f"ProviderName of {what} cannot be empty.")
    if not value:
        raise InvalidParameter(f"ProviderAttributeValue of {what} cannot be empty.")
    if not is_storable(value) or len(value.encode()) > LONGEST_VALUE:
        raise InvalidParameter(f"ProviderAttributeValue of {what} is too long or cannot be stored.")
    return ProviderIdentity(provider, attribute, value)


def check_source(
    source: ProviderIdentity, provider_type: str, mapped: Collection[str], what: str
) -> None:
    """Whether this attribute identifies people at such a provider. Raises `InvalidParameter`.

    "If the SourceUser is using a federated social IdP, [...] you must set the
    ProviderAttributeName to Cognito_Subject"; with OIDC and SAML it may be an attribute of the
    pool that the provider's AttributeMapping has.
    """
    if source.attribute == SUBJECT:
        return
    if provider_type in SOCIAL:
        raise InvalidParameter(f"ProviderAttributeName of {what} must be {SUBJECT}.")
    if source.attribute not in mapped:
        raise InvalidParameter(
            f"ProviderAttributeName of {what} must be {SUBJECT}, or an attribute in the "
            "AttributeMapping of the provider."
        )
