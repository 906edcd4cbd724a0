"""Where a pool's people come from: relying parties of each type of provider, and directories; and
the pool as the SAML identity provider of others."""

from __future__ import annotations

from functools import partial

from federation.ldap.directory import LdapDirectory
from federation.oidc.relying_party import OidcRelyingParty
from federation.saml.service_provider import SamlServiceProvider
from federation.saml_idp.entry import SamlEntrance
from federation.saml_idp.single_logout import TellApplications
from federation.social.amazon import Amazon
from federation.social.apple import Apple
from federation.social.facebook import Facebook
from federation.social.google import Google
from idp.hosted_ui.federated import sign_out
from idp.hosted_ui.purposes import FurtherEntrances
from idp.oauth.detours import SignOutDetours
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


def entrances() -> FurtherEntrances:
    """What sign-ins at the hosted pages are for, beside what `idp` knows."""
    return FurtherEntrances((SamlEntrance(),))


def detours(kernel: Kernel) -> SignOutDetours:
    """Who is told in the browser when somebody signs out: applications, then the provider that
    the person came from."""
    return SignOutDetours((partial(sign_out.detour, kernel), TellApplications(kernel)))


def directories(kernel: Kernel) -> UserDirectories:
    """What asks pools' directories."""
    return UserDirectories(LdapDirectory(kernel.outbound.guard, kernel.sealer, kernel.clock.now))
