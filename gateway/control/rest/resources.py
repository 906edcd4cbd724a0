"""CreateResource, GetResource, GetResources, UpdateResource, DeleteResource."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control.errors import ERRORS, Invalid
from gateway.control.models import Api
from gateway.control.repository import find_rest_api
from gateway.control.rest import resource_paths as paths
from gateway.control.rest import resource_tree as tree
from gateway.control.rest.changes import changes_rest_api
from gateway.control.rest.models import Resource
from gateway.control.rest.pages import page
from gateway.control.rest.patching import Patches, Text, read_patches
from kernel.aws.operations import Call, Input, OperationFamily, Output

family = OperationFamily("apigateway", errors=ERRORS)

PATCHES = Patches(Text("/parentId"), Text("/pathPart"))
EMBEDDABLE = "methods"


@changes_rest_api(family, "CreateResource")
def create_resource(session: Session, call: Call, api: Api, request: Input) -> Output:
    parent = tree.find_resource(session, api, request["parentId"])
    return present(
        tree.add_resource(session, api, parent, request["pathPart"], call.kernel.randomness)
    )


@family.reads("GetResource")
def get_resource(session: Session, call: Call, request: Input) -> Output:
    embeds = _embeds_methods(request)
    api = find_rest_api(session, call, request["restApiId"])
    return present(tree.find_resource(session, api, request["resourceId"]), embeds=embeds)


@family.reads("GetResources")
def get_resources(session: Session, call: Call, request: Input) -> Output:
    embeds = _embeds_methods(request)
    api = find_rest_api(session, call, request["restApiId"])
    query = select(Resource).where(Resource.api_id == api.id)
    return page(
        session, call, request, query, Resource.path, lambda row: present(row, embeds=embeds)
    )


@changes_rest_api(family, "UpdateResource")
def update_resource(session: Session, _call: Call, api: Api, request: Input) -> Output:
    resource = tree.find_resource(session, api, request["resourceId"])
    PATCHES.apply({}, request)  # refuses what is no patch of a resource before anything moves
    for patch in read_patches(request):
        if patch.last == "parentId":
            tree.move(session, api, resource, patch.text())
        else:
            tree.rename(session, api, resource, patch.text())
    return present(resource)


@changes_rest_api(family, "DeleteResource")
def delete_resource(session: Session, _call: Call, api: Api, request: Input) -> None:
    tree.cut(session, api, tree.find_resource(session, api, request["resourceId"]))


def present(resource: Resource, *, embeds: bool = False) -> Output:
    """A resource as AWS shows it: its methods in full, or only that there are some."""
    output: Output = {"id": resource.id, "path": resource.path}
    if resource.parent_id is not None:
        output["parentId"] = resource.parent_id
        output["pathPart"] = paths.part_of(resource.path)
    if resource.methods:
        output["resourceMethods"] = {
            verb: method if embeds else {} for verb, method in sorted(resource.methods.items())
        }
    return output


def _embeds_methods(request: Input) -> bool:
    embed = request.get("embed") or []
    if embed not in ([], [EMBEDDABLE]):
        raise Invalid(f"Invalid embed parameter: the only one is {EMBEDDABLE}")
    return bool(embed)
