"""A SAML identity provider as a pool's: away by redirect, back by POST (Web Browser SSO). Single
logout is `single_logout`'s."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from federation.saml import authn_request, conditions, document, response
from federation.saml.authn_request import AuthnRequest
from federation.saml.metadata import MetadataStore
from federation.saml.response import Assertion, ServiceProvider
from federation.saml.single_logout import (
    FORMAT,
    QUALIFIER,
    REQUEST_ID,
    SP_QUALIFIER,
    SamlSingleLogout,
)
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
        request_id = self._new_id()
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
        self._claim_assertion(upstream.pool_id, metadata.entity_id, assertion.id)
        claims = assertion.attributes
        shared = _shared(upstream, assertion)
        return UpstreamIdentity(assertion.name.text, claims, {"samlResponse": claims}, shared)

    def _claim_assertion(self, pool_id: str, issuer: str, assertion_id: str) -> None:
        """An assertion is good once (Profiles §4.1.4.5). Raises `UpstreamFailed`."""
        name = hashlib.sha256(f"{issuer} {assertion_id}".encode()).hexdigest()
        lifetime = conditions.OLDEST + 2 * conditions.LEEWAY
        if not self._kernel.shared_state.claim(f"saml:{pool_id}:{name}", lifetime):
            raise UpstreamFailed("The identity provider's assertion was used before.")


def _shared(upstream: Upstream, assertion: Assertion) -> SharedSession:
    """What single logout calls the person and his session there (Core §3.7.1)."""
    name = assertion.name
    qualifiers = {
        FORMAT: name.format,
        QUALIFIER: name.name_qualifier,
        SP_QUALIFIER: name.sp_name_qualifier,
    }
    details = {member: said for member, said in qualifiers.items() if said}
    return SharedSession(
        upstream.name, name.text, assertion.session_index, details, assertion.proven
    )
