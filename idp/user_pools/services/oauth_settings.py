"""Beyond AWS: a client's metadata and a pool's settings as an OpenID provider, as documents.

A sign-in has them with its client, in memory (`subjects.load_client`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from idp.errors import InvalidParameter
from idp.models import ClientSecret, PoolDocument, UserPoolClient
from idp.user_pools.rules import (
    client_metadata,
    provider_identities,
    provider_settings,
    response_types,
    web_addresses,
)
from idp.user_pools.rules.client_metadata import ClientMetadata
from idp.user_pools.rules.documented_settings import WrongSetting
from idp.user_pools.rules.provider_identities import ProviderIdentity
from idp.user_pools.rules.provider_settings import ProviderSettings
from idp.user_pools.services import documents
from kernel.statements import Prepared, Rows

POOL_KIND, POOL_KEY = "oauth", "pool"
CLIENT_KIND = "oauth_client"

DOCUMENTS = Prepared(
    select(PoolDocument.kind, PoolDocument.document).where(
        PoolDocument.pool_id == bindparam("pool_id"),
        or_(
            PoolDocument.kind == POOL_KIND,
            (PoolDocument.kind == CLIENT_KIND) & (PoolDocument.key == bindparam("client_id")),
        ),
    )
)


def load(rows: Rows, pool_id: str, client_id: str) -> tuple[ClientMetadata, ProviderSettings]:
    """What holds for one client of a pool."""
    documents_found = rows.all(DOCUMENTS, pool_id=pool_id, client_id=client_id)
    found = {each[0]: each[1] for each in documents_found}
    return (
        client_metadata.parse(found.get(CLIENT_KIND, {})),
        provider_settings.parse(found.get(POOL_KIND, {})),
    )


def of_client(session: Session, pool_id: str, client_id: str) -> dict[str, Any]:
    """The client's document; empty where none is stored."""
    return _document(session, pool_id, CLIENT_KIND, client_id)


def of_pool(session: Session, pool_id: str) -> dict[str, Any]:
    """The pool's document; empty where none is stored."""
    return _document(session, pool_id, POOL_KIND, POOL_KEY)


def set_for_client(
    session: Session, pool_id: str, client_id: str, document: dict[str, Any], now: datetime
) -> None:
    """Replace the client's document. Raises `WrongSetting`."""
    metadata, client = client_metadata.parse(document), session.get_one(UserPoolClient, client_id)
    client_metadata.check(metadata)
    secret = select(ClientSecret.id).where(ClientSecret.client_id == client_id).limit(1)
    _check_secret(session.scalar(secret) is not None, metadata)
    _check_response_types(client, metadata)
    _check_front_channel(client, metadata)
    documents.put(session, pool_id, CLIENT_KIND, client_id, document, now)


def _check_secret(has_secret: bool, metadata: ClientMetadata) -> None:
    """A method that the client could never use would lock it out."""
    method = metadata.token_endpoint_auth_method or ""
    if method == "none" and has_secret:
        raise WrongSetting("token_endpoint_auth_method", "cannot be none: the client has a secret")
    if method.startswith("client_secret") and not has_secret:
        raise WrongSetting("token_endpoint_auth_method", "needs a client with a secret")


def _check_response_types(client: UserPoolClient, metadata: ClientMetadata) -> None:
    allowed = client.settings.get("AllowedOAuthFlows", ())
    for types in metadata.response_types or ():
        missing = response_types.flows(types).difference(allowed)
        if missing:
            name = response_types.SUPPORTED[types]
            complaint = f"has {name}, which needs {min(missing)} in AllowedOAuthFlows"
            raise WrongSetting("response_types", complaint)


def set_for_pool(session: Session, pool_id: str, document: dict[str, Any], now: datetime) -> None:
    """Replace the pool's document. Raises `WrongSetting`."""
    settings = provider_settings.parse(document)
    _check_providers(session, pool_id, settings)
    _check_pins(session, pool_id, settings)
    _check_provisioning(session, pool_id, settings)
    documents.put(session, pool_id, POOL_KIND, POOL_KEY, document, now)


def forget_provider(session: Session, pool_id: str, name: str, now: datetime) -> None:
    """Take a provider that is deleted out of the pool's document."""
    row = documents.find(session, pool_id, POOL_KIND, POOL_KEY, to_change=True)
    if row is None:
        return
    kept = provider_settings.without_provider(row.document, name)
    if kept != row.document:
        documents.change(row, kept, now)


def _provider(session: Session, pool_id: str, name: str) -> PoolDocument | None:
    """It cannot be deleted until the settings that name it are stored."""
    return documents.find(session, pool_id, documents.IDENTITY_PROVIDER, name, to_change=True)


def _check_provisioning(session: Session, pool_id: str, settings: ProviderSettings) -> None:
    """A provider by which provisioned people are linked is one of the pool's, and its attribute
    one that identifies people there."""
    name = settings.scim.provider
    if name is None:
        return
    row = _provider(session, pool_id, name)
    if row is None:
        raise WrongSetting("scim", f"names {name}, which is no identity provider of the pool")
    identity = ProviderIdentity(name, settings.scim.attribute, "")
    mapped = row.document["AttributeMapping"]
    try:
        provider_identities.check_source(identity, row.document["ProviderType"], mapped, "scim")
    except InvalidParameter as error:
        raise WrongSetting("scim", f"is wrong: {error.message.rstrip('.')}") from None


def _check_providers(session: Session, pool_id: str, settings: ProviderSettings) -> None:
    """A name that is mistyped would leave a defence off, and nobody would notice."""
    for member, names in settings.named_providers.items():
        for name in sorted(names):
            found = _provider(session, pool_id, name)
            if found is None:
                raise WrongSetting(member, f"names {name}, which the user pool does not have")
            if member == "own_answer_address" and found.document["ProviderType"] == "SAML":
                raise WrongSetting(member, f"names {name}, whose assertions say who answers")


def _check_pins(session: Session, pool_id: str, settings: ProviderSettings) -> None:
    """A pin for a name that is misspelt would hold nobody to anything."""
    for pins in settings.saml_pins:
        row = _provider(session, pool_id, pins.provider)
        if row is None or row.document["ProviderType"] != "SAML":
            raise WrongSetting("saml_pins", f"has {pins.provider}, which is no SAML provider here")


def forget_client(session: Session, pool_id: str, client_id: str) -> None:
    documents.remove(session, pool_id, CLIENT_KIND, client_id)


def _check_front_channel(client: UserPoolClient, metadata: ClientMetadata) -> None:
    """Front-Channel Logout 1.0 §2: "The domain, port, and scheme of this URL MUST be the same as
    that of a registered Redirection URI value"."""
    uri = metadata.frontchannel_logout_uri
    callbacks = client.settings.get("CallbackURLs", [])
    if uri and web_addresses.origin(uri) not in map(web_addresses.origin, callbacks):
        raise WrongSetting("frontchannel_logout_uri", "must be at the host of a callback URL")


def _document(session: Session, pool_id: str, kind: str, key: str) -> dict[str, Any]:
    found = documents.find(session, pool_id, kind, key)
    return {} if found is None else dict(found.document)
