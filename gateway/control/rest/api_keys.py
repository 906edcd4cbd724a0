"""CreateApiKey, GetApiKey, GetApiKeys, UpdateApiKey, DeleteApiKey, ImportApiKeys."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control.account import api_keys, key_import
from gateway.control.account.changes import changes_keys
from gateway.control.account.finding import find_key
from gateway.control.account.models import ApiKey
from gateway.control.documents import require_storable
from gateway.control.errors import ERRORS, Invalid
from gateway.control.rest.pages import page
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)


@changes_keys(family, "CreateApiKey")
def create_api_key(session: Session, call: Call, request: Input) -> Output:
    key, value = api_keys.create(session, call, request)
    return {**api_keys.present(key), "value": value}


@family.reads("GetApiKey")
def get_api_key(session: Session, call: Call, request: Input) -> Output:
    key = find_key(session, call, request["apiKey"])
    return _shown(call, key, with_value=bool(request.get("includeValue")))


@family.reads("GetApiKeys")
def get_api_keys(session: Session, call: Call, request: Input) -> Output:
    require_storable(request)
    query = select(ApiKey).where(ApiKey.account == call.account, ApiKey.region == call.region)
    if request.get("nameQuery"):
        name = ApiKey.document["name"].as_string()
        query = query.where(name.startswith(request["nameQuery"], autoescape=True))
    if request.get("customerId"):
        customer = ApiKey.document["customerId"].as_string()
        query = query.where(customer == request["customerId"])
    with_value = bool(request.get("includeValues"))
    return page(
        session,
        call,
        request,
        query,
        ApiKey.id,
        lambda key: _shown(call, key, with_value=with_value),
    )


@changes_keys(family, "UpdateApiKey")
def update_api_key(session: Session, call: Call, request: Input) -> Output:
    key = find_key(session, call, request["apiKey"], lock=True)
    api_keys.update(session, call, key, request)
    return api_keys.present(key)


@changes_keys(family, "DeleteApiKey")
def delete_api_key(session: Session, call: Call, request: Input) -> None:
    session.delete(find_key(session, call, request["apiKey"]))


@changes_keys(family, "ImportApiKeys")
def import_api_keys(session: Session, call: Call, request: Input) -> Output:
    if request["format"] != "csv":
        raise Invalid("The only format of imported API keys is csv")
    ids, warnings = key_import.import_keys(session, call, request["body"])
    if warnings and request.get("failOnWarnings"):
        raise Invalid(f"Warnings found during import: {'; '.join(warnings[:20])}")
    return {"ids": ids, "warnings": warnings}


def _shown(call: Call, key: ApiKey, *, with_value: bool) -> Output:
    shown = api_keys.present(key)
    return {**shown, "value": api_keys.value_of(call, key)} if with_value else shown
