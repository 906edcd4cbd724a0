"""A SAML identity provider as a pool's: away by redirect, back by POST (Web Browser SSO). Single
logout is `single_logout`'s."""

from __future__ import annotations

from collections.abc import Mapping

from federation import single_use
from federation.saml import authn_request, document, identifiers, response
from federation.saml.authn_request import AuthnRequest
from federation.saml.metadata import MetadataStore
from federation.saml.response import Assertion, ServiceProvider
from federation.saml.single_logout import REQUEST_ID, SamlSingleLogout
from federation.saml.times import REMEMBERED
from idp.user_pools.rules.saml_service_provider import entity_id
from idp.user_pools.services import identity_providers, saml_certificates
from idp.user_pools.services.upstream import (
    Departure,
    Errand,
    Upstream,
    UpstreamFailed,
    UpstreamIdentity,
)
from idp.user_pools.services.upstream_sessions import SharedSession
from kernel.runtime import Kernel
from kernel.threads import compute


class SamlServiceProvider(SamlSingleLogout):
    """Providers of type SAML."""

    def __init__(self, kernel: Kernel) -> None:
        super().__init__(kernel, MetadataStore(kernel.outbound, kernel.clock, kernel.database))

    def begin(self, upstream: Upstream, errand: Errand) -> Departure:
        destination = self._metadata.of(upstream).sign_on_redirect
        if destination is None:
            raise UpstreamFailed("The identity provider takes no requests by HTTP-Redirect.")
        request_id = identifiers.new(self._kernel.randomness)
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
        location = compute(authn_request.location, request, errand.state, key)
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
        # An assertion is good once (Profiles §4.1.4.5).
        kind, which = f"saml:{upstream.pool_id}", (metadata.entity_id, assertion.id)
        if not single_use.claim(self._kernel, kind, *which, REMEMBERED):
            raise UpstreamFailed("The identity provider's assertion was used before.")
        claims = assertion.attributes
        shared = _shared(upstream, assertion)
        return UpstreamIdentity(assertion.name.text, claims, {"samlResponse": claims}, shared)


def _shared(upstream: Upstream, assertion: Assertion) -> SharedSession:
    """What single logout calls the person and his session there (Core §3.7.1)."""
    name = assertion.name
    return SharedSession(
        upstream.name, name.text, assertion.session_index, name.details, assertion.proven
    )
