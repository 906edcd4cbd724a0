"""Other places that say who a person is: what a type of them must do, and what it is given.

The rows are the pool's (`identity_providers`); what talks to each type is above this package and
is handed in by `app.create_app`, as `UpstreamProviders`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import IdpError
from idp.models import PoolDocument
from idp.user_pools.rules import provider_settings
from idp.user_pools.rules.saml_pins import NO_PINS, SamlPins
from idp.user_pools.services import documents, oauth_settings
from idp.user_pools.services.upstream_sessions import SharedSession
from kernel.sealing import Sealer


class UpstreamFailed(IdpError):
    """The other side did not say who the person is. The text is for logs and for the client.

    `why` is for logs alone, where it says more: what an operator must mend, and nothing secret or
    personal.
    """

    def __init__(self, message: str | None = None, *, why: str = "") -> None:
        super().__init__(message)
        self.why = why or self.message


@dataclass(frozen=True)
class Upstream:
    """A provider of a pool, as the pool's operator configured it."""

    pool_id: str
    name: str
    type: str
    details: Mapping[str, str]
    mapping: Mapping[str, str]
    """Attributes of the pool by the names of the provider's claims that fill them."""
    secrets: Mapping[str, str] = field(repr=False)
    pins: SamlPins = NO_PINS
    """The keys that a SAML provider is held to."""
    acr_mapping: Mapping[str, str] = field(default_factory=dict)
    """What an OpenID provider calls the pool's levels of authentication."""


@dataclass(frozen=True)
class Errand:
    """What a person is sent away with."""

    state: str
    """Comes back with the answer, and names this sign-in."""
    answer_address: str
    """Where the answer shall come."""
    login_hint: str = ""
    prompt: str = ""
    max_age: str = ""
    """Seconds since the person last proved who he is, at most; "" for any time."""
    levels: tuple[int, ...] = ()
    """Of authentication, of which one shall be reached; the preferred one first."""


@dataclass(frozen=True)
class Departure:
    """Where the person goes, and what must be known when the answer comes."""

    location: str
    memory: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    """What is posted there; empty for a redirect."""


@dataclass(frozen=True)
class UpstreamIdentity:
    """Who the person is there."""

    subject: str
    claims: Mapping[str, Any]
    """What the mapping may choose from."""
    evidence: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The claims by where they came from, as the InboundFederation function is told them."""
    shared: SharedSession | None = None
    """The provider's own session, where it may say later that it has ended."""
    factors: tuple[str, ...] = ()
    """What it says of how the person proved himself (`rules.acr`)."""

    @property
    def proven(self) -> float | None:
        """When the person proved himself, in seconds since 1970; None where nobody says."""
        return None if self.shared is None else self.shared.proven


CLOCK_LEEWAY = 120
"""Seconds that a provider's clock may differ from ours."""


def check_age(identity: UpstreamIdentity, oldest: int | None, now: float) -> None:
    """OIDC Core §3.1.2.1, max_age: a session of the provider's own must not pass for a new proof,
    and one whose age is not told is no new one. Raises `UpstreamFailed`."""
    proven = identity.proven
    if oldest is not None and (proven is None or now - proven > oldest + CLOCK_LEEWAY):
        raise UpstreamFailed("The identity provider does not say that the person signed in anew.")


class UpstreamProvider(Protocol):
    """One type of identity provider."""

    def begin(self, upstream: Upstream, errand: Errand) -> Departure:
        """Where to send the person. Raises `UpstreamFailed`."""

    def finish(
        self, upstream: Upstream, memory: Mapping[str, str], answer: Mapping[str, str], here: str
    ) -> UpstreamIdentity:
        """Who it is, by the parameters that came back to `here`. Raises `UpstreamFailed`."""


@dataclass(frozen=True)
class SignedOut:
    """What a provider says has ended: a session of its own, or all of a person's."""

    subject: str | None
    upstream_id: str | None


@runtime_checkable
class TellsOfSignOuts(Protocol):
    """A type whose providers may say by themselves, server to server, who signed out."""

    def signed_out(self, upstream: Upstream, token: str) -> SignedOut:
        """What a logout token says. Raises `UpstreamFailed`."""


class UpstreamProviders:
    """The types that this server can talk to."""

    def __init__(self, by_type: Mapping[str, UpstreamProvider]) -> None:
        self._by_type = by_type

    def supports(self, provider_type: str) -> bool:
        return provider_type in self._by_type

    def of(self, upstream: Upstream) -> UpstreamProvider:
        """Raises `UpstreamFailed`."""
        return self.of_type(upstream.type)

    def of_type(self, provider_type: str) -> UpstreamProvider:
        """Raises `UpstreamFailed`."""
        found = self._by_type.get(provider_type)
        if found is None:
            raise UpstreamFailed(f"Identity providers of type {provider_type} are not supported.")
        return found

    def signed_out(self, upstream: Upstream, token: str) -> SignedOut:
        """What the provider's logout token says. Raises `UpstreamFailed`."""
        found = self.of(upstream)
        if not isinstance(found, TellsOfSignOuts):
            raise UpstreamFailed(f"Identity providers of type {upstream.type} do not say so.")
        return found.signed_out(upstream, token)


def load(session: Session, sealer: Sealer, row: PoolDocument) -> Upstream:
    """A provider's row with its secrets in clear, and what the pool's operator holds it to."""
    settings = provider_settings.parse(oauth_settings.of_pool(session, row.pool_id))
    return Upstream(
        pool_id=row.pool_id,
        name=row.key,
        type=row.document["ProviderType"],
        details=row.document["ProviderDetails"],
        mapping=row.document["AttributeMapping"],
        secrets=documents.open_sealed(sealer, row),
        pins=settings.saml_pins_of(row.key),
        acr_mapping=row.document.get("AcrMapping") or {},
    )


def find(session: Session, sealer: Sealer, pool_id: str, name: str) -> Upstream | None:
    """The provider of that name in the pool."""
    row = documents.find(session, pool_id, documents.IDENTITY_PROVIDER, name)
    return None if row is None else load(session, sealer, row)


def of_type(session: Session, sealer: Sealer, pool_id: str, provider_type: str) -> list[Upstream]:
    """The pool's providers of that type, by their names."""
    rows = session.scalars(
        select(PoolDocument)
        .where(PoolDocument.pool_id == pool_id, PoolDocument.kind == documents.IDENTITY_PROVIDER)
        .order_by(PoolDocument.key)
    )
    return [
        load(session, sealer, row) for row in rows if row.document["ProviderType"] == provider_type
    ]
