"""Single logout with the SAML providers of a pool, which is the service provider (SAML 2.0 Profiles
§4.4). Messages are signed in both directions, whatever the metadata says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from federation import single_use
from federation.saml import (
    encryption,
    identifiers,
    logout_messages,
    name_ids,
    transport,
)
from federation.saml.logout_messages import LogoutRequest, LogoutResponse
from federation.saml.metadata import MetadataStore
from federation.saml.names import SUCCESS
from federation.saml.times import REMEMBERED
from federation.saml.transport import Received
from idp.user_pools.rules.saml_metadata import LogoutService, Metadata
from idp.user_pools.rules.saml_service_provider import entity_id
from idp.user_pools.services import identity_providers, saml_certificates
from idp.user_pools.services.single_logout import LogoutAsked, LogoutMessage
from idp.user_pools.services.upstream import Departure, Upstream, UpstreamFailed
from idp.user_pools.services.upstream_sessions import SharedSession
from kernel.runtime import Kernel
from kernel.threads import compute

REQUEST_ID = "request_id"
GOOD_FOR = timedelta(minutes=5)
MOST_FETCHED = 4
"""Of the providers whose metadata is not known yet: a stranger's message does not have it fetched
for all of a pool."""


class SamlSingleLogout:
    """Both ways of it."""

    def __init__(self, kernel: Kernel, metadata: MetadataStore) -> None:
        self._kernel = kernel
        self._metadata = metadata

    def leave(self, upstream: Upstream, shared: SharedSession, state: str) -> Departure:
        service = _service(self._metadata.of(upstream))
        now = self._kernel.clock.now()
        request = LogoutRequest(
            identifiers.new(self._kernel.randomness),
            now,
            service.location,
            entity_id(upstream.pool_id),
            name_ids.stored(shared.subject, shared.details),
            (shared.upstream_id,) if shared.upstream_id else (),
            now + GOOD_FOR,
        )
        departure = self._sent(upstream, service, request, state)
        return replace(departure, memory={REQUEST_ID: request.id})

    def check_return(
        self, upstream: Upstream, memory: Mapping[str, str], message: LogoutMessage
    ) -> None:
        arrived, metadata = _read(message), self._metadata.of(upstream)
        if arrived.issuer != metadata.entity_id:
            raise _refusal("is of another issuer")
        if not arrived.is_signed_by(metadata.certificates):
            raise _refusal("is not signed with a key of the provider's metadata")
        answer = logout_messages.read_response(arrived.said)
        self._check(answer, message)
        if not memory.get(REQUEST_ID) or answer.in_response_to != memory[REQUEST_ID]:
            raise _refusal("belongs to another sign-out")
        # With PartialLogout below it the provider's own session is over (Core §3.2.2.2).
        if answer.status != SUCCESS:
            raise UpstreamFailed("The identity provider says that its session has not ended.")

    def asked(self, upstreams: Sequence[Upstream], message: LogoutMessage) -> LogoutAsked:
        arrived = _read(message)
        named = list(self._of_issuer(upstreams, arrived.issuer))
        if not named:
            raise _refusal("is of an issuer that is no identity provider of the user pool")
        signers = [
            upstream for upstream, metadata in named if arrived.is_signed_by(metadata.certificates)
        ]
        if not signers:
            raise _refusal("is not signed with a key of the provider's metadata")
        said = arrived.said
        keys = [each.secrets[identity_providers.RESPONSE_KEY] for each in signers]
        compute(encryption.open_name_id, said, keys)
        request = logout_messages.read_request(said)
        self._check(request, message)
        if request.name_id.sp_name_qualifier not in ("", entity_id(signers[0].pool_id)):
            raise _refusal("names somebody of another service provider")
        # A request is good once, in whichever pool.
        which = request.issuer, request.id
        if not single_use.claim(self._kernel, "saml-logout", *which, REMEMBERED):
            raise _refusal("was used before")
        return LogoutAsked(
            request.id, tuple(signers), request.name_id.text, request.session_indexes
        )

    def agree(self, asked: LogoutAsked, relay_state: str | None) -> Departure:
        upstream = asked.upstreams[0]
        service = _service(self._metadata.of(upstream))
        answer = LogoutResponse(
            identifiers.new(self._kernel.randomness),
            self._kernel.clock.now(),
            service.answers,
            entity_id(upstream.pool_id),
            asked.request_id,
        )
        return self._sent(upstream, service, answer, relay_state)

    def _check(self, message: LogoutRequest | LogoutResponse, came: LogoutMessage) -> None:
        """Bindings §3.4.5.2, §3.5.5.2: a signed message must say where it is sent to."""
        if message.destination != came.here:
            raise _refusal("was sent to another address")
        logout_messages.check_times(message, self._kernel.clock.time())

    def _of_issuer(
        self, upstreams: Sequence[Upstream], issuer: str
    ) -> Iterator[tuple[Upstream, Metadata]]:
        """Those that call themselves so."""
        known = [each for each in upstreams if self._metadata.is_known(each)]
        unknown = [each for each in upstreams if not self._metadata.is_known(each)]
        for each in (*known, *unknown[:MOST_FETCHED]):
            try:
                metadata = self._metadata.of(each)
            except UpstreamFailed:
                continue
            if metadata.entity_id == issuer:
                yield each, metadata

    def _sent(
        self,
        upstream: Upstream,
        service: LogoutService,
        message: LogoutRequest | LogoutResponse,
        relay_state: str | None,
    ) -> Departure:
        key = saml_certificates.signing(self._kernel, upstream.pool_id)
        return transport.sent(message, relay_state, key, is_posted=service.is_posted)


def _service(metadata: Metadata) -> LogoutService:
    if metadata.logout is None:
        raise UpstreamFailed("The identity provider's metadata has no SingleLogoutService.")
    return metadata.logout


def _read(message: LogoutMessage) -> Received:
    return transport.read(message.query, message.form, transport.LOGOUT)


def _refusal(complaint: str) -> UpstreamFailed:
    return UpstreamFailed(f"The identity provider's sign-out message {complaint}.")
