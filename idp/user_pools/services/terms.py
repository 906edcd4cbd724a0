"""Terms documents: links to an app client's terms of use and privacy policy, by language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from idp.errors import InvalidParameter, ResourceNotFound, TermsExist
from idp.models import PoolDocument, UserPool
from idp.user_pools.rules import web_addresses
from idp.user_pools.services import documents
from kernel.runtime import Kernel

KIND = "terms"
OF_CLIENT = "terms_of_client"
NAMES = ("terms-of-use", "privacy-policy")
DEFAULT_LANGUAGE = "cognito:default"


def create(
    session: Session, kernel: Kernel, pool: UserPool, request: Mapping[str, Any]
) -> PoolDocument:
    """Raises `TermsExist`, `InvalidParameter`."""
    client_id, name = request["ClientId"], request["TermsName"]
    _check_links(request.get("Links", {}))
    terms_id = kernel.randomness.uuid()
    _take_name(session, kernel, pool, client_id, name, terms_id)
    document = {
        "ClientId": client_id,
        "TermsName": name,
        "TermsSource": request["TermsSource"],
        "Enforcement": request["Enforcement"],
        "Links": request["Links"],
    }
    return documents.add(session, pool.id, KIND, terms_id, document, kernel.clock.now())


def update(
    session: Session, kernel: Kernel, pool: UserPool, request: Mapping[str, Any]
) -> PoolDocument:
    """Replace what the request names. Raises `ResourceNotFound`, `TermsExist`."""
    row = require(session, pool, request["TermsId"], to_change=True)
    names = ("TermsName", "TermsSource", "Enforcement", "Links")
    document = {**row.document, **{name: request[name] for name in names if name in request}}
    _check_links(document["Links"])
    if document["TermsName"] != row.document["TermsName"]:
        client_id = row.document["ClientId"]
        _take_name(session, kernel, pool, client_id, document["TermsName"], row.key)
        _release_name(session, row)
    documents.change(row, document, kernel.clock.now())
    return row


def delete(session: Session, row: PoolDocument) -> None:
    _release_name(session, row)
    session.delete(row)


def require(
    session: Session, pool: UserPool, terms_id: str, *, to_change: bool = False
) -> PoolDocument:
    """Raises `ResourceNotFound`."""
    row = documents.find(session, pool.id, KIND, terms_id.lower(), to_change=to_change)
    if row is None:
        raise ResourceNotFound(f"Terms {terms_id} do not exist.")
    return row


def of_client(session: Session, pool: UserPool, client_id: str, name: str) -> PoolDocument:
    """Raises `ResourceNotFound`."""
    found = documents.find(session, pool.id, OF_CLIENT, name_key(client_id, name))
    if found is None:
        raise ResourceNotFound(f"App client {client_id} has no terms of the name {name}.")
    return require(session, pool, found.document["Id"])


def forget_client(session: Session, pool_id: str, client_id: str) -> None:
    """Delete the terms of a client that is deleted."""
    for name in NAMES:
        found = documents.find(session, pool_id, OF_CLIENT, name_key(client_id, name))
        if found is not None:
            documents.remove(session, pool_id, KIND, found.document["Id"])
            session.delete(found)


def describe(row: PoolDocument) -> dict[str, Any]:
    """TermsType."""
    return {
        **row.document,
        "TermsId": row.key,
        "UserPoolId": row.pool_id,
        "CreationDate": row.created,
        "LastModifiedDate": row.modified,
    }


def summary(row: PoolDocument) -> dict[str, Any]:
    """TermsDescriptionType."""
    return {
        "TermsId": row.key,
        "TermsName": row.document["TermsName"],
        "Enforcement": row.document["Enforcement"],
        "CreationDate": row.created,
        "LastModifiedDate": row.modified,
    }


def _check_links(links: Mapping[str, str]) -> None:
    if DEFAULT_LANGUAGE not in links:
        raise InvalidParameter(f"Links must have a URL for {DEFAULT_LANGUAGE}.")
    for language, url in links.items():
        if not web_addresses.is_secure(url):
            raise InvalidParameter(f"The link for {language} must be an https URL.")


def _take_name(
    session: Session, kernel: Kernel, pool: UserPool, client_id: str, name: str, terms_id: str
) -> None:
    key = name_key(client_id, name)
    if documents.find(session, pool.id, OF_CLIENT, key):
        raise TermsExist
    documents.add(session, pool.id, OF_CLIENT, key, {"Id": terms_id}, kernel.clock.now())


def _release_name(session: Session, row: PoolDocument) -> None:
    key = name_key(row.document["ClientId"], row.document["TermsName"])
    documents.remove(session, row.pool_id, OF_CLIENT, key)


def name_key(client_id: str, name: str) -> str:
    """Where the kind `terms_of_client` says which terms a client has of a name."""
    return f"{client_id}/{name}"
