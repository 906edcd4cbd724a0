"""Resources and methods of an imported API."""

from __future__ import annotations

from sqlalchemy import select

from gateway.control import repository
from gateway.control.models import Authorizer
from gateway.control.rest import (
    integration_responses,
    integrations,
    method_responses,
    methods,
    parts,
    resource_paths,
)
from gateway.control.rest import resource_tree as tree
from gateway.control.rest.importing.taking import Taking
from gateway.control.rest.models import REQUEST_VALIDATOR, Resource
from gateway.openapi.extensions import INTEGRATION
from gateway.openapi.rest.values import Method

UNKNOWN_AUTHORIZER = "there is no authorizer of the name {}"
UNKNOWN_VALIDATOR = "there is no request validator of the name {}"


class Names:
    """The ids of the parts that methods refer to."""

    def __init__(self, taking: Taking) -> None:
        rows = repository.all_of(taking.session, Authorizer, taking.api)
        self.authorizers = {row.name: row.id for row in rows}
        self.validators = {
            part.name: part.id
            for part in parts.all_parts(taking.session, taking.api, REQUEST_VALIDATOR)
        }


def clear_tree(taking: Taking) -> None:
    """Take off every method, and the resources that the document has not."""
    kept = {ancestor for path in taking.wanted.paths for ancestor in _ancestors(path)}
    for resource in _resources(taking):
        if resource.path not in kept and resource.path != resource_paths.ROOT:
            taking.session.delete(resource)
        else:
            resource.methods = {}
    taking.session.flush()


def take_methods(taking: Taking) -> None:
    """Grow the tree, then put every method."""
    resources = {row.path: row for row in _resources(taking)}
    for path in taking.wanted.paths:
        _grow(taking, path, resources)
    names = Names(taking)
    for method in taking.wanted.methods:
        resource = resources.get(method.path)
        if resource is not None:
            _take(taking, resource, method, names)
    taking.session.flush()


def _resources(taking: Taking) -> list[Resource]:
    query = select(Resource).where(Resource.api_id == taking.api.id).order_by(Resource.path)
    return list(taking.session.scalars(query))


def _grow(taking: Taking, path: str, resources: dict[str, Resource]) -> None:
    for ancestor in _ancestors(path):
        if ancestor in resources:
            continue
        parent = resources[ancestor.rpartition("/")[0] or resource_paths.ROOT]
        part, randomness = resource_paths.part_of(ancestor), taking.call.kernel.randomness
        added = taking.attempt(
            ("paths", path), tree.add_resource, taking.session, taking.api, parent, part, randomness
        )
        if added is None:
            return
        resources[ancestor] = added


def _ancestors(path: str) -> list[str]:
    """`/a`, `/a/b` of `/a/b`; nothing of the root."""
    steps = path.strip("/").split("/") if path != resource_paths.ROOT else []
    return ["/" + "/".join(steps[: end + 1]) for end in range(len(steps))]


def _take(taking: Taking, resource: Resource, method: Method, names: Names) -> None:
    request = taking.shaped("PutMethod", method.members, method.where)
    if request is None:
        return
    request["httpMethod"] = method.verb
    if method.authorizer:
        request["authorizerId"] = _id_of(
            taking, method, names.authorizers, method.authorizer, UNKNOWN_AUTHORIZER
        )
    if method.validator:
        request["requestValidatorId"] = _id_of(
            taking, method, names.validators, method.validator, UNKNOWN_VALIDATOR
        )
    if None in request.values():
        return
    resource.methods = {verb: m for verb, m in resource.methods.items() if verb != method.verb}
    where = {"resourceId": resource.id, "httpMethod": method.verb}
    made = taking.attempt(
        method.where, methods.add_method, taking.session, taking.api, resource, request
    )
    if made is not None:
        _take_responses(taking, resource, method, where)
        _take_integration(taking, resource, method, where)


def _id_of(
    taking: Taking, method: Method, ids: dict[str, str], name: str, unknown: str
) -> str | None:
    if name not in ids:
        taking.faults.add(method.where, unknown.format(name[:128]))
    return ids.get(name)


def _take_responses(
    taking: Taking, resource: Resource, method: Method, where: dict[str, str]
) -> None:
    session, call, api = taking.session, taking.call, taking.api
    for status, members in method.responses.items():
        path = (*method.where, "responses", status)
        request = taking.shaped("PutMethodResponse", members, path)
        if request is not None:
            request = {**request, **where, "statusCode": status}
            put = method_responses.put_method_response
            taking.attempt(path, put, session, call, api, resource, request)


def _take_integration(
    taking: Taking, resource: Resource, method: Method, where: dict[str, str]
) -> None:
    if method.integration is None:
        return
    session, call, api = taking.session, taking.call, taking.api
    path = (*method.where, INTEGRATION)
    request = taking.shaped("PutIntegration", method.integration, path)
    if request is None:
        return
    request = {**request, **where}
    made = taking.attempt(path, integrations.put_integration, session, call, api, resource, request)
    for status, members in method.integration_responses.items() if made else ():
        here = (*path, "responses")
        response = taking.shaped("PutIntegrationResponse", members, here)
        if response is not None:
            response = {**response, **where, "statusCode": status}
            put = integration_responses.put_integration_response
            taking.attempt(here, put, session, call, api, resource, response)
