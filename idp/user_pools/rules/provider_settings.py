"""What a user pool is as an OpenID provider, beyond the members of CreateUserPool.

The document is the operator's (`poolgate pools oauth`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.user_pools.rules import assertion_issuers, provisioning, saml_pins
from idp.user_pools.rules.assertion_issuers import AssertionIssuer
from idp.user_pools.rules.documented_settings import Check, flag, one_of, read, texts, whole_number
from idp.user_pools.rules.provisioning import NO_PROVISIONING, Provisioning
from idp.user_pools.rules.saml_pins import NO_PINS, SamlPins
from kernel.tokens.algorithms import ALGORITHMS
from kernel.tokens.keys import DEFAULT_ALGORITHM

MOST_KEY_DAYS = 3650
MOST_PROVIDERS, LONGEST_PROVIDER_NAME = 300, 32
NAMING_PROVIDERS = ("link_by_verified_email", "own_answer_address")
"""The members that are lists of names of the pool's identity providers."""


@dataclass(frozen=True)
class ProviderSettings:
    """A pool's settings, checked. The defaults are those of a pool that has none."""

    session_management: bool = False
    """Whether clients may watch for a sign-out in a frame (Session Management 1.0)."""

    assertion_issuers: tuple[AssertionIssuer, ...] = ()
    """Whose assertions buy tokens of its users (RFC 7523 §2.1)."""
    signing_algorithm: str = DEFAULT_ALGORITHM
    """What signs the pool's tokens: RS256, PS256, ES256 or EdDSA. After a change the next key is of
    that kind, and signs once it has been published for long enough (`key_rotation`)."""

    signing_key_days: int | None = None
    """For how many days a key signs; None for ever, as on AWS."""
    claim_types: str = "cognito"
    """`cognito`: every attribute is a text, and `userInfo` says "true". `openid`: claims have the
    types of OIDC Core §5.1, in ID tokens and from `userInfo`."""
    require_pushed_authorization_requests: bool = False
    """Of every client of the pool (RFC 9126 §5)."""
    account_page: bool = True
    """Whether people look after their accounts at `/account` (docs/hosted-pages.md)."""
    require_signed_request_object: bool = False
    """Of every client of the pool (RFC 9101 §10.5)."""
    dynamic_registration: str = "off"
    """Who may register clients at /oauth2/register: nobody (`off`), who has a token of `poolgate
    pools registration-token` (`token`), or everybody (`open`)."""
    scim: Provisioning = NO_PROVISIONING
    """How people come from a company's directory (docs/scim.md)."""
    link_by_verified_email: frozenset[str] = frozenset()
    """The identity providers whose word on a verified e-mail address makes a person the local user
    who has proved the same address (docs/identity-providers.md)."""
    own_answer_address: frozenset[str] = frozenset()
    """The identity providers whose answers come to /oauth2/idpresponse/NAME, which each of them
    must know, in place of /oauth2/idpresponse (RFC 9700 §4.4.2)."""

    saml_pins: tuple[SamlPins, ...] = ()
    """The keys that SAML providers are held to (docs/identity-providers.md)."""

    @property
    def named_providers(self) -> Mapping[str, frozenset[str]]:
        """The identity providers that members name, which the pool must have."""
        return {member: getattr(self, member) for member in NAMING_PROVIDERS}

    def saml_pins_of(self, provider: str) -> SamlPins:
        """Those of the provider of that name."""
        return next((each for each in self.saml_pins if each.provider == provider), NO_PINS)

    @property
    def has_standard_claims(self) -> bool:
        return self.claim_types == "openid"


NO_SETTINGS = ProviderSettings()

PROVIDER_NAMES = texts(MOST_PROVIDERS, LONGEST_PROVIDER_NAME)
CHECKS: Mapping[str, Check] = {
    "account_page": flag,
    "session_management": flag,
    "assertion_issuers": assertion_issuers.check,
    "signing_algorithm": one_of(*ALGORITHMS),
    "signing_key_days": whole_number(1, MOST_KEY_DAYS),
    "require_pushed_authorization_requests": flag,
    "require_signed_request_object": flag,
    "dynamic_registration": one_of("off", "token", "open"),
    "claim_types": one_of("cognito", "openid"),
    "scim": provisioning.check,
    "link_by_verified_email": PROVIDER_NAMES,
    "own_answer_address": PROVIDER_NAMES,
    "saml_pins": saml_pins.check,
}


def parse(document: Any) -> ProviderSettings:
    """Raises `WrongSetting`."""
    return read(document, CHECKS, ProviderSettings)


def without_provider(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The document without a provider that is deleted: what trusted it would go on to trust
    another one of its name."""
    kept = dict(document)
    for member in NAMING_PROVIDERS:
        if member in kept:
            kept[member] = [each for each in kept[member] if each != name]
    if "saml_pins" in kept:
        kept["saml_pins"] = {each: pins for each, pins in kept["saml_pins"].items() if each != name}
    if kept.get("scim", {}).get("provider") == name:
        kept["scim"] = provisioning.without_provider(kept["scim"])
    return kept
