"""CreateBasePathMapping, GetBasePathMapping, GetBasePathMappings, UpdateBasePathMapping,
DeleteBasePathMapping."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.account import domains, mappings
from gateway.control.account.models import DomainMapping
from gateway.control.changes import changes
from gateway.control.errors import ERRORS, Invalid, Missing
from gateway.control.rest.pages import page
from gateway.control.rest.patching import Patches, Text
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)

NONE = "(none)"
PATCHES = Patches(
    Text("/basePath", most=300),
    Text("/restapiId", least=1, most=64),
    Text("/restApiId", least=1, most=64),
    Text("/stage", most=128, removable=True),
)


@changes(family, "CreateBasePathMapping")
def create_base_path_mapping(session: Session, call: Call, request: Input) -> Output:
    domains.refuse_private(request)
    domain = domains.find(session, call, request["domainName"], lock=True)
    api = repository.find_rest_api(session, call, request["restApiId"])
    prefix, stage = _prefix(request.get("basePath")), _unnamed(request.get("stage"))
    return _present(mappings.create(session, call, domain, prefix, api, stage))


@family.reads("GetBasePathMapping")
def get_base_path_mapping(session: Session, call: Call, request: Input) -> Output:
    return _present(_find(session, call, request))


@family.reads("GetBasePathMappings")
def get_base_path_mappings(session: Session, call: Call, request: Input) -> Output:
    domains.refuse_private(request)
    domain = domains.find(session, call, request["domainName"])
    query = select(DomainMapping).where(DomainMapping.domain == domain.name)
    return page(session, call, request, query, DomainMapping.prefix, _present)


@changes(family, "UpdateBasePathMapping")
def update_base_path_mapping(session: Session, call: Call, request: Input) -> Output:
    mapping = _find(session, call, request, lock=True)
    present = {"basePath": mapping.prefix, "stage": mapping.stage}
    changed = PATCHES.apply(present, request)
    api_id = changed.get("restApiId") or changed.get("restapiId")
    find = repository.find_rest_api if api_id else repository.find_any_api
    api = find(session, call, api_id or mapping.api_id)
    prefix = changed["basePath"]
    prefix = prefix if prefix == mapping.prefix else _prefix(prefix)
    mappings.put(session, mapping, prefix, api, _unnamed(changed.get("stage")))
    return _present(mapping)


@changes(family, "DeleteBasePathMapping")
def delete_base_path_mapping(session: Session, call: Call, request: Input) -> None:
    session.delete(_find(session, call, request, lock=True))


def _find(session: Session, call: Call, request: Input, *, lock: bool = False) -> DomainMapping:
    domains.refuse_private(request)
    domain = domains.find(session, call, request["domainName"], lock=lock)
    prefix = _unnamed(request["basePath"])
    try:
        mappings.require_prefix(prefix)
        mapping = mappings.find_by_prefix(session, domain.name, prefix)
    except Invalid:
        mapping = None
    if mapping is None:
        raise Missing("Invalid base path mapping identifier specified")
    return mapping


def _prefix(base_path: str | None) -> str:
    prefix = _unnamed(base_path)
    if "/" in prefix:
        raise Invalid(
            "API Gateway V1 doesn't support the slash character (/) in base path mappings. "
            "To create a multi-level base path mapping, use API Gateway V2."
        )
    return prefix


def _unnamed(text: str | None) -> str:
    """Empty where a base path or a stage is spelled as none."""
    return "" if text in {None, NONE} else str(text)


def _present(mapping: DomainMapping) -> Output:
    stage = {"stage": mapping.stage} if mapping.stage else {}
    return {"basePath": mapping.prefix or NONE, "restApiId": mapping.api_id, **stage}
