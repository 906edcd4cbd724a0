"""Relying parties: where a pool's people come from, and how each type of provider is talked to."""

from __future__ import annotations

from federation.oidc.relying_party import OidcRelyingParty
from federation.saml.service_provider import SamlServiceProvider
from federation.social.amazon import Amazon
from federation.social.apple import Apple
from federation.social.facebook import Facebook
from federation.social.google import Google
from idp.user_pools.services.upstream import UpstreamProviders
from kernel.runtime import Kernel


def providers(kernel: Kernel) -> UpstreamProviders:
    """Every type that is supported."""
    return UpstreamProviders(
        {
            "SAML": SamlServiceProvider(kernel),
            "OIDC": OidcRelyingParty(kernel),
            "Google": Google(kernel),
            "SignInWithApple": Apple(kernel),
            "Facebook": Facebook(kernel),
            "LoginWithAmazon": Amazon(kernel),
        }
    )
