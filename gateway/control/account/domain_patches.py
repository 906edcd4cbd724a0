"""What patch operations change of a custom domain, in the form of apigateway."""

from __future__ import annotations

from gateway.control.account.certificates import MOST_CHARACTERS
from gateway.control.account.domain_forms import CERTIFICATES, ROUTING_MODES
from gateway.control.account.domain_settings import ENDPOINT_TYPES, SECURITY_POLICIES
from gateway.control.rest.patching import Choice, Document, Patch, Patches, Rule, Text


class _Type(Rule):
    """`/endpointConfiguration/types/EDGE`: the value takes the place of what the path names."""

    def apply(self, document: Document, patch: Patch) -> None:
        endpoint = document.setdefault("endpointConfiguration", {})
        if patch.last not in endpoint.get("types", []):
            raise patch.refused(f"the domain name has no endpoint of type {patch.last}")
        if patch.text() not in ENDPOINT_TYPES:
            raise patch.refused(f"it must be one of {', '.join(ENDPOINT_TYPES)}")
        endpoint["types"] = [patch.text()]
        moved = zip(CERTIFICATES[patch.last], CERTIFICATES[patch.text()], strict=True)
        for old, new in moved:
            if old != new and old in document:
                document.setdefault(new, document.pop(old))


PATCHES = Patches(
    Text("/certificateArn", removable=True),
    Text("/certificateName", most=128, removable=True),
    Text("/certificateBody", most=MOST_CHARACTERS),
    Text("/certificatePrivateKey", most=MOST_CHARACTERS),
    Text("/certificateChain", most=MOST_CHARACTERS),
    Text("/regionalCertificateArn", removable=True),
    Text("/regionalCertificateName", most=128, removable=True),
    Choice("/securityPolicy", *SECURITY_POLICIES),
    Choice("/routingMode", *ROUTING_MODES),
    Choice("/endpointConfiguration/ipAddressType", "ipv4", "dualstack"),
    _Type("/endpointConfiguration/types/{type}"),
    Text("/mutualTlsAuthentication/truststoreUri", most=2048),
    Text("/mutualTlsAuthentication/truststoreVersion", most=64, removable=True),
    Text("/ownershipVerificationCertificateArn", removable=True),
)
