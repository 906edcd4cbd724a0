"""A SAML identity provider as a pool's: away by redirect, back by POST (Web Browser SSO)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from federation.saml import authn_request, conditions, document, response
from federation.saml.authn_request import AuthnRequest
from federation.saml.metadata import MetadataStore
from federation.saml.response import ServiceProvider
from idp.user_pools.rules.saml_service_provider import entity_id
from idp.user_pools.services import identity_providers, saml_certificates
from idp.user_pools.services.upstream import (
    Departure,
    Errand,
    Upstream,
    UpstreamFailed,
    UpstreamIdentity,
)
from kernel.runtime import Kernel
from kernel.threads import compute

REQUEST_ID = "request_id"
ID_BYTES = 20


class SamlServiceProvider:
    """Providers of type SAML."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._metadata = MetadataStore(kernel.outbound, kernel.clock)

    def begin(self, upstream: Upstream, errand: Errand) -> Departure:
        destination = self._metadata.of(upstream).sign_on_redirect
        if destination is None:
            raise UpstreamFailed("The identity provider takes no requests by HTTP-Redirect.")
        # An xs:ID begins with no digit (Core §1.3.4).
        request_id = f"_{self._kernel.randomness.bytes(ID_BYTES).hex()}"
        request = AuthnRequest(
            request_id,
            self._kernel.clock.now(),
            destination,
            entity_id(upstream.pool_id),
            errand.answer_address,
            errand.prompt,
            errand.max_age,
        )
        key = None
        if "RequestSigningAlgorithm" in upstream.details:
            key = saml_certificates.signing(self._kernel, upstream.pool_id).private_key
        location = authn_request.location(request, errand.state, key)
        return Departure(location, {REQUEST_ID: request_id})

    def finish(
        self, upstream: Upstream, memory: Mapping[str, str], answer: Mapping[str, str], here: str
    ) -> UpstreamIdentity:
        """A memory without a request is of a sign-in that began at the provider."""
        xml = document.decoded(answer.get("SAMLResponse", ""))
        provider = ServiceProvider(
            entity_id(upstream.pool_id),
            here,
            memory.get(REQUEST_ID),
            upstream.details.get("EncryptedResponses") == "true",
            upstream.details[identity_providers.CERTIFICATE],
            upstream.secrets[identity_providers.RESPONSE_KEY],
        )
        metadata = self._metadata.of(upstream)
        now = self._kernel.clock.time()
        assertion = compute(response.verify, xml, metadata, provider, now)
        self._claim(upstream.pool_id, metadata.entity_id, assertion.id)
        claims = assertion.attributes
        return UpstreamIdentity(assertion.subject, claims, {"samlResponse": claims})

    def _claim(self, pool_id: str, issuer: str, assertion_id: str) -> None:
        """An assertion is good once (Profiles §4.1.4.5). Raises `UpstreamFailed`."""
        name = hashlib.sha256(f"{issuer} {assertion_id}".encode()).hexdigest()
        lifetime = conditions.OLDEST + 2 * conditions.LEEWAY
        if not self._kernel.shared_state.claim(f"saml:{pool_id}:{name}", lifetime):
            raise UpstreamFailed("The identity provider's assertion was used before.")
