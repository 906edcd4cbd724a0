"""Identity providers of a pool: other places where its users may come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import (
    DuplicateProvider,
    InvalidParameter,
    ProviderNotFound,
    UnsupportedIdentityProvider,
)
from idp.models import PoolDocument, UserPool, UserPoolClient
from idp.user_pools.rules import provider_details
from idp.user_pools.rules.schema import MANAGED, by_name
from idp.user_pools.services import (
    documents,
    fetched_metadata,
    linked_identities,
    oauth_settings,
    quotas,
    reserved_names,
    upstream_sessions,
)
from idp.user_pools.services.saml_certificates import Certified
from kernel.runtime import Kernel

KIND = documents.IDENTITY_PROVIDER
IDENTIFIER = "identity_provider_identifier"
LONGEST_CLAIM = 2048

RESPONSE_KEY = "response_key"
"""The sealed private key that a SAML provider's responses are encrypted to."""
CERTIFICATE = "ActiveEncryptionCertificate"


def create(
    session: Session,
    kernel: Kernel,
    pool: UserPool,
    request: Mapping[str, Any],
    certified: Certified | None,
) -> PoolDocument:
    """`certified` is made for SAML, before.

    Raises `DuplicateProvider`, `InvalidParameter`, `LimitExceeded`.
    """
    name, provider_type = request["ProviderName"], request["ProviderType"]
    check_name(name, provider_type)
    quotas.wait_for_turn(session, pool.id)
    if documents.find(session, pool.id, KIND, name):
        raise DuplicateProvider(name, pool.id)
    reserved_names.check_provider(session, pool, name)
    present = documents.keys(pool.id, KIND)
    quotas.check_room(session, kernel, "identity_providers_per_user_pool", present)
    secrets = {RESPONSE_KEY: certified.private_key} if certified else {}
    own = {CERTIFICATE: certified.certificate} if certified else {}
    details = provider_details.complete(provider_type, request["ProviderDetails"], own)
    document = {
        "ProviderType": provider_type,
        "IdpIdentifiers": [],
        **_given(pool, provider_type, {"AttributeMapping": {}, **request}),
    }
    document |= _sealed(kernel, pool.id, name, details, secrets)
    _take_identifiers(session, kernel, pool, name, document["IdpIdentifiers"])
    return documents.add(session, pool.id, KIND, name, document, kernel.clock.now())


def update(
    session: Session, kernel: Kernel, pool: UserPool, request: Mapping[str, Any]
) -> PoolDocument:
    """Replace what the request names. Raises `ProviderNotFound`, `InvalidParameter`."""
    row = require(session, pool, request["ProviderName"], to_change=True)
    document = {**row.document, **_given(pool, row.document["ProviderType"], request)}
    if "ProviderDetails" in request:
        document |= _updated_details(kernel, row, request["ProviderDetails"])
    if "IdpIdentifiers" in request:
        _release_identifiers(session, row)
        _take_identifiers(session, kernel, pool, row.key, document["IdpIdentifiers"])
    documents.change(row, document, kernel.clock.now())
    return row


def delete(session: Session, kernel: Kernel, pool: UserPool, name: str) -> None:
    """Delete it with all that names it: another provider that takes the name must not inherit
    its linked users, nor the operator's trust in it. Raises `ProviderNotFound`."""
    row = require(session, pool, name, to_change=True)
    now = kernel.clock.now()
    linked_identities.forget_provider(session, pool, name, now)
    oauth_settings.forget_provider(session, pool.id, name, now)
    upstream_sessions.forget_provider(session, pool.id, name)
    fetched_metadata.forget(session, pool.id, name)
    _release_identifiers(session, row)
    for client in session.scalars(select(UserPoolClient).where(UserPoolClient.pool_id == pool.id)):
        supported = client.settings.get("SupportedIdentityProviders", [])
        if name in supported:
            others = [each for each in supported if each != name]
            client.settings = {**client.settings, "SupportedIdentityProviders": others}
    session.delete(row)


def require(
    session: Session, pool: UserPool, name: str, *, to_change: bool = False
) -> PoolDocument:
    """The provider. Raises `ProviderNotFound`, and `UnsupportedIdentityProvider` for COGNITO."""
    if to_change and name.upper() == provider_details.LOCAL_USERS:
        raise UnsupportedIdentityProvider
    row = documents.find(session, pool.id, KIND, name, to_change=to_change)
    if row is None:
        raise ProviderNotFound(name, pool.id)
    return row


def by_identifier(session: Session, pool: UserPool, identifier: str) -> PoolDocument:
    """Raises `ProviderNotFound`."""
    found = documents.find(session, pool.id, IDENTIFIER, identifier.casefold())
    if found is None:
        raise ProviderNotFound(identifier, pool.id)
    return require(session, pool, found.document["ProviderName"])


def describe(kernel: Kernel, row: PoolDocument) -> dict[str, Any]:
    """IdentityProviderType."""
    secrets = documents.open_sealed(kernel.sealer, row)
    shown = {
        name: value
        for name, value in secrets.items()
        if name in provider_details.SECRETS - provider_details.HIDDEN
    }
    document = row.document
    return {
        **{name: value for name, value in document.items() if name != documents.SEALED},
        "ProviderDetails": dict(sorted({**document["ProviderDetails"], **shown}.items())),
        "UserPoolId": row.pool_id,
        "ProviderName": row.key,
        "CreationDate": row.created,
        "LastModifiedDate": row.modified,
    }


def summary(row: PoolDocument) -> dict[str, Any]:
    """ProviderDescription."""
    return {
        "ProviderName": row.key,
        "ProviderType": row.document["ProviderType"],
        "CreationDate": row.created,
        "LastModifiedDate": row.modified,
    }


def check_name(name: str, provider_type: str) -> None:
    """A social provider is called by its type, and no other one may be."""
    if name.upper() == provider_details.LOCAL_USERS:
        raise InvalidParameter(f"{name} stands for the user pool's own users.")
    if not name.isprintable():
        raise InvalidParameter("ProviderName has characters that cannot be shown.")
    if (provider_type in provider_details.SOCIAL or name in provider_details.SOCIAL) and (
        name != provider_type
    ):
        raise InvalidParameter(
            f"Provider {name} cannot be of type {provider_type}: "
            "a social provider has the name of its type."
        )


def _given(pool: UserPool, provider_type: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """What the request says beside ProviderDetails, checked."""
    names = ("AttributeMapping", "IdpIdentifiers", "AcrMapping")
    given = {name: request[name] for name in names if name in request}
    _check_mapping(pool, given.get("AttributeMapping", {}))
    if given.get("AcrMapping") and provider_type != "OIDC":
        raise InvalidParameter("Only OIDC identity providers support AcrMapping.")
    identifiers = [each.casefold() for each in given.get("IdpIdentifiers", [])]
    if len(set(identifiers)) != len(identifiers):
        raise InvalidParameter("IdpIdentifiers must differ from each other.")
    subject = provider_details.KINDS[provider_type].subject
    if subject and "AttributeMapping" in given:
        # AWS maps it by itself where the request does not, in an update too.
        given["AttributeMapping"] = {"username": subject, **given["AttributeMapping"]}
    return given


def _check_mapping(pool: UserPool, mapping: Mapping[str, str]) -> None:
    known = (by_name(pool.schema).keys() | {"username"}) - MANAGED
    for attribute, claim in mapping.items():
        if attribute not in known:
            raise InvalidParameter(
                f"Invalid attribute mapping: {attribute} is not an attribute of the user pool "
                "that can be mapped."
            )
        if not claim or len(claim) > LONGEST_CLAIM:
            raise InvalidParameter(f"Invalid attribute mapping: {attribute} is mapped to nothing.")


def _updated_details(kernel: Kernel, row: PoolDocument, given: Mapping[str, str]) -> dict[str, Any]:
    present = documents.open_sealed(kernel.sealer, row)
    # DescribeIdentityProvider never shows them, so that an update cannot send them back.
    kept = {name: present[name] for name in provider_details.HIDDEN if name in present}
    shown = row.document["ProviderDetails"]
    own = {CERTIFICATE: shown[CERTIFICATE]} if CERTIFICATE in shown else {}
    details = provider_details.complete(row.document["ProviderType"], {**kept, **given}, own)
    secrets = {RESPONSE_KEY: present[RESPONSE_KEY]} if RESPONSE_KEY in present else {}
    return _sealed(kernel, row.pool_id, row.key, details, secrets)


def _sealed(
    kernel: Kernel, pool_id: str, name: str, details: Mapping[str, str], secrets: Mapping[str, str]
) -> dict[str, Any]:
    """The details with their secrets sealed apart."""
    secrets = {
        **secrets,
        **{each: details[each] for each in provider_details.SECRETS if each in details},
    }
    purpose = documents.purpose(pool_id, KIND, name)
    return {
        "ProviderDetails": {n: v for n, v in details.items() if n not in provider_details.SECRETS},
        documents.SEALED: documents.seal(kernel.sealer, purpose, secrets),
    }


def _take_identifiers(
    session: Session, kernel: Kernel, pool: UserPool, name: str, identifiers: Sequence[str]
) -> None:
    """Identifiers find one provider, however they are written: some are domains of addresses."""
    for identifier in identifiers:
        key = identifier.casefold()
        if documents.find(session, pool.id, IDENTIFIER, key):
            raise InvalidParameter(f"{identifier} already identifies a provider of the user pool.")
        document = {"ProviderName": name}
        documents.add(session, pool.id, IDENTIFIER, key, document, kernel.clock.now())


def _release_identifiers(session: Session, row: PoolDocument) -> None:
    for identifier in row.document["IdpIdentifiers"]:
        documents.remove(session, row.pool_id, IDENTIFIER, identifier.casefold())
    session.flush()
