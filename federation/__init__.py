"""Where a pool's people come from: relying parties of each type of provider, and directories."""

from __future__ import annotations

from federation.ldap.directory import LdapDirectory
from federation.oidc.relying_party import OidcRelyingParty
from federation.saml.service_provider import SamlServiceProvider
from federation.social.amazon import Amazon
from federation.social.apple import Apple
from federation.social.facebook import Facebook
from federation.social.google import Google
from idp.user_pools.services.upstream import UpstreamProviders
from idp.user_pools.services.user_directories import UserDirectories
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


def directories(kernel: Kernel) -> UserDirectories:
    """What asks pools' directories."""
    return UserDirectories(LdapDirectory(kernel.outbound.guard, kernel.sealer, kernel.clock.now))
