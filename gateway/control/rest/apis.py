"""CreateRestApi, GetRestApi, GetRestApis, UpdateRestApi, DeleteRestApi."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gateway import quotas
from gateway.control import repository
from gateway.control.account.models import DomainMapping
from gateway.control.changes import changes
from gateway.control.errors import ERRORS, Invalid
from gateway.control.models import Api
from gateway.control.repository import find_rest_api
from gateway.control.rest.api_documents import CONFIGURED_ONLY, require_api, with_defaults
from gateway.control.rest.api_patches import PATCHES
from gateway.control.rest.bounds import given, without_empty
from gateway.control.rest.changes import changes_served_rest_api
from gateway.control.rest.cloning import clone_parts, cloned_document
from gateway.control.rest.default_models import add_default_models
from gateway.control.rest.pages import page
from gateway.control.rest.resource_policies import escaped
from gateway.control.rest.resource_tree import plant
from gateway.control.tagging import require_tags
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS, configured_only=CONFIGURED_ONLY)

MEMBERS = (
    "name",
    "description",
    "version",
    "binaryMediaTypes",
    "minimumCompressionSize",
    "apiKeySource",
    "endpointConfiguration",
    "policy",
    "tags",
    "disableExecuteApiEndpoint",
    "securityPolicy",
    "endpointAccessMode",
)


@changes(family, "CreateRestApi")
def create_rest_api(session: Session, call: Call, request: Input) -> Output:
    if request.get("description") == "":
        raise Invalid("Description cannot be an empty string")
    source_id = request.get("cloneFrom")
    source = find_rest_api(session, call, source_id) if source_id else None
    api = add_rest_api(session, call, without_empty(given(request, MEMBERS)), source)
    return present(api)


@family.reads("GetRestApi")
def get_rest_api(session: Session, call: Call, request: Input) -> Output:
    return present(find_rest_api(session, call, request["restApiId"]))


@family.reads("GetRestApis")
def get_rest_apis(session: Session, call: Call, request: Input) -> Output:
    return page(session, call, request, _mine(call), Api.id, present)


@changes_served_rest_api(family, "UpdateRestApi")
def update_rest_api(_session: Session, _call: Call, api: Api, request: Input) -> Output:
    patched = without_empty(PATCHES.apply(api.document, request))
    api.document = require_api(api, patched)
    return {**present(api), "tags": api.document.get("tags", {})}


@changes_served_rest_api(family, "DeleteRestApi")
def delete_rest_api(session: Session, _call: Call, api: Api, _request: Input) -> None:
    mapped = select(DomainMapping.domain).where(DomainMapping.api_id == api.id).distinct()
    domains = sorted(session.scalars(mapped))
    if domains:
        raise Invalid(
            f"Deleting RestApi {api.id} failed. Please remove all base path mappings related to "
            f"the RestApi in your domains: {', '.join(domains)}"
        )
    session.delete(api)


def add_rest_api(session: Session, call: Call, document: Output, source: Api | None = None) -> Api:
    """A new API with its root and its default models, or with those of the API it clones.

    Raises `Invalid` and `Exceeded`.
    """
    most = quotas.APIS_PER_ACCOUNT_AND_REGION
    repository.require_room(session, _mine(call), most, "REST APIs for this account")
    require_tags(document.get("tags", {}))
    api = Api(
        id=repository.new_api_id(session, call.kernel.randomness),
        account=call.account,
        region=call.region,
        protocol="REST",
        document={},
        created=call.kernel.clock.now(),
    )
    cloned = cloned_document(source, api) if source else {}
    api.document = require_api(api, with_defaults({**cloned, **document}))
    session.add(api)
    session.flush()
    _fill(session, call, api, source)
    return api


def present(api: Api) -> Output:
    """An API as AWS shows it."""
    document = api.document
    policy = {"policy": escaped(document["policy"])} if "policy" in document else {}
    identity = {"id": api.id, "createdDate": api.created, "apiStatus": "AVAILABLE"}
    return {**without_empty(document), **policy, **identity}


def _fill(session: Session, call: Call, api: Api, source: Api | None) -> None:
    if source is not None:
        clone_parts(session, source, api)
        return
    root = plant(session, api, call.kernel.randomness)
    add_default_models(session, api, call.kernel.randomness)
    api.document = {**api.document, "rootResourceId": root.id}


def _mine(call: Call) -> Select[Api]:
    return select(Api).where(
        Api.account == call.account, Api.region == call.region, Api.protocol == "REST"
    )
