"""CreateApiMapping, GetApiMapping, GetApiMappings, UpdateApiMapping, DeleteApiMapping."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control import repository
from gateway.control.account import domains, mappings
from gateway.control.account.models import DomainMapping
from gateway.control.changes import changes
from gateway.control.errors import ERRORS, Exceeded, Invalid
from gateway.control.pages import page
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigatewayv2", errors={**ERRORS, Exceeded: "BadRequestException"})


@changes(family, "CreateApiMapping")
def create_api_mapping(session: Session, call: Call, request: Input) -> Output:
    domain = domains.find(session, call, request["DomainName"], lock=True)
    api = repository.find_any_api(session, call, request["ApiId"])
    prefix, stage = request.get("ApiMappingKey") or "", request["Stage"]
    if not stage:
        raise Invalid("Invalid stage identifier specified")
    return _present(mappings.create(session, call, domain, prefix, api, stage))


@family.reads("GetApiMapping")
def get_api_mapping(session: Session, call: Call, request: Input) -> Output:
    domain = domains.find(session, call, request["DomainName"])
    return _present(mappings.find(session, domain, request["ApiMappingId"]))


@family.reads("GetApiMappings")
def get_api_mappings(session: Session, call: Call, request: Input) -> Output:
    domain = domains.find(session, call, request["DomainName"])
    query = select(DomainMapping).where(DomainMapping.domain == domain.name)
    return page(session, call, request, query, DomainMapping.id, _present)


@changes(family, "UpdateApiMapping")
def update_api_mapping(session: Session, call: Call, request: Input) -> Output:
    domain = domains.find(session, call, request["DomainName"], lock=True)
    mapping = mappings.find(session, domain, request["ApiMappingId"])
    api = repository.find_any_api(session, call, request["ApiId"])
    prefix = request.get("ApiMappingKey")
    stage = request.get("Stage") or mapping.stage
    mappings.put(session, mapping, mapping.prefix if prefix is None else prefix, api, stage)
    return _present(mapping)


@changes(family, "DeleteApiMapping")
def delete_api_mapping(session: Session, call: Call, request: Input) -> None:
    domain = domains.find(session, call, request["DomainName"], lock=True)
    session.delete(mappings.find(session, domain, request["ApiMappingId"]))


def _present(mapping: DomainMapping) -> Output:
    return {
        "ApiId": mapping.api_id,
        "ApiMappingId": mapping.id,
        "ApiMappingKey": mapping.prefix,
        "Stage": mapping.stage,
    }
